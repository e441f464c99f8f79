package ssl_test

import (
	"flag"
	"testing"

	"csrd/csr"
	"csrd/internal/apitest"
	"csrd/ssl"
)

var update = flag.Bool("update", false, "write the responses into the transcripts instead of comparing them")

func TestTranscripts(t *testing.T) {
	transcripts(t, *update, func(t *testing.T) *harness { return newHarness(t) })
}

func TestTranscriptsOnPostgreSQL(t *testing.T) {
	transcripts(t, false, func(t *testing.T) *harness {
		return newHarnessOn(t, newPostgres(t), csr.NewGenerator(csr.TencentAlgorithms, 0))
	})
}

func transcripts(t *testing.T, update bool, open func(*testing.T) *harness) {
	apitest.Transcripts(t, update, func(t *testing.T) apitest.Call {
		h := open(t)
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
