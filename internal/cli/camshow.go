package cli

import (
	"encoding/json"
	"time"

	"github.com/spf13/pflag"
)

func addJSONFlag(flags *pflag.FlagSet, asJSON *bool) {
	flags.BoolVar(asJSON, "json", false, "print it as JSON instead of a table")
}

// showJSON prints a value as JSON, for scripts.
func showJSON(s streams, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return printJSON(s, text)
}

func enabledOrNot(enabled bool) string {
	if enabled {
		return "enabled"
	}
	return "disabled"
}

// shownTime is a time as tables show it.
func shownTime(t time.Time) string { return t.Local().Format(time.DateTime + " MST") }
