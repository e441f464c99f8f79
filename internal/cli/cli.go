// Package cli is the command line of csrd: the server, clients of the API
// whose flags come from the action table, and tools of the operator.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// streams are what a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// usageError is a mistake in how a command was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// Main runs csrd with the arguments and streams of the process and returns its
// exit code. No core dump is made of it. SIGINT and SIGTERM cancel what runs; a second one kills.
func Main() int {
	if err := withoutCoreDumps(); err != nil {
		fmt.Fprintf(os.Stderr, "csrd: core dumps, which hold keys, cannot be switched off: %v\n", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
}

func run(ctx context.Context, args []string, s streams) int {
	started := false
	root := &cobra.Command{
		Use:   "csrd",
		Short: "Keeps certificate signing requests and their keys behind Tencent Cloud's SSL API",
		Long: `csrd keeps an organisation's certificate signing requests (CSRs) and their private
keys, and speaks the wire protocol of Tencent Cloud's SSL API (2019-12-05): point an
official SDK, or tccli, at it and it works unchanged.

Start it with "csrd serve". Every flag of a command may also be set in the environment,
under the name its help shows.`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if err := flagsFromEnvironment(cmd.Flags()); err != nil {
				return err
			}
			started = true
			return nil
		},
	}
	root.CompletionOptions.DisableNoDescFlag = true
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.AddCommand(serveCommand(s), listCommand(s), callCommand(s), inspectCommand(s), importCommand(s), exportCommand(s), deletedCommand(s),
		accountCommand(s), userCommand(s), keyCommand(s), policyCommand(s), tokenCommand(s), storeCommand(s), migrateCommand(s), auditCommand(s), traceCommand(s), masterKeyCommand(s), versionCommand(s))
	nameEnvironment(root)

	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	fmt.Fprintf(s.err, "csrd: %v\n", withoutSecret(err))
	if !started || errors.As(err, new(usageError)) {
		fmt.Fprintf(s.err, "Run `%s --help` for how to call it.\n", cmd.CommandPath())
		return exitUsage
	}
	return exitFailed
}

// withoutSecret is an error without the value of a secret parameter, which
// pflag repeats.
func withoutSecret(err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		if value, ok := invalid.GetFlag().Value.(*parameterValue); ok && value.param.Secret {
			return fmt.Errorf("--%s: %w", value.param.Name, invalid.Unwrap())
		}
	}
	return err
}

func versionCommand(s streams) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: cobra.NoArgs,
		Run: func(*cobra.Command, []string) { fmt.Fprintln(s.out, "csrd", version()) },
	}
}

// version is the module's version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value
		}
	}
	return "devel"
}
