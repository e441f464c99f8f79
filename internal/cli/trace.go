package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/sqlstore"

	"github.com/spf13/cobra"
)

func traceCommand(s streams) *cobra.Command {
	var place storePlace
	var logs []string
	cmd := &cobra.Command{
		Use:   "trace REQUEST_ID",
		Short: "Show everything that is known of one request",
		Long: `Show everything that is known of one request: who made it, when and from where, what was
answered, what it changed, whether it was shown a private key, and what became of the CSRs
that it was on. The RequestId is in every answer of the API. --log looks into files of the
server's log besides, where reads of lists and refusals of unknown callers are, too.`,
		Example: "  csrd trace 5c215ea7-b931-4849-8a31-3ed479375566 --log /var/log/csrd.log",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id := strings.TrimSpace(args[0])
			if id == "" {
				return usagef("the RequestId is empty")
			}
			return withStore(cmd.Context(), place, func(store *sqlstore.Store) error {
				return trace(cmd.Context(), s.out, store, id, logs)
			})
		},
	}
	place.addTo(cmd.Flags())
	cmd.Flags().StringSliceVar(&logs, "log", nil, "file of the server's log to look into; may be given more than once")
	return cmd
}

func trace(ctx context.Context, out io.Writer, store *sqlstore.Store, id string, logs []string) error {
	var entries []*audit.Entry
	err := store.Entries(ctx, audit.Filter{RequestID: id}, func(e *audit.Entry) error {
		entries = append(entries, e)
		return nil
	})
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := showEntry(ctx, out, store, e); err != nil {
			return err
		}
	}
	logged := 0
	for _, file := range logs {
		n, err := showLog(out, file, id)
		if err != nil {
			return err
		}
		logged += n
	}
	if len(entries)+logged > 0 {
		return nil
	}
	if len(logs) > 0 {
		return fmt.Errorf("neither the record nor the log has anything of the RequestId %s", id)
	}
	return fmt.Errorf("the record has nothing of the RequestId %s: reads of lists, and what was refused for its signature or its rate, are in the server's log alone: give it with --log", id)
}

func showEntry(ctx context.Context, out io.Writer, store *sqlstore.Store, e *audit.Entry) error {
	line := func(name, format string, args ...any) {
		fmt.Fprintf(out, "  %-10s %s\n", name, printable(fmt.Sprintf(format, args...)))
	}
	fmt.Fprintf(out, "%s: %s\n", printable(e.Action), printable(e.Outcome))
	line("Time", "%s", e.Time.Local().Format("2006-01-02 15:04:05.000000 MST"))
	line("RequestId", "%s", e.RequestID)
	switch e.Actor.Kind {
	case audit.Operator:
		line("By", "operator %s on %s", e.Actor.User, e.Actor.Address)
	case audit.Server:
		line("By", "the server of itself")
	default:
		line("By", "%s of account %s, SecretId %s, from %s", who(e.Actor), e.Owner, e.Actor.SecretID, e.Actor.Address)
	}
	if e.KeyRead {
		line("Key", "the private key or its password was shown")
	}
	line("Record", "entry %d of %s", e.Seq, chainName(e.Owner))
	for _, resource := range e.Resources {
		now, err := stateOf(ctx, store, e.Owner, resource)
		if err != nil {
			return err
		}
		line("On", "%s%s", resource, now)
	}
	return nil
}

// stateOf says what a CSR is now; nothing of other resources.
func stateOf(ctx context.Context, store *sqlstore.Store, owner csr.Owner, resource string) (string, error) {
	text, ok := strings.CutPrefix(resource, audit.CSRPrefix)
	id, err := strconv.ParseInt(text, 10, 64)
	if !ok || err != nil {
		return "", nil
	}
	c, err := store.Get(ctx, owner, id)
	if err == nil {
		status := "a draft"
		if c.Status == csr.Generated {
			status = "generated"
		}
		return fmt.Sprintf(", now: %s, %s, created %s", c.Domain, status, c.CreateTime.Local().Format(time.DateTime+" MST")), nil
	}
	if !errors.Is(err, csr.ErrNotFound) {
		return "", err
	}
	deleted, err := store.ListDeleted(ctx, csr.MaxID)
	for _, d := range deleted {
		if d.Owner == owner && d.ID == id {
			return fmt.Sprintf(", now: %s, deleted %s, can be restored", d.Domain, d.DeleteTime.Local().Format(time.DateTime+" MST")), nil
		}
	}
	return ", now: not there", err
}

// maxLogLine is the longest line of a log that is looked at.
const maxLogLine = 1 << 20

// showLog prints the lines of a log that have the RequestId.
func showLog(out io.Writer, file, id string) (found int, err error) {
	log, err := os.Open(file)
	if err != nil {
		return 0, fmt.Errorf("--log: %w", err)
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, maxLogLine)
	for lines.Scan() {
		if !strings.Contains(lines.Text(), id) {
			continue
		}
		if found++; found == 1 {
			fmt.Fprintf(out, "Log %s\n", file)
		}
		fmt.Fprintf(out, "  %s\n", printable(lines.Text()))
	}
	if err := lines.Err(); err != nil {
		return found, fmt.Errorf("--log %s: %w", file, err)
	}
	return found, nil
}
