package redislimit

import "github.com/prometheus/client_golang/prometheus"

// metrics count what is counted where. They have no labels.
type metrics struct {
	up              prometheus.Gauge
	failures, local prometheus.Counter
}

func newMetrics() *metrics {
	return &metrics{
		up: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "csrd_rate_limit_store_up", Help: "1 while the rate limits are shared through their store, 0 while this process limits by itself.",
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "csrd_rate_limit_store_failures_total", Help: "Calls whose count the store of the rate limits did not take.",
		}),
		local: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "csrd_rate_limited_locally_total", Help: "Calls that this process counted by itself, since the store of the rate limits was away.",
		}),
	}
}

// Describe implements [prometheus.Collector].
func (l *Limiter) Describe(to chan<- *prometheus.Desc) {
	for _, c := range []prometheus.Collector{l.metrics.up, l.metrics.failures, l.metrics.local} {
		c.Describe(to)
	}
}

// Collect implements [prometheus.Collector].
func (l *Limiter) Collect(to chan<- prometheus.Metric) {
	for _, c := range []prometheus.Collector{l.metrics.up, l.metrics.failures, l.metrics.local} {
		c.Collect(to)
	}
}
