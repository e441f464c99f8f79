package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"csrd/internal/audit"
	"csrd/internal/durable"
	"csrd/internal/seal"
	"csrd/internal/sqlstore"

	"github.com/spf13/cobra"
)

// masterKeyCommand is the operator's way to replace the master key. It works on
// the store, whether or not it is being served.
func masterKeyCommand(s streams) *cobra.Command {
	var place storePlace
	var set masterKeySetting
	cmd := &cobra.Command{
		Use:   "master-key",
		Short: "Replace the master key of the store, and show which are in use",
		Long: `Replace the master key under which a data directory's secrets are sealed, and show which
master keys are in use. The server may run meanwhile. The master keys are given as to
"csrd serve": with the same flags and the same environment.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return usagef("say rotate or status") },
	}
	place.addTo(cmd.PersistentFlags())
	set.addTo(cmd.PersistentFlags())

	var wait time.Duration
	rotate := &cobra.Command{
		Use:   "rotate",
		Short: "Replace the master key by the next one",
		Long: `Replace the master key by the next one, while the server runs:

  1. every running csrd of the store must know the next master key, which is checked;
  2. the next one wraps new data keys from then on;
  3. the data keys that the old one wraps are wrapped anew, with progress;
  4. when nothing needs the old one any more, the new one is the only one.

What the data keys seal, private keys and passwords, stays as it is. The command may be
interrupted or killed at any point: run it again, and it goes on. Until it has ended
csrd serve needs both master keys.

The next master key is where --master-key-next-file, --master-key-next-uri or
` + envMasterKeyNext + ` says. Where the master key is in a file, it is by default the file
beside it with .next behind its name, which is made if it is missing, which a running
server finds by itself, and which is moved into the place of the old one at the end.
For the environment and Vault, restart each csrd with the next master key first.

Copies of the store made before still need the old one: keep it until they have expired.`,
		Example: `  # the master key is data/master.key
  csrd master-key rotate

  # from a file into Vault: restart csrd serve with the next master key in its
  # environment, rotate, and restart it with --master-key-uri instead of both
  export VAULT_TOKEN=... CSRD_MASTER_KEY_NEXT_URI=hcvault://vault.example.com:8200/transit/keys/csrd
  csrd serve --master-key-file /etc/csrd/master.key
  csrd master-key rotate --master-key-file /etc/csrd/master.key`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if wait < 0 {
				return usagef("--wait %v: it cannot be negative", wait)
			}
			return withStore(cmd.Context(), place, func(store *sqlstore.Store) error {
				r := rotation{s: s, data: place.data, store: store, wait: wait}
				return explainMissing(place.data, r.run(cmd.Context(), &set))
			})
		},
	}
	rotate.Flags().DurationVar(&wait, "wait", seal.GoneAfter+15*time.Second, "how long running servers have to learn the next master key")

	var asJSON bool
	status := &cobra.Command{
		Use:   "status",
		Short: "Show the master keys, what each wraps, who knows it and what to do next",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd.Context(), place, func(store *sqlstore.Store) error {
				return showMasterKeys(cmd.Context(), s, store, &set, place.data, asJSON)
			})
		},
	}
	status.Flags().BoolVar(&asJSON, "json", false, "print it as JSON instead of tables")
	cmd.AddCommand(rotate, status)
	return cmd
}

// rotation is a run of `csrd master-key rotate`.
type rotation struct {
	s       streams
	data    string
	store   *sqlstore.Store
	wait    time.Duration
	sources *keySources
}

func (r *rotation) run(ctx context.Context, set *masterKeySetting) (err error) {
	if r.sources, err = set.sources(r.data); err != nil {
		return err
	}
	if _, err := r.sources.read(); err != nil {
		return err
	}
	state, err := r.store.Rotation(ctx)
	if err != nil {
		return err
	}
	from, to, err := r.choose(state)
	if err != nil {
		return err
	}
	masterKeys := r.sources.masterKeys()
	sealer, err := seal.New(ctx, masterKeys, r.store)
	if err != nil {
		return err
	}
	ctx = actsAs(ctx, audit.NewKeys(r.store, sealer), operator(), "master-key rotate", nil)
	rotator := &seal.Rotator{
		Store: r.store, Keys: masterKeys, Wait: r.wait,
		Waiting: func(e *seal.ServersError) {
			fmt.Fprintf(r.s.err, "csrd: waiting up to %v: %v; %s\n", r.wait, e, r.howToTeach(to))
		},
	}
	if isTerminal(r.s.err) {
		rotator.Progress = func(done, total int64) {
			fmt.Fprintf(r.s.err, "\r%d of %d data keys are wrapped anew", done, total)
			if done >= total {
				fmt.Fprintln(r.s.err)
			}
		}
	}
	rewrapped, err := rotator.Rotate(ctx, from, to)
	var unknown *seal.ServersError
	switch {
	case errors.As(err, &unknown):
		return fmt.Errorf("nothing was changed: %w: %s, and run this again", err, r.howToTeach(to))
	case errors.Is(err, seal.ErrKEKChanged):
		return fmt.Errorf("%w: see `csrd master-key status`, and run this again", err)
	case err != nil:
		return fmt.Errorf("%w; what was done so far stays: run this again, and it goes on", err)
	}
	fmt.Fprintf(r.s.out, "The master key is %s now, and nothing in the store needs %s any more. Data keys wrapped anew: %d.\n", to, from, rewrapped)
	return r.finish(from, to)
}

// choose says which master key is to be replaced by which, and makes the next
// one where that is a file that is not there.
func (r *rotation) choose(state seal.Rotation) (from, to seal.KeyID, err error) {
	if state.Active == (seal.KeyID{}) {
		return from, to, errors.New("the store has nothing sealed yet: start csrd serve with the master key that it is to have")
	}
	if state.Rotating() {
		fmt.Fprintf(r.s.out, "The rotation from %s to %s goes on.\n", state.Previous, state.Active)
		return state.Previous, state.Active, nil
	}
	current, next := &r.sources.current, &r.sources.next
	from = current.key.ID()
	switch {
	case next.key != nil && next.key.ID() == state.Active:
		if from == state.Active {
			return from, to, fmt.Errorf("%s and %s give the same master key: give another one as the next", current.name, next.name)
		}
		return from, state.Active, nil // done but for the files
	case from != state.Active:
		return from, to, &seal.MissingKeyError{Want: state.Active, Have: idsOf(r.sources.keys())}
	case next.name == "":
		return from, to, usagef("no next master key: give it in %s, or with --master-key-next-file or --master-key-next-uri, to this command and to every csrd serve", envMasterKeyNext)
	}
	if next.key == nil {
		if err := durable.RemoveUnfinished(next.path); err != nil {
			return from, to, err
		}
		if _, err := seal.CreateMasterKey(next.path); err != nil {
			return from, to, err
		}
		if _, err := r.sources.read(); err != nil {
			return from, to, err
		}
		fmt.Fprintf(r.s.out, "Made the next master key, %s, in %s.\n", next.key.ID(), next.path)
	}
	return from, next.key.ID(), nil
}

// howToTeach says what makes a running server know a master key.
func (r *rotation) howToTeach(id seal.KeyID) string {
	if r.sources.next.path != "" {
		return fmt.Sprintf("a running csrd finds it by itself where it is told of the same files: see that it can read %s, or restart it", r.sources.next.path)
	}
	return fmt.Sprintf("restart it with %s, which is %s, as the next master key", r.sources.next.name, id)
}

// finish puts the new master key's file in the place of the old one's, and says
// what is left to do.
func (r *rotation) finish(from, to seal.KeyID) error {
	current, next := r.sources.current, r.sources.next
	old := r.sources.nameOf(from)
	switch {
	case current.key.ID() == to:
		if next.key != nil {
			fmt.Fprintf(r.s.out, "%s gives it. Take away %s, the old one.\n", current.name, next.name)
		}
	case current.path != "" && next.path == current.path+nextSuffix:
		if err := durable.RemoveUnfinished(next.path); err != nil {
			return err
		}
		old = current.path + ".old-" + from.String()
		if err := putInPlace(current.path, next.path, old); err != nil {
			return fmt.Errorf("put %s in the place of %s: %w: run this again", next.path, current.path, err)
		}
		fmt.Fprintf(r.s.out, "It is in %s now, and the old one in %s.\nKeep a copy of the new one in a safe place.\n", current.path, old)
	default:
		fmt.Fprintf(r.s.out, "From its next start on, give csrd %s, that is %s, as the master key, and no next one:\n%s\n", to, next.name, howToGive(next))
	}
	if old != "" {
		old = " (" + old + ")"
	}
	fmt.Fprintf(r.s.out, "The old one, %s%s, opens copies of the store made before: destroy it when these have expired.\n", from, old)
	return nil
}

// howToGive says how a key that was the next one becomes the current one.
func howToGive(next keySource) string {
	switch {
	case next.name == envMasterKeyNext:
		return fmt.Sprintf("move the value of %s to %s.", envMasterKeyNext, envMasterKey)
	case next.path != "":
		return fmt.Sprintf("--master-key-file %s instead of --master-key-next-file.", next.path)
	}
	return fmt.Sprintf("--master-key-uri %s instead of --master-key-next-uri.", next.name)
}

// putInPlace moves a file into the place of another one, of which it keeps a
// second name. It can be cut off at any point, and done again: at each the path
// has the one file or the other, and neither file is lost.
func putInPlace(path, next, old string) error {
	if err := os.Link(path, old); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if err := durable.SyncFolder(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.Rename(next, path); err != nil {
		return err
	}
	return durable.SyncFolder(filepath.Dir(path))
}
