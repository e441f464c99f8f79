package recorder

import (
	"csrd/internal/audit"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count what goes on record and what is left out. Labels are bounded:
// actions and codes, never an account.
type Metrics struct {
	entries, omitted *prometheus.CounterVec
}

// NewMetrics returns Metrics that show nothing yet.
func NewMetrics() *Metrics {
	return &Metrics{
		entries: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "csrd_audit_entries_total", Help: "Entries that the audit record got from this process, by action and outcome.",
		}, []string{"action", "outcome"}),
		omitted: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "csrd_audit_left_out_total", Help: "Successful reads of lists that the audit record left out, by action.",
		}, []string{"action"}),
	}
}

// Entry counts an entry.
func (m *Metrics) Entry(e *audit.Entry) { m.entries.WithLabelValues(e.Action, e.Outcome).Inc() }

func (m *Metrics) leftOut(action string) { m.omitted.WithLabelValues(action).Inc() }

// Describe implements [prometheus.Collector].
func (m *Metrics) Describe(to chan<- *prometheus.Desc) {
	m.entries.Describe(to)
	m.omitted.Describe(to)
}

// Collect implements [prometheus.Collector].
func (m *Metrics) Collect(to chan<- prometheus.Metric) {
	m.entries.Collect(to)
	m.omitted.Collect(to)
}
