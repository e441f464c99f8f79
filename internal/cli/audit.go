package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/sqlstore"

	"github.com/spf13/cobra"
)

// auditCommand is the operator's way to the record of who did what. It works on
// the store, whether or not it is being served.
func auditCommand(s streams) *cobra.Command {
	var place storePlace
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show and verify the record of who did what",
		Long: `Show and verify the record of who did what in a data directory. The server may run meanwhile.

Each account has a chain of entries: every change, every private key that was shown, every
refusal of a known caller. An entry carries an HMAC over itself and the one before, so that
"csrd audit verify" finds what was altered. What concerns no single account is in the chain
of account 0.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return usagef("say list, verify, head or prune") },
	}
	place.addTo(cmd.PersistentFlags())
	cmd.AddCommand(auditListCommand(s, &place), auditVerifyCommand(s, &place), auditHeadCommand(s, &place), auditPruneCommand(s, &place))
	return cmd
}

func auditVerifyCommand(s streams, place *storePlace) *cobra.Command {
	var set masterKeySetting
	var headFile string
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Verify the record and say where it was altered",
		Long: `Verify the record of every account: that each entry is as it was written, that none is missing,
and that none was added. It needs the master key, as "csrd serve" does.

What is not found without --head: that a whole older copy of the store, or of its record, was
put back. So keep the output of "csrd audit head" elsewhere, and give it in --head: what it
names must still be there.`,
		Example: `  csrd audit head > /mnt/elsewhere/audit-head
  csrd audit verify --head /mnt/elsewhere/audit-head`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			kept, err := readHeads(headFile)
			if err != nil {
				return err
			}
			return withStore(cmd.Context(), *place, func(store *sqlstore.Store) error {
				sealer, err := openStoreSealer(cmd.Context(), *place, &set, store)
				if err != nil {
					return err
				}
				return verifyAll(cmd.Context(), s, store, audit.NewKeys(store, sealer), kept)
			})
		},
	}
	set.addTo(cmd.Flags())
	cmd.Flags().StringVar(&headFile, "head", "", "file with an earlier output of csrd audit head")
	return cmd
}

// verifyAll verifies the chain of every account that has one or should.
func verifyAll(ctx context.Context, s streams, store *sqlstore.Store, keys *audit.Keys, kept []audit.Kept) error {
	owners, err := recordedAccounts(ctx, store)
	if err != nil {
		return err
	}
	for _, k := range kept {
		owners = append(owners, k.Owner)
	}
	slices.Sort(owners)
	wrong := 0
	for _, owner := range slices.Compact(owners) {
		var of []audit.Kept
		for _, k := range kept {
			if k.Owner == owner {
				of = append(of, k)
			}
		}
		report, err := audit.Verify(ctx, &progressStore{Store: store, s: s}, keys, owner, of...)
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			fmt.Fprintf(s.out, "%s: cannot be verified: %v\n", chainName(owner), err)
			wrong++
			continue
		}
		if len(report.Faults) > 0 {
			wrong++
		}
		showReport(s, report)
	}
	if wrong > 0 {
		return fmt.Errorf("%s of the record not verified", counted(wrong, "chain", "chains"))
	}
	return nil
}

func showReport(s streams, r *audit.Report) {
	for _, fault := range r.Faults {
		fmt.Fprintln(s.out, fault)
	}
	if r.More > 0 {
		fmt.Fprintf(s.out, "%s: and %d more\n", chainName(r.Owner), r.More)
	}
	if len(r.Faults) > 0 {
		return
	}
	if r.Seq == 0 {
		fmt.Fprintf(s.out, "%s: no record yet\n", chainName(r.Owner))
		return
	}
	fmt.Fprintf(s.out, "%s: %s verified, up to entry %d", chainName(r.Owner), counted(int(r.Entries), "entry", "entries"), r.Seq)
	if r.Pruned > 0 {
		fmt.Fprintf(s.out, "; those up to %d were pruned", r.Pruned)
	}
	fmt.Fprintln(s.out)
}

// recordedAccounts are all accounts, and those that only the record knows.
func recordedAccounts(ctx context.Context, store *sqlstore.Store) ([]csr.Owner, error) {
	owners, err := store.Chains(ctx)
	if err != nil {
		return nil, err
	}
	accounts, err := store.Accounts(ctx)
	for _, a := range accounts {
		if !slices.Contains(owners, a.Owner) {
			owners = append(owners, a.Owner)
		}
	}
	return owners, err
}

// chainName is what a chain is called.
func chainName(owner csr.Owner) string {
	if owner == audit.System {
		return "the system's record"
	}
	return "account " + owner.String()
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// progressStore shows on a terminal how far the reading of a chain has come.
type progressStore struct {
	*sqlstore.Store
	s streams
}

// progressEvery is after how many entries the progress is shown again.
const progressEvery = 10000

func (p *progressStore) ReadChain(ctx context.Context, owner csr.Owner, begin func(audit.Chain) error, f func(*audit.Entry) error) error {
	if !isTerminal(p.s.err) {
		return p.Store.ReadChain(ctx, owner, begin, f)
	}
	read := 0
	err := p.Store.ReadChain(ctx, owner, begin, func(e *audit.Entry) error {
		if read++; read%progressEvery == 0 {
			fmt.Fprintf(p.s.err, "\r%s: %d entries read", chainName(owner), read)
		}
		return f(e)
	})
	if read >= progressEvery {
		fmt.Fprintln(p.s.err)
	}
	return err
}

const pruneBatch = 5000 // entries in one transaction: other writers wait for it

func auditPruneCommand(s streams, place *storePlace) *cobra.Command {
	var set masterKeySetting
	var before string
	var account int64
	cmd := &cobra.Command{
		Use:   "prune --before TIME",
		Short: "Remove old entries of the record",
		Long: `Remove the entries of before a time from the beginning of each chain. A stub signs off that
they were pruned, so that the rest still verifies; the pruning is on record itself. Nothing is
removed from a chain that does not verify. It needs the master key, as "csrd serve" does.`,
		Example: "  csrd audit prune --before 2025-01-01\n  csrd audit prune --before 365d",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			now := time.Now()
			at, err := parseTime(before, now)
			if err != nil {
				return usagef("--before %q: %w", before, err)
			}
			return withRecord(cmd, *place, &set, func(ctx context.Context, store *sqlstore.Store, sealer csr.Sealer) error {
				owners, err := store.Chains(ctx)
				if err != nil {
					return err
				}
				if cmd.Flags().Changed("account") {
					if !slices.Contains(owners, csr.Owner(account)) {
						return fmt.Errorf("account %d has no record", account)
					}
					owners = []csr.Owner{csr.Owner(account)}
				}
				return pruneAll(ctx, s, store, audit.NewKeys(store, sealer), owners, at, now)
			})
		},
	}
	set.addTo(cmd.Flags())
	cmd.Flags().StringVar(&before, "before", "", "remove what is older: "+timeForms)
	cmd.Flags().Int64Var(&account, "account", 0, "Uin of the one account to prune; by default all")
	return cmd
}

func pruneAll(ctx context.Context, s streams, store *sqlstore.Store, keys *audit.Keys, owners []csr.Owner, before, now time.Time) error {
	var wrong []string
	for _, owner := range owners {
		pruned, report, err := audit.Prune(ctx, &progressStore{Store: store, s: s}, keys, owner, before, now, pruneBatch)
		if pruned > 0 {
			fmt.Fprintf(s.out, "%s: %s removed\n", chainName(owner), counted(int(pruned), "entry", "entries"))
		}
		if err != nil {
			return err
		}
		if len(report.Faults) > 0 {
			showReport(s, report)
			wrong = append(wrong, chainName(owner))
		} else if pruned == 0 {
			fmt.Fprintf(s.out, "%s: nothing to remove\n", chainName(owner))
		}
	}
	if len(wrong) > 0 {
		return fmt.Errorf("not pruned for not verifying: %s", strings.Join(wrong, ", "))
	}
	return nil
}
