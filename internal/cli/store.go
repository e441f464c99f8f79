package cli

import (
	"context"
	"errors"
	"fmt"

	"csrd/internal/sqlstore"

	"github.com/spf13/cobra"
)

// storeCommand is the operator's look at the store itself. It works on the
// store, whether or not it is being served.
func storeCommand(s streams) *cobra.Command {
	var place storePlace
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Check the store",
		Args:  cobra.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return usagef("say check") },
	}
	place.addTo(cmd.PersistentFlags())

	var repair bool
	check := &cobra.Command{
		Use:   "check",
		Short: "Count all CSRs again and compare with the counts that lists answer with",
		Long: `Count all CSRs again and compare with the counts kept of them, which are what the totals and
pages of lists come from. Counts are changed in the same transaction as the CSRs, so they
are wrong only where the database was changed by hand or is damaged.

The server may run meanwhile; while --repair counts the CSRs of an account, it writes none.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd.Context(), place, func(store *sqlstore.Store) error {
				return checkCounts(cmd.Context(), s, store, repair)
			})
		},
	}
	check.Flags().BoolVar(&repair, "repair", false, "put wrong counts right")
	cmd.AddCommand(check)
	return cmd
}

func checkCounts(ctx context.Context, s streams, store *sqlstore.Store, repair bool) error {
	accounts, err := store.Accounts(ctx)
	if err != nil {
		return err
	}
	progress := newProgress(s.err)
	defer progress.clear()
	var wrong int64
	for i, account := range accounts {
		progress.show("Counting account %d of %d", i+1, len(accounts))
		n, err := store.CheckCounts(ctx, account.Owner, repair)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		wrong += n
		done := ""
		if repair {
			done = ", repaired"
		}
		progress.clear()
		fmt.Fprintf(s.out, "Account %s: wrong counts: %d%s.\n", account.Owner, n, done)
	}
	progress.clear()
	switch {
	case wrong == 0:
		fmt.Fprintf(s.out, "All counts are right. Accounts: %d.\n", len(accounts))
	case !repair:
		return errors.New("counts are wrong: `csrd store check --repair` puts them right")
	}
	return nil
}
