package cli

import (
	"io"
	"log/slog"
	"os"

	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// logSetting are the flags of the log.
type logSetting struct {
	format string
	level  string
}

func (l *logSetting) addTo(flags *pflag.FlagSet) {
	flags.StringVar(&l.format, "log-format", "auto", "form of the log: text, json, or auto: text on a terminal, json otherwise")
	flags.StringVar(&l.level, "log-level", "info", "least level that is logged: debug, info, warn or error")
}

func (l *logSetting) logger(out io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.level)); err != nil {
		return nil, usagef("--log-level %q: it is debug, info, warn or error", l.level)
	}
	options := &slog.HandlerOptions{Level: level}
	switch {
	case l.format == "text", l.format == "auto" && isTerminal(out):
		return slog.New(slog.NewTextHandler(out, options)), nil
	case l.format == "json", l.format == "auto":
		return slog.New(slog.NewJSONHandler(out, options)), nil
	}
	return nil, usagef("--log-format %q: it is text, json or auto", l.format)
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
