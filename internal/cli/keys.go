package cli

import (
	"context"
	"log/slog"
	"time"

	"csrd/csr"

	"github.com/prometheus/client_golang/prometheus"
)

// makingAhead makes keys ahead, in the background.
type makingAhead struct {
	cancel context.CancelFunc
	done   chan struct{}
}

// startMakingAhead makes keys ahead until the context ends: at a shutdown it is
// over before the last requests are.
func startMakingAhead(ctx context.Context, generator *csr.Generator, log *slog.Logger) *makingAhead {
	ctx, cancel := context.WithCancel(ctx)
	m := &makingAhead{cancel, make(chan struct{})}
	started := time.Now()
	go func() {
		defer close(m.done)
		err := generator.MakeAhead(ctx, func() {
			ready := 0
			for _, keys := range generator.Stats().Keys {
				ready += keys.Ready
			}
			log.Info("the key pool is full", "keys", ready, "duration_ms", time.Since(started).Milliseconds())
		})
		if err != nil {
			log.Error("no more keys are made ahead until a restart; callers wait for theirs", "cause", err.Error())
		}
	}()
	return m
}

// stop ends it and waits until the key under way is made and all are dropped.
func (m *makingAhead) stop() {
	m.cancel()
	<-m.done
}

// keyMetrics shows what the generator does.
type keyMetrics struct {
	generator                     *csr.Generator
	ready, made, working, waiting *prometheus.Desc
}

func newKeyMetrics(generator *csr.Generator) *keyMetrics {
	return &keyMetrics{
		generator: generator,
		ready:     prometheus.NewDesc("csrd_keys_ready", "Keys made ahead that nobody has taken yet.", []string{"algorithm"}, nil),
		made:      prometheus.NewDesc("csrd_keys_made_total", "Keys made ahead, or on demand while their caller waited.", []string{"algorithm", "made"}, nil),
		working:   prometheus.NewDesc("csrd_key_work", "How many RSA keys are being made, or keys encrypted, at the moment.", nil, nil),
		waiting:   prometheus.NewDesc("csrd_key_work_waiting", "How many requests wait for their turn to have a key made or encrypted.", nil, nil),
	}
}

// Describe implements [prometheus.Collector].
func (m *keyMetrics) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{m.ready, m.made, m.working, m.waiting} {
		to <- desc
	}
}

// Collect implements [prometheus.Collector].
func (m *keyMetrics) Collect(to chan<- prometheus.Metric) {
	gauge := func(desc *prometheus.Desc, value int, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(value), labels...)
	}
	made := func(value uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(m.made, prometheus.CounterValue, float64(value), labels...)
	}
	stats := m.generator.Stats()
	gauge(m.working, stats.Working)
	gauge(m.waiting, stats.Waiting)
	for _, keys := range stats.Keys {
		made(keys.Ahead, keys.Name, "ahead")
		made(keys.OnDemand, keys.Name, "on demand")
		if keys.Pooled {
			gauge(m.ready, keys.Ready, keys.Name)
		}
	}
}
