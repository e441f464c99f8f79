package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// helpFlag is a flag as a help text shows it.
type helpFlag struct{ name, value, text string }

var (
	flagLine    = regexp.MustCompile(`^ +(?:-\w, )?--([\w-]+)( .*?)?  +(.*)$`)
	commandLine = regexp.MustCompile(`^  ([\w-]+) +\S`)
)

// help runs a command with --help and reads its flags and subcommands.
func help(t *testing.T, command []string) (flags []helpFlag, subcommands []string) {
	t.Helper()
	cmd := csrd(nil, append(slices.Clone(command), "--help")...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil || stderr.Len() > 0 {
		t.Fatalf("csrd %v --help: %v\n%s", command, err, stderr.String())
	}
	section := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line != "" && line[0] != ' ':
			section = line
		case strings.HasSuffix(section, "Flags:") && line != "":
			parts := flagLine.FindStringSubmatch(line)
			if parts == nil {
				t.Fatalf("csrd %v --help: not the line of a flag: %q", command, line)
			}
			flags = append(flags, helpFlag{parts[1], strings.TrimSpace(parts[2]), parts[3]})
		case section == "Available Commands:" && line != "":
			parts := commandLine.FindStringSubmatch(line)
			if parts == nil {
				t.Fatalf("csrd %v --help: not the line of a command: %q", command, line)
			}
			subcommands = append(subcommands, parts[1])
		}
	}
	if len(flags) == 0 {
		t.Fatalf("csrd %v --help shows no flags", command)
	}
	return flags, subcommands
}

// eachCommand calls f for csrd and all its commands.
func eachCommand(t *testing.T, f func(t *testing.T, command []string, flags []helpFlag)) {
	var walk func(command []string)
	walk = func(command []string) {
		flags, subcommands := help(t, command)
		t.Run(strings.Join(append([]string{"csrd"}, command...), " "), func(t *testing.T) { f(t, command, flags) })
		for _, name := range subcommands {
			walk(append(slices.Clone(command), name))
		}
	}
	walk(nil)
}

// environmentOf is the variable that sets a flag; "" for the flags that have
// none: --help, --version, and the parameters of actions.
func environmentOf(flag helpFlag) string {
	if flag.name == "help" || flag.name == "version" || flag.name != strings.ToLower(flag.name) {
		return ""
	}
	return "CSRD_" + strings.ToUpper(strings.ReplaceAll(flag.name, "-", "_"))
}

func TestHelpShowsOfEachFlagItsEnvironmentAndType(t *testing.T) {
	t.Parallel()
	types := []string{"", "string", "strings", "int", "duration", "integer", "boolean", "JSON"} // "" is that of a switch
	found := 0
	eachCommand(t, func(t *testing.T, command []string, flags []helpFlag) {
		for _, flag := range flags {
			name := environmentOf(flag)
			switch {
			case name == "" && strings.Contains(flag.text, "[$"):
				t.Errorf("--%s has no variable and names one: %s", flag.name, flag.text)
			case name != "" && !strings.Contains(flag.text, "[$"+name+"]"):
				t.Errorf("--%s does not name $%s: %s", flag.name, name, flag.text)
			case name != "":
				found++
			}
			if !slices.Contains(types, flag.value) {
				t.Errorf("--%s has a value of the type %q", flag.name, flag.value)
			}
		}
	})
	if found < 20 {
		t.Errorf("only %d flags have a variable", found)
	}
}

func TestHelpShowsDefaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ command, flag, want string }{
		{"serve", "data", `(default "./data")`},
		{"serve", "listen", `(default "127.0.0.1:9402")`},
		{"serve", "deleted-retention", `(default 168h0m0s)`},
		{"serve", "time-zone", `(default "Asia/Shanghai")`},
		{"serve", "rate-limit", `(default -1)`},
		{"serve", "log-level", `(default "info")`},
		{"serve", "log-format", `(default "auto")`},
		{"list", "endpoint", `(default "http://127.0.0.1:9402")`},
		{"list", "limit", `(default 10)`},
		{"call DescribeCSRSet", "Limit", "default 10"},
		{"deleted list", "limit", `(default 100)`},
		{"deleted restore", "data", `(default "./data")`},
		{"key create", "data", `(default "./data")`},
	} {
		flags, _ := help(t, strings.Fields(test.command))
		i := slices.IndexFunc(flags, func(f helpFlag) bool { return f.name == test.flag })
		if i < 0 || !strings.Contains(flags[i].text, test.want) {
			t.Errorf("csrd %s --help does not show of --%s %s", test.command, test.flag, test.want)
		}
	}
}

// A variable that is not of the flag's type is found for what it is, which
// shows that the variable is read.
func TestEveryFlagIsReadFromTheEnvironment(t *testing.T) {
	t.Parallel()
	tried := 0
	eachCommand(t, func(t *testing.T, command []string, flags []helpFlag) {
		for _, flag := range flags {
			name := environmentOf(flag)
			if name == "" || !strings.Contains(flag.text, "[$") || strings.HasPrefix(flag.value, "string") {
				continue
			}
			args := slices.Clone(command)
			switch strings.Join(command, " ") {
			case "call", "deleted", "master-key", "account", "user", "key", "policy", "store": // the flags of their subcommands
				continue
			case "deleted restore", "inspect", "import", "export", "account create", "account delete", "account enable", "account disable", "key enable", "key disable",
				"user create", "user show", "user enable", "user disable", "user delete", "key rotate", "key delete", "policy create", "policy show", "policy attach", "policy detach", "policy delete":
				args = append(args, "1")
			}
			tried++
			cmd := csrd([]string{name + "=not-of-its-type"}, args...)
			cmd.Dir = t.TempDir()
			out, err := cmd.CombinedOutput()
			if cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(out), name+": ") {
				t.Errorf("with a wrong %s: %v, want code 2 and a message that names it:\n%s", name, err, out)
			}
		}
	})
	if tried < 10 {
		t.Errorf("only %d flags were tried", tried)
	}
}
