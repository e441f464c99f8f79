package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/sqlstore"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
)

// listedEntry is an entry as JSON; the names are documented in the help.
type listedEntry struct {
	Account   csr.Owner `json:",string"`
	Seq       int64
	Time      time.Time
	RequestId string
	Actor     audit.ActorKind
	User      string
	SecretId  string
	Address   string
	Action    string
	Resources []string
	KeyRead   bool
	Outcome   string
	Mac       audit.MAC
}

func listedOf(e *audit.Entry) listedEntry {
	return listedEntry{
		e.Owner, e.Seq, e.Time, e.RequestID, e.Actor.Kind, e.Actor.User, e.Actor.SecretID, e.Actor.Address,
		e.Action, append([]string{}, e.Resources...), e.KeyRead, e.Outcome, e.MAC,
	}
}

// entryFilter is what the flags of `csrd audit list` say.
type entryFilter struct {
	from, to, user string
	account, csr   int64
	audit.Filter
}

// timeForms says how times are given.
const timeForms = "2026-11-24, '2026-11-24 09:30:00', RFC 3339, or an age as 36h or 90d"

func auditListCommand(s streams, place *storePlace) *cobra.Command {
	var f entryFilter
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List entries of the record, the newest first",
		Long: `List entries of the record, the newest first. With --json each is a line of JSON with

  Account, Seq       whose chain it is in, and its place there
  Time, RequestId    of the request, or of the operator's command
  Actor              caller (a request of the API), operator (a command), or server (of itself)
  User, SecretId, Address
                     of a caller, whose User is empty for the account's root; of an
                     operator, the user of the operating system and the machine
  Action             ssl:CreateCSR; or the operator's command, deleted restore
  Resources          what it was done to: csr/12
  KeyRead            whether a private key or its password was shown
  Outcome            OK, or the code that was answered
  Mac                its HMAC, which csrd audit verify checks; list does not

Reads of the list are left out unless csrd serve has --audit-lists.`,
		Example: `  csrd audit list --from 24h --action DescribeCSR
  csrd audit list --csr 12 --json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			filter, err := f.filter(cmd)
			if err != nil {
				return err
			}
			return withStore(cmd.Context(), *place, func(store *sqlstore.Store) error {
				encoder := json.NewEncoder(s.out)
				encoder.SetEscapeHTML(false)
				var rows []table.Row
				err := store.Entries(cmd.Context(), filter, func(e *audit.Entry) error {
					if asJSON {
						return encoder.Encode(listedOf(e))
					}
					rows = append(rows, entryRow(e))
					return nil
				})
				switch {
				case err != nil || asJSON:
					return err
				case len(rows) == 0:
					fmt.Fprintln(s.out, "No entries.")
					return nil
				}
				renderTable(s.out, table.Row{"TIME", "ACCOUNT", "WHO", "FROM", "ACTION", "ON", "KEY", "OUTCOME", "REQUEST ID"}, rows)
				if int64(len(rows)) == filter.Limit {
					fmt.Fprintf(s.out, "The newest %d; there may be more: --limit shows others.\n", len(rows))
				}
				return nil
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "only from this time on: "+timeForms)
	flags.StringVar(&f.to, "to", "", "only before this time")
	flags.StringVar(&f.Action, "action", "", "only this action, as ssl:CreateCSR or CreateCSR")
	flags.StringVar(&f.user, "user", "", "only this user of an account, or of the operating system; '' is the root of an account")
	flags.StringVar(&f.RequestID, "request-id", "", "only this RequestId")
	flags.Int64Var(&f.csr, "csr", 0, "only what was done to the CSR of this id")
	flags.Int64Var(&f.account, "account", 0, "only the chain of this account; 0 is that of what concerns none")
	flags.Int64Var(&f.Limit, "limit", 100, "at most so many")
	flags.BoolVar(&asJSON, "json", false, "print lines of JSON instead of a table")
	return cmd
}

func (f *entryFilter) filter(cmd *cobra.Command) (filter audit.Filter, err error) {
	filter = f.Filter
	if filter.Limit < 1 {
		return filter, usagef("--limit %d: it is at least 1", filter.Limit)
	}
	now := time.Now()
	for _, t := range []struct {
		flag, text string
		to         *time.Time
	}{{"from", f.from, &filter.From}, {"to", f.to, &filter.To}} {
		if t.text == "" {
			continue
		}
		if *t.to, err = parseTime(t.text, now); err != nil {
			return filter, usagef("--%s %q: %w", t.flag, t.text, err)
		}
	}
	if cmd.Flags().Changed("user") {
		filter.User = &f.user
	}
	if cmd.Flags().Changed("account") {
		owner := csr.Owner(f.account)
		filter.Owner = &owner
	}
	if cmd.Flags().Changed("csr") {
		filter.Resource = audit.CSR(f.csr)
	}
	return filter, nil
}

func entryRow(e *audit.Entry) table.Row {
	read := ""
	if e.KeyRead {
		read = "read"
	}
	return table.Row{
		e.Time.Local().Format(time.DateTime), e.Owner, who(e.Actor), e.Actor.Address, e.Action,
		strings.Join(e.Resources, " "), read, e.Outcome, e.RequestID,
	}
}

// who is an actor for a person.
func who(a audit.Actor) string {
	switch {
	case a.Kind == audit.Server:
		return "(server)"
	case a.Kind == audit.Operator:
		return "operator " + a.User
	case a.User == "":
		return "(root)"
	}
	return a.User
}

// parseTime reads a time in one of timeForms. What names no zone is local.
func parseTime(text string, now time.Time) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, time.DateTime, "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, time.Local); err == nil {
			return t, nil
		}
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if age, err := time.ParseDuration(text); err == nil && age >= 0 {
		return now.Add(-age), nil
	}
	return time.Time{}, errors.New("it is no time: " + timeForms)
}
