package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/cam"
	"csrd/internal/sqlstore"

	"github.com/spf13/cobra"
)

// tokenSetting is what `csrd token` is told.
type tokenSetting struct {
	account        int64
	user, secretID string
	duration       time.Duration
	policyFile     string
	asJSON         bool
	masterKey      masterKeySetting
}

// tokenItem is a temporary credential as `csrd token --json` shows it.
type tokenItem struct {
	SecretID    string `json:"SecretId"`
	SecretKey   string
	Token       string
	ExpiredTime time.Time
}

// tokenCommand issues temporary credentials. It works on the store, whether or
// not it is being served.
func tokenCommand(s streams) *cobra.Command {
	var place storePlace
	var set tokenSetting
	cmd := &cobra.Command{
		Use:   "token --user USER",
		Short: "Issue a temporary credential for a user, or revoke those there are",
		Long: fmt.Sprintf(`Issue a temporary credential: a SecretId, a SecretKey and a Token, which every SDK takes
together. It may do what the user may and, with --policy, what that document allows too. It
ends after --duration (%v to %v), with the access key of the user that it is made for, with
the user, or when the user's temporary credentials are revoked. Nothing of it is stored.

With --json it is an object with SecretId, SecretKey, Token and ExpiredTime (RFC 3339, UTC).`, cam.MinTokenTime, cam.MaxTokenTime),
		Example: `  csrd token --user deploy --duration 1h --policy only-read.json
  csrd token revoke --user deploy`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if set.user == "" {
				return usagef("--user says for whom")
			}
			if set.duration < cam.MinTokenTime || set.duration > cam.MaxTokenTime {
				return usagef("--duration %v: it is %v to %v", set.duration, cam.MinTokenTime, cam.MaxTokenTime)
			}
			return withRecord(cmd, place, &set.masterKey, func(ctx context.Context, store *sqlstore.Store, sealer csr.Sealer) error {
				owner, err := theAccount(ctx, store, set.account)
				if err != nil {
					return err
				}
				return explainUser(set.issue(ctx, s, store, sealer, owner), owner, set.user)
			})
		},
	}
	place.addTo(cmd.PersistentFlags())
	flags := cmd.Flags()
	addAccountFlag(flags, &set.account)
	flags.StringVar(&set.user, "user", "", "name of the user")
	flags.StringVar(&set.secretID, "key", "", "SecretId of the user's access key that it is to end with; by default the newest that is enabled")
	flags.DurationVar(&set.duration, "duration", time.Hour, "how long it lasts")
	flags.StringVar(&set.policyFile, "policy", "", "file of a policy document that bounds it besides, or - for stdin")
	flags.BoolVar(&set.asJSON, "json", false, "print JSON instead of lines that a shell reads")
	set.masterKey.addTo(flags)
	cmd.AddCommand(tokenRevoke(s, &place))
	return cmd
}

func (set *tokenSetting) issue(ctx context.Context, s streams, store *sqlstore.Store, sealer csr.Sealer, owner csr.Owner) error {
	var document bytes.Buffer
	if set.policyFile != "" {
		text, err := readPolicy(s, set.policyFile)
		if err != nil {
			return err
		}
		if err := json.Compact(&document, []byte(text)); err != nil {
			return err
		}
	}
	maker, err := set.maker(ctx, store, owner)
	if err != nil {
		return err
	}
	keys := cam.NewKeyring(store, sealer)
	issued, err := cam.NewTokens(store, sealer, keys).Issue(ctx, maker, set.duration, document.String(), time.Now())
	if err != nil {
		return err
	}
	if err := recordIssue(ctx, store, maker, issued.SecretID); err != nil {
		return err
	}
	if set.asJSON {
		return showJSON(s, tokenItem{issued.SecretID, string(issued.SecretKey), string(issued.Token), issued.Expires.UTC()})
	}
	_, err = fmt.Fprintf(s.out, "# of %s, until %s\nexport CSRD_SECRET_ID=%s %s=%s %s=%s\n", whose(owner, set.user), shownTime(issued.Expires),
		issued.SecretID, envSecretKey, string(issued.SecretKey), envToken, string(issued.Token))
	return err
}

// recordIssue has it on record that a credential was issued, before it is shown.
func recordIssue(ctx context.Context, store audit.Store, maker cam.AccessKey, issued string) error {
	pending, err := audit.From(ctx)
	if err != nil {
		return err
	}
	pending.Set(audit.OK, []string{audit.User(maker.User), audit.AccessKey(maker.SecretID), audit.AccessKey(issued)}, false)
	return store.Append(ctx, maker.Owner)
}

// maker is the access key that the credential is made for.
func (set *tokenSetting) maker(ctx context.Context, store *sqlstore.Store, owner csr.Owner) (cam.AccessKey, error) {
	if _, err := store.User(ctx, owner, set.user); err != nil {
		return cam.AccessKey{}, err
	}
	keys, err := store.AccessKeys(ctx, owner)
	if err != nil {
		return cam.AccessKey{}, err
	}
	for _, key := range slices.Backward(keys) {
		if key.User == set.user && key.Usable() && (set.secretID == "" || set.secretID == key.SecretID) {
			return key, nil
		}
	}
	if set.secretID != "" {
		return cam.AccessKey{}, fmt.Errorf("%s has no access key %s that can be used: `csrd key list` shows those there are", whose(owner, set.user), set.secretID)
	}
	return cam.AccessKey{}, fmt.Errorf("%s has no access key that can be used, which the credential would end with: make one with `csrd key create --user %s`", whose(owner, set.user), set.user)
}

func tokenRevoke(s streams, place *storePlace) *cobra.Command {
	var account int64
	var user string
	var set masterKeySetting
	cmd := &cobra.Command{
		Use:   "revoke --user USER",
		Short: "Make all temporary credentials of a user void that were issued so far",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if user == "" {
				return usagef("--user says whose")
			}
			return withRecord(cmd, *place, &set, func(ctx context.Context, store *sqlstore.Store, _ csr.Sealer) error {
				owner, err := theAccount(ctx, store, account)
				if err != nil {
					return err
				}
				if err := store.RevokeTokens(ctx, owner, user, time.Now()); err != nil {
					return explainUser(err, owner, user)
				}
				fmt.Fprintf(s.out, "The temporary credentials of %s that were issued so far are void: a running csrd notices within a second.\n", whose(owner, user))
				return nil
			})
		},
	}
	addAccountFlag(cmd.Flags(), &account)
	cmd.Flags().StringVar(&user, "user", "", "name of the user")
	set.addTo(cmd.Flags())
	return cmd
}
