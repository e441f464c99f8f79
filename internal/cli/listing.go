package cli

import (
	"context"
	"io"

	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/sqlstore"

	"github.com/spf13/cobra"
)

// listing is a command that lists what accounts have, as a table or as JSON.
type listing[T any] struct {
	short, long string
	name        string // of the list in the JSON object
	items       func(ctx context.Context, store *sqlstore.Store, owner csr.Owner) ([]T, error)
	render      func(out io.Writer, items []T)
}

// command returns the command; it lists what all accounts have, or one.
func (l listing[T]) command(s streams, place *storePlace) *cobra.Command {
	var account int64
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: l.short, Long: l.long, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd.Context(), *place, func(store *sqlstore.Store) error {
				items := []T{}
				err := eachAccount(cmd.Context(), store, account, func(owner csr.Owner) error {
					more, err := l.items(cmd.Context(), store, owner)
					items = append(items, more...)
					return err
				})
				switch {
				case err != nil:
					return err
				case asJSON:
					return showJSON(s, map[string][]T{l.name: items})
				}
				l.render(s.out, items)
				return nil
			})
		},
	}
	cmd.Flags().Int64Var(&account, "account", 0, "Uin of the one account to list; by default all")
	addJSONFlag(cmd.Flags(), &asJSON)
	return cmd
}

// eachAccount runs f for the account of that Uin or, for 0, for all.
func eachAccount(ctx context.Context, store cam.AccountStore, uin int64, f func(csr.Owner) error) error {
	accounts, err := store.Accounts(ctx)
	if err != nil {
		return err
	}
	found := uin == 0
	for _, account := range accounts {
		if uin != 0 && account.Owner != csr.Owner(uin) {
			continue
		}
		found = true
		if err := f(account.Owner); err != nil {
			return err
		}
	}
	if !found {
		return explainAccount(cam.ErrNoAccount, csr.Owner(uin))
	}
	return nil
}
