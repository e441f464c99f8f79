package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/sqlstore"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
)

// withinASecond says when a change counts. The server remembers access keys
// for a second.
const withinASecond = "a running csrd notices within a second"

// accountItem is an account as `csrd account list --json` shows it.
type accountItem struct {
	Uin            string
	Name           string
	Enabled        bool
	CreateTime     time.Time
	UserCount      int
	AccessKeyCount int // of the root and of all users
}

// accountCommand makes, lists and ends accounts. It works on the store, whether
// or not it is being served.
func accountCommand(s streams) *cobra.Command {
	var place storePlace
	cmd := &cobra.Command{
		Use:   "account",
		Short: "Make, list, disable and delete accounts",
		Long: `Make, list, disable and delete the accounts of a data directory. Whatever is stored belongs
to an account, and no account sees anything of another. The server may run meanwhile: it
notices a change within a second.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return usagef("say create, list, disable, enable or delete") },
	}
	place.addTo(cmd.PersistentFlags())
	cmd.AddCommand(accountCreate(s, &place), accountList(s, &place), accountEnable(s, &place, false), accountEnable(s, &place, true), accountDelete(s, &place))
	return cmd
}

func accountCreate(s streams, place *storePlace) *cobra.Command {
	var maker keyMaker
	var uin string
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Make an account, with an access key of its root",
		Long: `Make an account, with an access key of its root, which may do everything in the account.
NAME is a label for ` + "`csrd account list`" + `. The key is shown once, or written to --out.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cam.CheckAccountName(args[0]); err != nil {
				return usagef("%q: %w", args[0], err)
			}
			root, err := cam.RootSetting{Uin: uin}.Root()
			if err != nil {
				return usagef("--uin: %w", err)
			}
			root.Name = args[0]
			return withRecord(cmd, *place, &maker.masterKey, func(ctx context.Context, store *sqlstore.Store, sealer csr.Sealer) error {
				made := fmt.Sprintf("Made the account %s, %s.", root.Owner, root.Name)
				key := cam.AccessKey{SecretID: root.SecretID, Owner: root.Owner}
				return maker.keep(ctx, s, store, made, key, root.SecretKey, func() error {
					return explainAccount(cam.CreateRoot(ctx, store, sealer, root, time.Now()), root.Owner)
				})
			})
		},
	}
	cmd.Flags().StringVar(&uin, "uin", "", "the account's Uin, a number; by default one of twelve digits is made up")
	maker.addTo(cmd.Flags())
	return cmd
}

func accountList(s streams, place *storePlace) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the accounts, the oldest first",
		Long: `List the accounts, the oldest first.

With --json it is an object with the list Accounts, each with Uin, Name, Enabled, CreateTime
(RFC 3339, UTC), UserCount and AccessKeyCount (of the root and all users).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd.Context(), *place, func(store *sqlstore.Store) error {
				items, err := accountItems(cmd.Context(), store)
				if err != nil {
					return err
				}
				if asJSON {
					return showJSON(s, struct{ Accounts []accountItem }{items})
				}
				renderAccounts(s.out, items)
				return nil
			})
		},
	}
	addJSONFlag(cmd.Flags(), &asJSON)
	return cmd
}

func accountItems(ctx context.Context, store cam.Store) ([]accountItem, error) {
	accounts, err := store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	items := []accountItem{}
	for _, account := range accounts {
		users, err := store.Users(ctx, account.Owner)
		if err != nil {
			return nil, err
		}
		keys, err := store.AccessKeys(ctx, account.Owner)
		if err != nil {
			return nil, err
		}
		items = append(items, accountItem{account.Owner.String(), account.Name, account.Enabled, account.CreateTime, len(users), len(keys)})
	}
	return items, nil
}

func renderAccounts(out io.Writer, items []accountItem) {
	if len(items) == 0 {
		fmt.Fprintln(out, "No accounts: `csrd serve` makes the first.")
		return
	}
	var rows []table.Row
	for _, item := range items {
		rows = append(rows, table.Row{item.Uin, item.Name, enabledOrNot(item.Enabled), item.UserCount, item.AccessKeyCount, shownTime(item.CreateTime)})
	}
	renderTable(out, table.Row{"ACCOUNT", "NAME", "STATUS", "USERS", "ACCESS KEYS", "CREATED"}, rows, 0)
}

func accountEnable(s streams, place *storePlace, enabled bool) *cobra.Command {
	use, short := "disable UIN", "Refuse all access keys of an account, until it is enabled again"
	if enabled {
		use, short = "enable UIN", "Take the access keys of a disabled account again"
	}
	var set masterKeySetting
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			owner, err := parseUin(args[0])
			if err != nil {
				return err
			}
			return withRecord(cmd, *place, &set, func(ctx context.Context, store *sqlstore.Store, _ csr.Sealer) error {
				if err := store.EnableAccount(ctx, owner, enabled); err != nil {
					return explainAccount(err, owner)
				}
				if enabled {
					fmt.Fprintf(s.out, "Account %s is enabled.\n", owner)
				} else {
					fmt.Fprintf(s.out, "Account %s is disabled, and with it every access key in it: %s.\n", owner, withinASecond)
				}
				return nil
			})
		},
	}
	set.addTo(cmd.Flags())
	return cmd
}

func accountDelete(s streams, place *storePlace) *cobra.Command {
	var force bool
	var set masterKeySetting
	cmd := &cobra.Command{
		Use:   "delete UIN",
		Short: "Delete an account with the keys of its root",
		Long: `Delete an account with the keys of its root. It must be empty: no users, no policies, no
CSRs, not even deleted ones that are still kept. With --force users, policies and deleted
CSRs go with it; CSRs never do. The last account of a store stays.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			owner, err := parseUin(args[0])
			if err != nil {
				return err
			}
			return withRecord(cmd, *place, &set, func(ctx context.Context, store *sqlstore.Store, _ csr.Sealer) error {
				if err := store.DeleteAccount(ctx, owner, force); err != nil {
					return explainAccount(err, owner)
				}
				fmt.Fprintf(s.out, "Account %s is deleted: %s.\n", owner, withinASecond)
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "delete its users, their access keys, its policies and what is kept of deleted CSRs too")
	set.addTo(cmd.Flags())
	return cmd
}

func parseUin(text string) (csr.Owner, error) {
	uin, err := strconv.ParseInt(text, 10, 64)
	if err != nil || uin < 1 || uin > csr.MaxID {
		return 0, usagef("%q is not the Uin of an account: `csrd account list` shows those there are", text)
	}
	return csr.Owner(uin), nil
}
