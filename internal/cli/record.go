package cli

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"strconv"
	"strings"
	"time"

	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/seal"
	"csrd/internal/sqlstore"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

// actsAs returns a context whose changes are recorded as those of an actor who
// does what name says; noted, if not nil, is called with each entry.
func actsAs(ctx context.Context, keys *audit.Keys, actor audit.Actor, name string, noted func(*audit.Entry)) context.Context {
	return audit.With(ctx, audit.NewPending(keys, audit.Entry{
		Time: time.Now(), RequestID: uuid.NewString(), Actor: actor, Action: name, Outcome: audit.OK,
	}, noted))
}

// operator is whoever runs this command, as the operating system knows.
func operator() audit.Actor {
	a := audit.Actor{Kind: audit.Operator, User: strconv.Itoa(os.Getuid())}
	if u, err := user.Current(); err == nil {
		a.User = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		a.Address = host
	}
	return a
}

// withRecord is withStore for a command that changes the store: in the context
// of f the command is recorded, under its name. What is sealed opens with the
// master keys of set, which are those of csrd serve; none is made.
func withRecord(cmd *cobra.Command, place storePlace, set *masterKeySetting, f func(context.Context, *sqlstore.Store, csr.Sealer) error) error {
	ctx := cmd.Context()
	return withStore(ctx, place, func(store *sqlstore.Store) error {
		sealer, err := openStoreSealer(ctx, place, set, store)
		if err != nil {
			return err
		}
		_, name, _ := strings.Cut(cmd.CommandPath(), " ")
		return f(actsAs(ctx, audit.NewKeys(store, sealer), operator(), name, nil), store, sealer)
	})
}

// withStoreOr is withRecord for a command that changes something, and else
// withStore.
func withStoreOr(cmd *cobra.Command, place storePlace, changes bool, set *masterKeySetting, f func(context.Context, *sqlstore.Store) error) error {
	if !changes {
		return withStore(cmd.Context(), place, func(store *sqlstore.Store) error { return f(cmd.Context(), store) })
	}
	return withRecord(cmd, place, set, func(ctx context.Context, store *sqlstore.Store, _ csr.Sealer) error { return f(ctx, store) })
}

// openStoreSealer opens what is sealed in a store, which must be there.
func openStoreSealer(ctx context.Context, place storePlace, set *masterKeySetting, store seal.KeyStore) (*seal.Sealer, error) {
	sources, err := set.sources(place.data)
	if err != nil {
		return nil, err
	}
	if _, err := sources.read(); err != nil {
		return nil, fmt.Errorf("%w: the record is signed with a key that is sealed under the master key: give it as to csrd serve", err)
	}
	sealer, err := seal.New(ctx, sources.masterKeys(), store)
	return sealer, explainMissing(place.data, err)
}
