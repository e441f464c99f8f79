package front

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics are what /metrics shows. Labels are bounded: actions of the table
// and codes, never an account.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	series   sync.Map // of observed, to *series
	rebound  prometheus.Counter
}

// NewMetrics returns metrics in a registry of their own.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "csrd_requests_total", Help: "Requests of the API by action and code; OK where there was no error.",
		}, []string{"action", "code"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "csrd_request_duration_seconds", Help: "Time from a request's headers to its answer.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"action"}),
		rebound: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "csrd_rebound_signatures_total", Help: "TC3 signatures that came again with another action, version or token.",
		}),
	}
	m.registry.MustRegister(m.requests, m.duration, m.rebound, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collectors.NewBuildInfoCollector())
	return m
}

// Register adds what somebody else counts.
func (m *Metrics) Register(c prometheus.Collector) { m.registry.MustRegister(c) }

// observed is what a request is counted under.
type observed struct{ action, code string }

type series struct {
	requests prometheus.Counter
	duration prometheus.Observer
}

// observe counts a request. Actions and codes are few, and looking series up by
// their labels costs more than to count.
func (m *Metrics) observe(action, code string, took time.Duration) {
	key := observed{action, code}
	known, ok := m.series.Load(key)
	if !ok {
		known, _ = m.series.LoadOrStore(key, &series{m.requests.WithLabelValues(action, code), m.duration.WithLabelValues(action)})
	}
	s := known.(*series)
	s.requests.Inc()
	s.duration.Observe(took.Seconds())
}

func (m *Metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}
