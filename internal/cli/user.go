package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/sqlstore"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// userItem is a user as `csrd user list --json` shows it.
type userItem struct {
	Uin            string
	Name           string
	Enabled        bool
	CreateTime     time.Time
	AccessKeyCount int
	Policies       []string // attached ones
}

// userCommand makes, lists and ends users. It works on the store, whether or
// not it is being served.
func userCommand(s streams) *cobra.Command {
	var place storePlace
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Make, list, disable and delete the users of accounts",
		Long: `Make, list, disable and delete the users of a data directory's accounts. A user has access
keys of its own, which "csrd key" makes. The server may run meanwhile: it notices a change
within a second.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usagef("say create, list, show, disable, enable or delete")
		},
	}
	place.addTo(cmd.PersistentFlags())
	cmd.AddCommand(userCreate(s, &place), userList(s, &place), userShow(s, &place), userEnable(s, &place, false), userEnable(s, &place, true), userDelete(s, &place))
	return cmd
}

func addAccountFlag(flags *pflag.FlagSet, account *int64) {
	flags.Int64Var(account, "account", 0, "Uin of the account; needed where there is more than one")
}

// ofUser is a command about one user: it runs f with the store and the account.
func ofUser(place *storePlace, changes bool, f func(ctx context.Context, store *sqlstore.Store, owner csr.Owner, name string) error) *cobra.Command {
	var account int64
	var set masterKeySetting
	cmd := &cobra.Command{
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cam.CheckUserName(args[0]); err != nil {
				return usagef("%q: %w", args[0], err)
			}
			return withStoreOr(cmd, *place, changes, &set, func(ctx context.Context, store *sqlstore.Store) error {
				owner, err := theAccount(ctx, store, account)
				if err != nil {
					return err
				}
				return explainUser(f(ctx, store, owner, args[0]), owner, args[0])
			})
		},
	}
	addAccountFlag(cmd.Flags(), &account)
	if changes {
		set.addTo(cmd.Flags())
	}
	return cmd
}

func userCreate(s streams, place *storePlace) *cobra.Command {
	cmd := ofUser(place, true, func(ctx context.Context, store *sqlstore.Store, owner csr.Owner, name string) error {
		now := time.Now()
		err := store.CreateUser(ctx, cam.User{Owner: owner, Name: name, Enabled: true, CreateTime: now, TokensFrom: now})
		if err == nil {
			fmt.Fprintf(s.out, "Made the user %s in account %s. Next: `csrd key create --user %s --account %s` makes an access key.\n", name, owner, name, owner)
		}
		return err
	})
	cmd.Use, cmd.Short = "create NAME", "Make a user, without an access key"
	return cmd
}

func userList(s streams, place *storePlace) *cobra.Command {
	return listing[userItem]{
		short: "List users, of all accounts or of one",
		long: `List users, of all accounts or of the one that --account says.

With --json it is an object with the list Users, each with Uin, Name, Enabled, CreateTime
(RFC 3339, UTC), AccessKeyCount and Policies (the names of those attached).`,
		name: "Users",
		items: func(ctx context.Context, store *sqlstore.Store, owner csr.Owner) ([]userItem, error) {
			users, err := store.Users(ctx, owner)
			if err != nil {
				return nil, err
			}
			return userItems(ctx, store, owner, users)
		},
		render: renderUsers,
	}.command(s, place)
}

// userItems adds to users of an account how many access keys they have and
// which policies.
func userItems(ctx context.Context, store cam.Store, owner csr.Owner, users []cam.User) ([]userItem, error) {
	keys, err := store.AccessKeys(ctx, owner)
	if err != nil {
		return nil, err
	}
	attachments, err := store.Attachments(ctx, owner)
	if err != nil {
		return nil, err
	}
	count := map[string]int{}
	for _, key := range keys {
		count[key.User]++
	}
	policies := map[string][]string{}
	for _, a := range attachments {
		policies[a.User] = append(policies[a.User], a.Policy)
	}
	var items []userItem
	for _, u := range users {
		item := userItem{u.Owner.String(), u.Name, u.Enabled, u.CreateTime, count[u.Name], policies[u.Name]}
		if item.Policies == nil {
			item.Policies = []string{}
		}
		items = append(items, item)
	}
	return items, nil
}

func renderUsers(out io.Writer, items []userItem) {
	if len(items) == 0 {
		fmt.Fprintln(out, "No users: `csrd user create` makes one.")
		return
	}
	var rows []table.Row
	for _, item := range items {
		rows = append(rows, table.Row{
			item.Name, item.Uin, enabledOrNot(item.Enabled), item.AccessKeyCount, strings.Join(item.Policies, " "), shownTime(item.CreateTime),
		})
	}
	renderTable(out, table.Row{"USER", "ACCOUNT", "STATUS", "ACCESS KEYS", "POLICIES", "CREATED"}, rows, 1)
}

func userShow(s streams, place *storePlace) *cobra.Command {
	var asJSON bool
	cmd := ofUser(place, false, func(ctx context.Context, store *sqlstore.Store, owner csr.Owner, name string) error {
		user, err := store.User(ctx, owner, name)
		if err != nil {
			return err
		}
		items, err := userItems(ctx, store, owner, []cam.User{user})
		if err != nil {
			return err
		}
		keys, err := store.AccessKeys(ctx, owner)
		if err != nil {
			return err
		}
		shown := struct {
			userItem
			AccessKeys []keyItem
		}{items[0], keyItems(keys, name)}
		if asJSON {
			return showJSON(s, shown)
		}
		renderUsers(s.out, items)
		fmt.Fprintln(s.out)
		renderKeys(s.out, shown.AccessKeys)
		return nil
	})
	cmd.Use, cmd.Short = "show NAME", "Show a user with its access keys and policies"
	cmd.Long = `Show a user with its access keys and policies.

With --json it is an object with the fields of ` + "`csrd user list --json`" + ` and the list
AccessKeys, of what ` + "`csrd key list --json`" + ` shows.`
	addJSONFlag(cmd.Flags(), &asJSON)
	return cmd
}

func userEnable(s streams, place *storePlace, enabled bool) *cobra.Command {
	cmd := ofUser(place, true, func(ctx context.Context, store *sqlstore.Store, owner csr.Owner, name string) error {
		err := store.EnableUser(ctx, owner, name, enabled)
		switch {
		case err != nil:
		case enabled:
			fmt.Fprintf(s.out, "User %s of account %s is enabled.\n", name, owner)
		default:
			fmt.Fprintf(s.out, "User %s of account %s is disabled, and with it its access keys: %s.\n", name, owner, withinASecond)
		}
		return err
	})
	cmd.Use, cmd.Short = "disable NAME", "Refuse all access keys of a user, until it is enabled again"
	if enabled {
		cmd.Use, cmd.Short = "enable NAME", "Take the access keys of a disabled user again"
	}
	return cmd
}

func userDelete(s streams, place *storePlace) *cobra.Command {
	var force bool
	cmd := ofUser(place, true, func(ctx context.Context, store *sqlstore.Store, owner csr.Owner, name string) error {
		err := store.DeleteUser(ctx, owner, name, force)
		if err == nil {
			fmt.Fprintf(s.out, "User %s of account %s is deleted: %s.\n", name, owner, withinASecond)
		}
		return err
	})
	cmd.Use, cmd.Short = "delete NAME", "Delete a user that has no access keys and no policies"
	cmd.Flags().BoolVar(&force, "force", false, "delete the user's access keys too, and detach its policies")
	return cmd
}
