package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/sqlstore"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
)

// keyItem is an access key as `csrd key list --json` shows it.
type keyItem struct {
	SecretID   string `json:"SecretId"`
	Uin        string
	User       string // "" for the account's root
	Enabled    bool   // the key itself
	Usable     bool   // it, its user and its account are enabled
	CreateTime time.Time
	LastUsed   *time.Time // nil while it never was

	status string
}

// keyItems are the access keys of a user, or for "" all.
func keyItems(keys []cam.AccessKey, user string) []keyItem {
	items := []keyItem{}
	for _, key := range keys {
		if user != "" && key.User != user {
			continue
		}
		item := keyItem{
			SecretID: key.SecretID, Uin: key.Owner.String(), User: key.User, Enabled: key.Enabled, Usable: key.Usable(),
			CreateTime: key.CreateTime, status: enabledOrNot(key.Enabled),
		}
		if !key.LastUsed.IsZero() {
			item.LastUsed = &key.LastUsed
		}
		switch {
		case !key.Enabled:
		case !key.OwnerEnabled:
			item.status = "account disabled"
		case !key.UserEnabled:
			item.status = "user disabled"
		}
		items = append(items, item)
	}
	return items
}

// keyCommand makes, lists and ends access keys. It works on the store, whether
// or not it is being served.
func keyCommand(s streams) *cobra.Command {
	var place storePlace
	cmd := &cobra.Command{
		Use:   "key",
		Short: "Make, list, rotate, disable and delete access keys",
		Long: fmt.Sprintf(`Make, list, rotate, disable and delete the access keys (SecretId and SecretKey) of a data
directory's users, and of the roots of its accounts. Each may have %d enabled ones: one in
use, and the next. The server may run meanwhile: it takes a new key at once, and notices
any other change within a second.`, cam.MaxActiveKeys),
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usagef("say create, list, rotate, disable, enable or delete")
		},
	}
	place.addTo(cmd.PersistentFlags())
	cmd.AddCommand(keyCreate(s, &place), keyList(s, &place), keyRotate(s, &place), keyEnable(s, &place, false), keyEnable(s, &place, true), keyDelete(s, &place))
	return cmd
}

// makeKey makes an access key, stores it and hands it over.
func (m *keyMaker) makeKey(ctx context.Context, s streams, store *sqlstore.Store, sealer csr.Sealer, owner csr.Owner, user string) error {
	key, secret, err := cam.NewKey(ctx, sealer, owner, user, time.Now())
	if err != nil {
		return err
	}
	made := fmt.Sprintf("Made an access key of %s.", whose(owner, user))
	return m.keep(ctx, s, store, made, key, secret, func() error { return explainKey(store.CreateKey(ctx, key), key) })
}

func keyCreate(s streams, place *storePlace) *cobra.Command {
	var maker keyMaker
	var account int64
	var user string
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make an access key of a user, or of an account's root",
		Long: `Make an access key of the user that --user says or, without, of the account's root. It is
shown once, or written to --out: csrd keeps the SecretKey sealed, and shows it never again.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withRecord(cmd, *place, &maker.masterKey, func(ctx context.Context, store *sqlstore.Store, sealer csr.Sealer) error {
				owner, err := theAccount(ctx, store, account)
				if err != nil {
					return err
				}
				return maker.makeKey(ctx, s, store, sealer, owner, user)
			})
		},
	}
	addAccountFlag(cmd.Flags(), &account)
	cmd.Flags().StringVar(&user, "user", "", "name of the user; by default the account's root, which may do everything")
	maker.addTo(cmd.Flags())
	return cmd
}

func keyRotate(s streams, place *storePlace) *cobra.Command {
	var maker keyMaker
	cmd := &cobra.Command{
		Use:   "rotate SECRET_ID",
		Short: "Make a new access key beside an old one of the same user",
		Long: `Make a new access key beside an old one of the same user. The old one goes on working:
put the new one wherever the old one is used, look with ` + "`csrd key list`" + ` whether the old one
still is, and then disable and delete it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withRecord(cmd, *place, &maker.masterKey, func(ctx context.Context, store *sqlstore.Store, sealer csr.Sealer) error {
				old, err := store.AccessKey(ctx, args[0])
				if err != nil {
					return explainKey(err, cam.AccessKey{SecretID: args[0]})
				}
				if err := maker.makeKey(ctx, s, store, sealer, old.Owner, old.User); err != nil {
					return err
				}
				fmt.Fprintf(s.out, "\nNext: put it wherever %s is used. When `csrd key list` shows that that one is used no more:\n\n  csrd key disable %s\n  csrd key delete %s\n",
					old.SecretID, old.SecretID, old.SecretID)
				return nil
			})
		},
	}
	maker.addTo(cmd.Flags())
	return cmd
}

func keyList(s streams, place *storePlace) *cobra.Command {
	var user string
	cmd := listing[keyItem]{
		short: "List access keys, and when each was last used",
		long: `List access keys, of all accounts or of the one that --account says, and when each was last
used. The server writes that about once a minute, and when it ends.

With --json it is an object with the list AccessKeys, each with SecretId, Uin, User (empty
for the account's root), Enabled (the key itself), Usable (its user and account are enabled
too), CreateTime and LastUsed (RFC 3339, UTC; null while it was never used).`,
		name: "AccessKeys",
		items: func(ctx context.Context, store *sqlstore.Store, owner csr.Owner) ([]keyItem, error) {
			keys, err := store.AccessKeys(ctx, owner)
			return keyItems(keys, user), err
		},
		render: renderKeys,
	}.command(s, place)
	cmd.Flags().StringVar(&user, "user", "", "name of the user whose access keys to list; by default all, and the root's")
	return cmd
}

func renderKeys(out io.Writer, items []keyItem) {
	if len(items) == 0 {
		fmt.Fprintln(out, "No access keys.")
		return
	}
	several := slices.ContainsFunc(items, func(item keyItem) bool { return item.Uin != items[0].Uin })
	var rows []table.Row
	for _, item := range items {
		user, used := item.User, "never"
		if user == "" {
			user = "(root)"
		}
		if item.LastUsed != nil {
			used = ago(time.Since(*item.LastUsed))
		}
		if several {
			rows = append(rows, table.Row{item.SecretID, item.Uin, user, item.status, used})
		} else {
			rows = append(rows, table.Row{item.SecretID, user, item.status, used, item.CreateTime.Local().Format(time.DateOnly)})
		}
	}
	// As much as a terminal of 80 columns has room for, with what is to be copied whole.
	if several {
		renderTable(out, table.Row{"SECRET ID", "ACCOUNT", "USER", "STATUS", "LAST USED"}, rows, 0, 1)
	} else {
		renderTable(out, table.Row{"SECRET ID", "USER", "STATUS", "LAST USED", "CREATED"}, rows, 0)
	}
}

// ofKey is a command about one access key: it runs f with the store and the key.
func ofKey(place *storePlace, f func(ctx context.Context, store *sqlstore.Store, key cam.AccessKey) error) *cobra.Command {
	var set masterKeySetting
	cmd := &cobra.Command{
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withRecord(cmd, *place, &set, func(ctx context.Context, store *sqlstore.Store, _ csr.Sealer) error {
				key, err := store.AccessKey(ctx, args[0])
				if err == nil {
					err = f(ctx, store, key)
				}
				key.SecretID = args[0]
				return explainKey(err, key)
			})
		},
	}
	set.addTo(cmd.Flags())
	return cmd
}

func keyEnable(s streams, place *storePlace, enabled bool) *cobra.Command {
	cmd := ofKey(place, func(ctx context.Context, store *sqlstore.Store, key cam.AccessKey) error {
		err := store.EnableKey(ctx, key.SecretID, enabled)
		switch {
		case err != nil:
		case !enabled:
			fmt.Fprintf(s.out, "The access key %s of %s is disabled: %s.\n", key.SecretID, whose(key.Owner, key.User), withinASecond)
		case !key.OwnerEnabled:
			fmt.Fprintf(s.out, "The access key %s of %s is enabled, but its account is not: `csrd account enable %s`.\n", key.SecretID, whose(key.Owner, key.User), key.Owner)
		case !key.UserEnabled:
			fmt.Fprintf(s.out, "The access key %s of %s is enabled, but its user is not: `csrd user enable %s --account %s`.\n", key.SecretID, whose(key.Owner, key.User), key.User, key.Owner)
		default:
			fmt.Fprintf(s.out, "The access key %s of %s is enabled.\n", key.SecretID, whose(key.Owner, key.User))
		}
		return err
	})
	cmd.Use, cmd.Short = "disable SECRET_ID", "Refuse an access key, until it is enabled again"
	if enabled {
		cmd.Use, cmd.Short = "enable SECRET_ID", "Take a disabled access key again"
	}
	return cmd
}

func keyDelete(s streams, place *storePlace) *cobra.Command {
	var force bool
	cmd := ofKey(place, func(ctx context.Context, store *sqlstore.Store, key cam.AccessKey) error {
		err := store.DeleteKey(ctx, key.SecretID, force)
		if err == nil {
			fmt.Fprintf(s.out, "The access key %s of %s is deleted.\n", key.SecretID, whose(key.Owner, key.User))
		}
		return err
	})
	cmd.Use, cmd.Short = "delete SECRET_ID", "Delete a disabled access key"
	cmd.Flags().BoolVar(&force, "force", false, "delete it though it is enabled")
	return cmd
}
