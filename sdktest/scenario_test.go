package sdktest

import "testing"

// runScenarios runs every scenario through an SDK.
func runScenarios(t *testing.T, dial dialer) {
	s := dial(t, server.credential)
	for _, scenario := range []struct {
		name string
		run  func(t *testing.T, s sdk)
	}{
		{"DraftIsModifiedGeneratedAndThenFixed", draftToCSR},
		{"ListFiltersPagesAndCounts", listing},
		{"DeleteTakesWhatThereIs", deletion},
		{"TextGoesThroughUnchanged", textUnchanged},
	} {
		t.Run(scenario.name, func(t *testing.T) { scenario.run(t, s) })
	}
	t.Run("WrongAccessKeyIsRefused", func(t *testing.T) { wrongAccessKey(t, dial) })
}
