package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/inventory"

	"github.com/spf13/cobra"
)

// importAction is the action behind `csrd import`.
const importAction = "ImportCSR"

// importSetting is what `csrd import` is told.
type importSetting struct {
	client   client
	password keyPassword
	key      string
	remark   string
	dryRun   bool
	patience time.Duration // how long a CSR waits where the server is busy
}

func importCommand(s streams) *cobra.Command {
	set := importSetting{patience: time.Minute}
	cmd := &cobra.Command{
		Use:   "import FILE|DIRECTORY ...",
		Short: "Record CSRs that exist already, with their private keys",
		Long: `Record CSRs that exist already, in PEM or DER, with their private keys or without.

Of a directory all files are looked into, and those below it too. A private key among the
files goes with the CSR of the same public key, whatever their names. A CSR that is
recorded already is left as it is, and gets its key where it has none: an import can be
repeated.

Encrypted keys are opened with one password, from --password-file, the environment or the
terminal, and are kept encrypted under it.`,
		Example: `  csrd import www.example.com.csr --key www.example.com.key
  csrd import /etc/ssl/requests --dry-run`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return importAll(cmd.Context(), s, &set, args) },
	}
	set.client.addTo(cmd.Flags())
	set.password.addTo(cmd.Flags())
	cmd.Flags().StringVar(&set.key, "key", "", "file of the private key, for one CSR")
	cmd.Flags().StringVar(&set.remark, "remark", "", "remarks to record with each CSR")
	cmd.Flags().BoolVar(&set.dryRun, "dry-run", false, "read, verify and pair the files, and import nothing")
	return cmd
}

// importAll imports what is in the files, one after another, and prints what
// became of each.
func importAll(ctx context.Context, s streams, set *importSetting, names []string) error {
	secret, err := set.password.given()
	if err != nil {
		return err
	}
	progress := newProgress(s.err)
	defer progress.clear()
	found := &importFiles{s: s, secret: secret, progress: progress, ask: func() (csr.Secret, error) {
		progress.clear()
		return set.password.ask(ctx, s, "Password of the encrypted keys, or nothing: ")
	}}
	defer found.clear()
	for _, name := range names {
		if err := found.read(ctx, name); err != nil {
			return err
		}
	}
	if set.key != "" {
		if err := found.readKeyOf(ctx, set.key); err != nil {
			return err
		}
	}
	outcomes := found.pair()
	if len(found.requests) == 0 && len(outcomes) == 0 {
		return errors.New("there is no CSR in what was given")
	}
	var stopped error
	for n := range found.requests {
		progress.show("Importing %d of %d", n+1, len(found.requests))
		outcome, err := set.importOne(ctx, &found.requests[n])
		if err != nil {
			if ctx.Err() != nil { // and not what the call made of it
				err = fmt.Errorf("%w; import the same again to go on", context.Cause(ctx))
			}
			stopped = fmt.Errorf("%d of %d CSRs were imported or refused before this: %w", n, len(found.requests), err)
			break
		}
		outcomes = append(outcomes, outcome)
	}
	progress.clear()
	return errors.Join(renderOutcomes(s.out, outcomes, set.dryRun), stopped)
}

// importOne imports a CSR. The error is one that no other CSR would escape.
func (set *importSetting) importOne(ctx context.Context, r *importRequest) (outcome, error) {
	o := outcome{file: r.file, domain: r.domain, withKey: r.key != nil}
	if err := ctx.Err(); err != nil {
		return o, err
	}
	if set.dryRun {
		o.result = resultImported
		if err := r.check(set.remark); err != nil {
			o.result, o.note = resultRefused, err.Error()
		}
		return o, nil
	}
	parameters, err := r.parameters(set.remark)
	if err != nil {
		return o, err
	}
	defer clear(parameters)
	response, err := set.callPatiently(ctx, parameters)
	var refused *apiError
	if errors.As(err, &refused) && !stops(refused.Code) {
		o.result, o.note = resultRefused, refused.Message
		return o, nil
	}
	if err != nil {
		return o, err
	}
	var answer struct {
		Id                 int64
		Existing, KeyAdded bool
		SameKey            []int64
	}
	if err := json.Unmarshal(response, &answer); err != nil {
		return o, fmt.Errorf("read the answer: %w", err)
	}
	o.id = answer.Id
	switch {
	case answer.KeyAdded:
		o.result = resultKeyAdded
	case answer.Existing:
		o.result = resultExisting
	default:
		o.result = resultImported
	}
	if len(answer.SameKey) > 0 {
		o.note = "same key as " + idList(answer.SameKey)
	}
	return o, nil
}

// stops reports a code that every other CSR would get as well.
func stops(code string) bool {
	switch action.Code(code) {
	case action.CodeInvalidAction, action.CodeNoSuchVersion, action.CodeRequestLimitExceeded, action.CodeServiceUnavailable:
		return true
	}
	return strings.HasPrefix(code, "AuthFailure")
}

// How long a call waits that came too often: longer each time.
const (
	firstWait = 100 * time.Millisecond
	mostWait  = 2 * time.Second
)

// callPatiently calls the action, and again where it came too often or the
// server is busy with other keys, until the patience is over.
func (set *importSetting) callPatiently(ctx context.Context, parameters []byte) (json.RawMessage, error) {
	waited := time.Duration(0)
	for wait := firstWait; ; wait = min(2*wait, mostWait) {
		response, err := set.client.call(ctx, inventory.Product, inventory.Version, importAction, parameters)
		var refused *apiError
		if !errors.As(err, &refused) || refused.Code != string(action.CodeRequestLimitExceeded) && refused.Code != string(action.CodeServiceUnavailable) || waited >= set.patience {
			return response, err
		}
		waited += wait
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// idList shows the first few ids.
func idList(ids []int64) string {
	const most = 3
	var shown []string
	for _, id := range ids[:min(len(ids), most)] {
		shown = append(shown, fmt.Sprint(id))
	}
	text := strings.Join(shown, ", ")
	if more := len(ids) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// check does what the server would do first, for a dry run.
func (r *importRequest) check(remark string) error {
	request, err := csr.ReadRequest(r.content)
	if err != nil {
		return err
	}
	request.Remark = remark
	if err := request.CheckImport(r.password); err != nil {
		return err
	}
	if r.key == nil {
		return nil
	}
	key, err := csr.ParsePrivateKey(r.key, r.password)
	if err != nil {
		return err
	}
	if !csr.SameKey(key.Public(), request.Public) {
		return errors.New("PrivateKey is not that of the CSR")
	}
	return nil
}
