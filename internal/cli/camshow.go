package cli

import (
	"encoding/json"
	"fmt"
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

// ago says how long something is past, in few characters.
func ago(past time.Duration) string {
	switch {
	case past < time.Minute:
		return "just now"
	case past < time.Hour:
		return fmt.Sprintf("%dm ago", past/time.Minute)
	case past < 48*time.Hour:
		return fmt.Sprintf("%dh ago", past/time.Hour)
	}
	return fmt.Sprintf("%dd ago", past/(24*time.Hour))
}

// shownTime is a time as tables show it.
func shownTime(t time.Time) string { return t.Local().Format(time.DateTime + " MST") }
