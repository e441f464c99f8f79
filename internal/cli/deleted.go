package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/sqlstore"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
)

// deletedItem is a deleted CSR as `csrd deleted list --json` shows it.
type deletedItem struct {
	ID           int64 `json:"Id"`
	Uin          string
	Domain       string
	Organization string
	DeleteTime   time.Time
}

func deletedItems(deleted []csr.Deleted) []deletedItem {
	items := []deletedItem{}
	for _, d := range deleted {
		items = append(items, deletedItem{d.ID, d.Owner.String(), d.Domain, d.Organization, d.DeleteTime.UTC()})
	}
	return items
}

// deletedCommand is the operator's way to what was deleted. It works on the
// store, whether or not it is being served.
func deletedCommand(s streams) *cobra.Command {
	var place storePlace
	cmd := &cobra.Command{
		Use:   "deleted",
		Short: "List deleted CSRs of the store and bring them back",
		Long: `List the deleted CSRs of a data directory and bring them back, while --deleted-retention
of "csrd serve" keeps them. The server may run meanwhile.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return usagef("say list or restore") },
	}
	place.addTo(cmd.PersistentFlags())

	var limit int64
	var asJSON bool
	list := &cobra.Command{
		Use:   "list",
		Short: "List deleted CSRs, last deleted first",
		Long: `List deleted CSRs, last deleted first.

With --json it is an object with the list Deleted, each with Id, Uin, Domain, Organization and
DeleteTime (RFC 3339, UTC).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 {
				return usagef("--limit %d: it is at least 1", limit)
			}
			return withStore(cmd.Context(), place, func(store *sqlstore.Store) error {
				deleted, err := store.ListDeleted(cmd.Context(), limit)
				if err != nil {
					return err
				}
				if asJSON {
					return showJSON(s, map[string][]deletedItem{"Deleted": deletedItems(deleted)})
				}
				if len(deleted) == 0 {
					fmt.Fprintln(s.out, "No deleted CSRs are kept.")
					return nil
				}
				var rows []table.Row
				for _, d := range deleted {
					rows = append(rows, table.Row{d.ID, d.Owner, d.Domain, d.Organization, shownTime(d.DeleteTime)})
				}
				renderTable(s.out, table.Row{"ID", "ACCOUNT", "DOMAIN", "ORGANIZATION", "DELETED"}, rows)
				return nil
			})
		},
	}
	list.Flags().Int64Var(&limit, "limit", 100, "how many to list")
	addJSONFlag(list.Flags(), &asJSON)

	var account int64
	var set masterKeySetting
	restore := &cobra.Command{
		Use:   "restore ID...",
		Short: "Bring deleted CSRs back, with their keys",
		Long: `Bring deleted CSRs back, with their keys. That is on record, so it needs the master key, given
as to "csrd serve".`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			ids := make([]int64, len(args))
			for i, arg := range args {
				id, err := strconv.ParseInt(arg, 10, 64)
				if err != nil {
					return usagef("%q is not the id of a CSR", arg)
				}
				ids[i] = id
			}
			return withRecord(cmd, place, &set, func(ctx context.Context, store *sqlstore.Store, _ csr.Sealer) error {
				owner, err := theAccount(ctx, store, account)
				if err != nil {
					return err
				}
				return restoreAll(ctx, s, store, owner, ids)
			})
		},
	}
	restore.Flags().Int64Var(&account, "account", 0, "Uin of the account they belong to; needed where there is more than one")
	set.addTo(restore.Flags())
	cmd.AddCommand(list, restore)
	return cmd
}

// theAccount is the account of that Uin or, for 0, the only one there is.
func theAccount(ctx context.Context, store cam.AccountStore, uin int64) (csr.Owner, error) {
	if uin != 0 {
		return csr.Owner(uin), nil
	}
	accounts, err := store.Accounts(ctx)
	if err != nil {
		return 0, err
	}
	if len(accounts) == 0 {
		return 0, errors.New("the store has no account yet: `csrd serve` makes the first")
	}
	if len(accounts) != 1 {
		return 0, usagef("the store has %d accounts: say which with --account; `csrd account list` shows them", len(accounts))
	}
	return accounts[0].Owner, nil
}

func restoreAll(ctx context.Context, s streams, store *sqlstore.Store, owner csr.Owner, ids []int64) error {
	var failed error
	for _, id := range ids {
		err := store.Restore(ctx, owner, id)
		switch {
		case errors.Is(err, csr.ErrNotFound):
			failed = errors.Join(failed, fmt.Errorf("CSR %d of account %s is not among the deleted ones", id, owner))
		case err != nil:
			return errors.Join(failed, err)
		default:
			fmt.Fprintf(s.out, "CSR %d is back.\n", id)
		}
	}
	return failed
}
