package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/policy"
	"csrd/internal/sqlstore"
	"csrd/inventory"
	"csrd/ssl"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"
)

// policyItem is a policy as `csrd policy list --json` shows it.
type policyItem struct {
	Uin        string
	Name       string
	Preset     bool       // it comes with csrd
	Users      []string   // that it is attached to
	ChangeTime *time.Time // nil for a preset
}

// policyCommand makes policies and attaches them to users. It works on the
// store, whether or not it is being served.
func policyCommand(s streams) *cobra.Command {
	var place storePlace
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Make policies, attach them to users, and test what they decide",
		Long: `Make policies, as CAM documents them, attach them to the users of a data directory's
accounts, and test what they decide. A user may do what its policies allow and none denies;
the root of an account may do everything in it. The server may run meanwhile: it notices a
change within a second. docs/policies.md tells what a document may say.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usagef("say create, list, show, attach, detach, delete or test")
		},
	}
	place.addTo(cmd.PersistentFlags())
	cmd.AddCommand(policyCreate(s, &place), policyList(s, &place), policyShow(s, &place), policyAttach(s, &place), policyDetach(s, &place),
		policyDelete(s, &place), policyTest(s, &place))
	return cmd
}

// permissions are the names of all that policies can allow.
func permissions() []string {
	names := []string{}
	for _, spec := range ssl.Table().Specs() {
		names = append(names, ssl.Product+":"+spec.Name)
	}
	for _, spec := range inventory.Table().Specs() {
		names = append(names, inventory.Product+":"+spec.Name)
	}
	return append(names, policy.ReadPrivateKey)
}

// preset is the preset of that name, if there is one.
func preset(name string) (policy.Preset, bool) {
	presets := policy.Presets()
	i := slices.IndexFunc(presets, func(p policy.Preset) bool { return p.Name == name })
	if i < 0 {
		return policy.Preset{}, false
	}
	return presets[i], true
}

// explainPolicy says of what a store refused for a policy what to do.
func explainPolicy(err error, owner csr.Owner, name string) error {
	var use *cam.InUseError
	switch {
	case errors.Is(err, cam.ErrNoPolicy):
		return fmt.Errorf("account %s has no policy %s: `csrd policy list` shows those there are", owner, name)
	case errors.Is(err, cam.ErrExists):
		return fmt.Errorf("account %s has a policy %s already: give --replace to change it", owner, name)
	case errors.As(err, &use):
		return fmt.Errorf("the policy %s is %w: `csrd policy list` shows them; detach it first", name, use)
	}
	return err
}

// ofPolicy is a command about one policy of an account.
func ofPolicy(place *storePlace, changes bool, f func(ctx context.Context, store *sqlstore.Store, owner csr.Owner, name string) error) *cobra.Command {
	var account int64
	var set masterKeySetting
	cmd := &cobra.Command{
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cam.CheckPolicyName(args[0]); err != nil {
				return usagef("%q: %w", args[0], err)
			}
			return withStoreOr(cmd, *place, changes, &set, func(ctx context.Context, store *sqlstore.Store) error {
				owner, err := theAccount(ctx, store, account)
				if err != nil {
					return err
				}
				return explainPolicy(f(ctx, store, owner, args[0]), owner, args[0])
			})
		},
	}
	addAccountFlag(cmd.Flags(), &account)
	if changes {
		set.addTo(cmd.Flags())
	}
	return cmd
}

func policyCreate(s streams, place *storePlace) *cobra.Command {
	var file string
	var replace bool
	cmd := ofPolicy(place, true, func(ctx context.Context, store *sqlstore.Store, owner csr.Owner, name string) error {
		if _, is := preset(name); is {
			return usagef("%s is a policy that comes with csrd: give another name", name)
		}
		document, err := readPolicy(s, file)
		if err != nil {
			return err
		}
		now := time.Now()
		p := cam.Policy{Owner: owner, Name: name, Document: document, CreateTime: now, ChangeTime: now}
		if replace {
			err := store.ReplacePolicy(ctx, p)
			if err == nil {
				fmt.Fprintf(s.out, "The policy %s of account %s is another one now.\n", name, owner)
			}
			if !errors.Is(err, cam.ErrNoPolicy) {
				return err
			}
		}
		if err := store.CreatePolicy(ctx, p); err != nil {
			return err
		}
		fmt.Fprintf(s.out, "Made the policy %s in account %s. Next: `csrd policy attach %s --user NAME`.\n", name, owner, name)
		return nil
	})
	cmd.Use, cmd.Short = "create NAME --file FILE", "Make a policy of a document, which is checked first"
	cmd.Flags().StringVar(&file, "file", "", "file of the document, or - for stdin")
	cmd.Flags().BoolVar(&replace, "replace", false, "put it in the place of a policy of that name, if there is one")
	return cmd
}

// readPolicy reads a document and checks it.
func readPolicy(s streams, file string) (string, error) {
	if file == "" {
		return "", usagef("--file names the document; - is stdin")
	}
	text, err := readInput(s, file)
	if err != nil {
		return "", err
	}
	if _, err := policy.Parse(text, permissions()); err != nil {
		return "", fmt.Errorf("%s is no policy, and nothing was changed:\n%w", file, err)
	}
	return string(text), nil
}

func policyList(s streams, place *storePlace) *cobra.Command {
	return listing[policyItem]{
		short: "List policies, of all accounts or of one",
		long: `List policies, of all accounts or of the one that --account says, those that come with csrd
(presets) too.

With --json it is an object with the list Policies, each with Uin, Name, Preset, Users (the
names of those it is attached to) and ChangeTime (RFC 3339, UTC; null for a preset).`,
		name:   "Policies",
		items:  policyItems,
		render: renderPolicies,
	}.command(s, place)
}

func renderPolicies(out io.Writer, items []policyItem) {
	var rows []table.Row
	for _, item := range items {
		changed := "preset"
		if item.ChangeTime != nil {
			changed = shownTime(*item.ChangeTime)
		}
		rows = append(rows, table.Row{item.Name, item.Uin, cmp.Or(strings.Join(item.Users, ", "), "-"), changed})
	}
	renderTable(out, table.Row{"POLICY", "ACCOUNT", "ATTACHED TO", "CHANGED"}, rows)
}

func policyItems(ctx context.Context, store *sqlstore.Store, owner csr.Owner) ([]policyItem, error) {
	stored, err := store.Policies(ctx, owner)
	if err != nil {
		return nil, err
	}
	attachments, err := store.Attachments(ctx, owner)
	if err != nil {
		return nil, err
	}
	usersOf := map[string][]string{}
	for _, a := range attachments {
		usersOf[a.Policy] = append(usersOf[a.Policy], a.User)
	}
	var items []policyItem
	for _, p := range stored {
		items = append(items, policyItem{owner.String(), p.Name, false, append([]string{}, usersOf[p.Name]...), &p.ChangeTime})
	}
	for _, p := range policy.Presets() {
		items = append(items, policyItem{owner.String(), p.Name, true, append([]string{}, usersOf[p.Name]...), nil})
	}
	return items, nil
}

func policyShow(s streams, place *storePlace) *cobra.Command {
	cmd := ofPolicy(place, false, func(ctx context.Context, store *sqlstore.Store, owner csr.Owner, name string) error {
		text := ""
		if p, is := preset(name); is {
			text = p.Text
		} else {
			p, err := store.Policy(ctx, owner, name)
			if err != nil {
				return err
			}
			text = p.Document
		}
		_, err := fmt.Fprintln(s.out, strings.TrimSpace(text))
		return err
	})
	cmd.Use, cmd.Short = "show NAME", "Print the document of a policy"
	return cmd
}

func policyAttach(s streams, place *storePlace) *cobra.Command {
	var user string
	cmd := ofPolicy(place, true, func(ctx context.Context, store *sqlstore.Store, owner csr.Owner, name string) error {
		if user == "" {
			return usagef("--user says whom")
		}
		_, is := preset(name)
		err := store.Attach(ctx, owner, cam.Attachment{User: user, Policy: name, Preset: is})
		if errors.Is(err, cam.ErrNoUser) {
			return explainUser(err, owner, user)
		}
		if err == nil {
			fmt.Fprintf(s.out, "The policy %s is attached to %s.\n", name, whose(owner, user))
		}
		return err
	})
	cmd.Use, cmd.Short = "attach NAME --user USER", "Attach a policy to a user"
	cmd.Flags().StringVar(&user, "user", "", "name of the user")
	return cmd
}

func policyDetach(s streams, place *storePlace) *cobra.Command {
	var user string
	cmd := ofPolicy(place, true, func(ctx context.Context, store *sqlstore.Store, owner csr.Owner, name string) error {
		if user == "" {
			return usagef("--user says from whom")
		}
		err := store.Detach(ctx, owner, user, name)
		if errors.Is(err, cam.ErrNoPolicy) {
			return fmt.Errorf("the policy %s is not attached to %s: `csrd policy list` shows to whom", name, whose(owner, user))
		}
		if err == nil {
			fmt.Fprintf(s.out, "The policy %s is detached from %s.\n", name, whose(owner, user))
		}
		return err
	})
	cmd.Use, cmd.Short = "detach NAME --user USER", "Take a policy from a user"
	cmd.Flags().StringVar(&user, "user", "", "name of the user")
	return cmd
}

func policyDelete(s streams, place *storePlace) *cobra.Command {
	cmd := ofPolicy(place, true, func(ctx context.Context, store *sqlstore.Store, owner csr.Owner, name string) error {
		if _, is := preset(name); is {
			return usagef("%s comes with csrd and cannot be deleted", name)
		}
		err := store.DeletePolicy(ctx, owner, name)
		if err == nil {
			fmt.Fprintf(s.out, "The policy %s of account %s is deleted.\n", name, owner)
		}
		return err
	})
	cmd.Use, cmd.Short = "delete NAME", "Delete a policy that is attached to nobody"
	return cmd
}
