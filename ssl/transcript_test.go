package ssl_test

import (
	"flag"
	"testing"

	"csrd/internal/apitest"
	"csrd/ssl"
)

var update = flag.Bool("update", false, "write the responses into the transcripts instead of comparing them")

func TestTranscripts(t *testing.T) {
	apitest.Transcripts(t, *update, func(t *testing.T) apitest.Call {
		h := newHarness(t)
		return func(t *testing.T, s apitest.Step, parameters []byte) []byte {
			h.fault.err = s.Fault
			return h.call(t, s.Account, s.Action, parameters)
		}
	})
}

func TestTranscriptsShowEveryDocumentedCode(t *testing.T) {
	apitest.EveryCodeIsShown(t, ssl.Table().Specs())
}

func TestSummariesAndParametersAreDocumented(t *testing.T) {
	apitest.EverythingIsDocumented(t, ssl.Table().Specs())
}

func TestExamplesAreWhatTheTranscriptsShow(t *testing.T) {
	apitest.EveryExampleIsShown(t, ssl.Table().Specs())
}
