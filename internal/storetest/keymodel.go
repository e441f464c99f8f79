package storetest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"csrd/csr"
	"csrd/internal/cam"
)

// modelUser is a user of an account; of the root the name is "".
type modelUser struct {
	owner csr.Owner
	name  string
}

// modelKey is an access key as the naive model knows it.
type modelKey struct {
	modelUser
	enabled bool
}

// keyModel is what the model knows: of accounts and users, whether they are
// enabled.
type keyModel struct {
	accounts map[csr.Owner]bool
	users    map[modelUser]bool
	keys     map[string]modelKey
}

// errInUse stands for any *cam.InUseError.
var errInUse = errors.New("in use")

// keyHistories drives random changes of accounts, users and keys and compares
// what comes of each, and what is there after it, with the model.
func keyHistories(t *testing.T, open Open) {
	for seed := range uint64(5) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			s := open(t, t.TempDir())
			defer closeStore(t, s)
			addAccounts(t, s)
			m := &keyModel{accounts: map[csr.Owner]bool{}, users: map[modelUser]bool{}, keys: map[string]modelKey{}}
			for _, owner := range []csr.Owner{alice, bob} {
				m.accounts[owner] = true
				m.keys["AKID"+owner.String()] = modelKey{modelUser{owner, ""}, true}
			}
			outcomes := map[error]int{}
			for i := range 400 {
				what, got, want := m.change(t, s, random, fmt.Sprint("AKID", i))
				var use *cam.InUseError
				if is := errors.Is(got, want) || want == errInUse && errors.As(got, &use); !is {
					t.Fatalf("%s: error %v, want %v", what, got, want)
				}
				outcomes[want]++
				m.compare(t, s, what)
			}
			for _, outcome := range []error{nil, cam.ErrNoUser, cam.ErrExists, cam.ErrTooManyKeys, cam.ErrLastRootKey, cam.ErrKeyEnabled, errInUse} {
				if outcomes[outcome] == 0 {
					t.Errorf("nothing ended with %v: %v", outcome, outcomes)
				}
			}
		})
	}
}

// change makes a random change in the store and, where it is to succeed, in
// the model.
func (m *keyModel) change(t *testing.T, s Store, random *rand.Rand, newID string) (what string, got, want error) {
	ctx := t.Context()
	yes := random.IntN(2) == 0
	u := modelUser{[]csr.Owner{alice, bob}[random.IntN(2)], []string{"dev", "ops"}[random.IntN(2)]}
	_, isUser := m.users[u]
	keyOf := u
	if random.IntN(3) == 0 {
		keyOf.name = ""
	}
	ids := slices.Sorted(maps.Keys(m.keys))
	id := ids[random.IntN(len(ids))]
	key := m.keys[id]
	lastOfRoot := key.name == "" && m.active(key.modelUser, id) == 0
	switch random.IntN(7) {
	case 0:
		what, got = fmt.Sprint("create user ", u), s.CreateUser(ctx, cam.User{Owner: u.owner, Name: u.name, Enabled: yes, CreateTime: start})
		if isUser {
			return what, got, cam.ErrExists
		}
		m.users[u] = yes
	case 1:
		what, got = fmt.Sprint("delete user ", u, yes), s.DeleteUser(ctx, u.owner, u.name, yes)
		if !isUser {
			return what, got, cam.ErrNoUser
		}
		left := maps.Clone(m.keys)
		maps.DeleteFunc(left, func(_ string, k modelKey) bool { return k.modelUser == u })
		if !yes && len(left) < len(m.keys) {
			return what, got, errInUse
		}
		m.keys = left
		delete(m.users, u)
	case 2:
		what, got = fmt.Sprint("enable user ", u, yes), s.EnableUser(ctx, u.owner, u.name, yes)
		if !isUser {
			return what, got, cam.ErrNoUser
		}
		m.users[u] = yes
	case 3:
		what, got = fmt.Sprint("enable account ", u.owner, yes), s.EnableAccount(ctx, u.owner, yes)
		m.accounts[u.owner] = yes
	case 4:
		what, got = fmt.Sprint("create key of ", keyOf), s.CreateKey(ctx, newAccessKey(keyOf.owner, keyOf.name, newID))
		switch {
		case keyOf.name != "" && !isUser:
			return what, got, cam.ErrNoUser
		case m.active(keyOf, "") >= cam.MaxActiveKeys:
			return what, got, cam.ErrTooManyKeys
		}
		m.keys[newID] = modelKey{keyOf, true}
	case 5:
		what, got = fmt.Sprint("enable key ", id, key, yes), s.EnableKey(ctx, id, yes)
		switch {
		case key.enabled == yes:
		case yes && m.active(key.modelUser, id) >= cam.MaxActiveKeys:
			return what, got, cam.ErrTooManyKeys
		case !yes && lastOfRoot:
			return what, got, cam.ErrLastRootKey
		}
		m.keys[id] = modelKey{key.modelUser, yes}
	default:
		what, got = fmt.Sprint("delete key ", id, key, yes), s.DeleteKey(ctx, id, yes)
		switch {
		case lastOfRoot:
			return what, got, cam.ErrLastRootKey
		case key.enabled && !yes:
			return what, got, cam.ErrKeyEnabled
		}
		delete(m.keys, id)
	}
	return what, got, nil
}

// active counts the enabled keys of a user besides one.
func (m *keyModel) active(u modelUser, besides string) (n int) {
	for id, k := range m.keys {
		if k.modelUser == u && k.enabled && id != besides {
			n++
		}
	}
	return n
}

// compare fails unless the store has the keys of the model, usable as there.
func (m *keyModel) compare(t *testing.T, s Store, after string) {
	t.Helper()
	found := 0
	for owner := range m.accounts {
		keys, err := s.AccessKeys(t.Context(), owner)
		must(t, err)
		for _, key := range keys {
			found++
			k, known := m.keys[key.SecretID]
			usable := k.enabled && m.accounts[owner] && (k.name == "" || m.users[k.modelUser])
			if !known || k.owner != owner || k.name != key.User || k.enabled != key.Enabled || usable != key.Usable() {
				t.Fatalf("after %s the key %+v is %+v, usable %t, in the model (known %t)", after, key, k, usable, known)
			}
		}
	}
	if found != len(m.keys) {
		t.Fatalf("after %s there are %d keys, want %d", after, found, len(m.keys))
	}
}
