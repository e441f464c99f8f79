package cli

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/policy"
	"csrd/internal/sqlstore"

	"github.com/spf13/cobra"
)

// policyTrial is a request whose decision is asked for.
type policyTrial struct {
	account                             int64
	user, action, resource, address, at string
}

func policyTest(s streams, place *storePlace) *cobra.Command {
	var trial policyTrial
	cmd := &cobra.Command{
		Use:   "test --user USER --action ACTION",
		Short: "Tell what the policies of a user decide, and which statement decides",
		Long: `Tell what the policies attached to a user decide about a request, and which statement of
which policy decides it. The exit code is 0 when it is allowed and 1 when it is refused.`,
		Example: `  csrd policy test --user deploy --action ssl:CreateCSR
  csrd policy test --user deploy --action ssl:DescribeCSR --resource csr/12 --ip 10.1.2.3`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if trial.user == "" || trial.action == "" {
				return usagef("--user and --action say who and what")
			}
			return withStore(cmd.Context(), *place, func(store *sqlstore.Store) error {
				owner, err := theAccount(cmd.Context(), store, trial.account)
				if err != nil {
					return err
				}
				return trial.run(cmd.Context(), s, store, owner)
			})
		},
	}
	flags := cmd.Flags()
	addAccountFlag(flags, &trial.account)
	flags.StringVar(&trial.user, "user", "", "name of the user")
	flags.StringVar(&trial.action, "action", "", "permission, as ssl:DescribeCSR or csrd:ReadPrivateKey")
	flags.StringVar(&trial.resource, "resource", action.AnyResource, "what it is done to: csr/ID, csr/* for the list, a whole qcs::ssl::uin/UIN:csr/ID, or * for an action on none")
	flags.StringVar(&trial.address, "ip", "", "address that the request comes from; without it, it is not known")
	flags.StringVar(&trial.at, "time", "", "time of the request, as 2026-12-31T16:00:00Z; by default now")
	return cmd
}

func (p *policyTrial) run(ctx context.Context, s streams, store *sqlstore.Store, owner csr.Owner) error {
	request, err := p.request(owner)
	if err != nil {
		return err
	}
	if _, err := store.User(ctx, owner, p.user); err != nil {
		return explainUser(err, owner, p.user)
	}
	decision, err := cam.NewAuthority(store).Decide(ctx, action.Caller{Uin: int64(owner), User: p.user}, request)
	if err != nil {
		return err
	}
	word := "Refused"
	if decision.Allowed {
		word = "Allowed"
	}
	fmt.Fprintf(s.out, "%s. %s\n", word, decision.Reason)
	if !decision.Allowed {
		return errors.New("the request would be refused")
	}
	return nil
}

func (p *policyTrial) request(owner csr.Owner) (r policy.Request, err error) {
	if known := permissions(); !slices.Contains(known, p.action) {
		return r, usagef("--action %q: it is one of %s", p.action, strings.Join(known, ", "))
	}
	r = policy.Request{Account: int64(owner), Action: p.action, Resource: p.resource, Now: time.Now(), Values: map[string]string{policy.KeyUser: p.user}}
	if strings.HasPrefix(p.resource, "csr/") {
		r.Resource = fmt.Sprintf("qcs::ssl::uin/%s:%s", owner, p.resource)
	}
	if p.address != "" {
		if r.Address, err = netip.ParseAddr(p.address); err != nil {
			return r, usagef("--ip %q is no address", p.address)
		}
	}
	if p.at != "" {
		if r.Now, err = time.Parse(time.RFC3339, p.at); err != nil {
			return r, usagef("--time %q is no time, as 2026-12-31T16:00:00Z", p.at)
		}
	}
	return r, nil
}
