package cam_test

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"csrd/csr"
	"csrd/internal/cam"
)

// tokenStore keeps token keys in memory.
type tokenStore struct{ keys []cam.TokenKey }

func (s *tokenStore) NewestTokenKey(_ context.Context, owner csr.Owner) (cam.TokenKey, error) {
	for _, key := range slices.Backward(s.keys) {
		if key.Owner == owner {
			return key, nil
		}
	}
	return cam.TokenKey{}, cam.ErrToken
}

func (s *tokenStore) TokenKey(_ context.Context, owner csr.Owner, id string) (cam.TokenKey, error) {
	for _, key := range s.keys {
		if key.Owner == owner && key.ID == id {
			return key, nil
		}
	}
	return cam.TokenKey{}, cam.ErrToken
}

func (s *tokenStore) AddTokenKey(_ context.Context, key cam.TokenKey, before time.Time) error {
	s.keys = slices.DeleteFunc(s.keys, func(k cam.TokenKey) bool { return k.Owner == key.Owner && k.CreateTime.Before(before) })
	s.keys = append(s.keys, key)
	return nil
}

// issuer issues tokens for one access key of a user.
type issuer struct {
	*cam.Tokens
	keys  *tokenStore
	store *store
	seals *sealer
	maker cam.AccessKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	i := &issuer{keys: &tokenStore{}}
	i.store, i.seals = withRoot(t)
	i.maker = i.store.keys[secretID]
	i.maker.User, i.maker.TokensFrom = "ann", start.Add(-time.Hour)
	i.store.set(i.maker)
	i.restart()
	return i
}

// restart forgets all that is in memory.
func (i *issuer) restart() {
	i.Tokens = cam.NewTokens(i.keys, i.seals, cam.NewKeyring(i.store, i.seals))
}

func (i *issuer) issue(t *testing.T, policy string) cam.Temporary {
	t.Helper()
	issued, err := i.Issue(t.Context(), i.maker, time.Hour, policy, start)
	if err != nil {
		t.Fatal(err)
	}
	return issued
}

func TestTokenStandsForWhatItWasIssuedWith(t *testing.T) {
	i := newIssuer(t)
	issued := i.issue(t, `{"version":"2.0"}`)
	if !issued.Expires.Equal(start.Add(time.Hour)) || len(issued.Token) > 4096 || !cam.ValidSecretID(issued.SecretID) {
		t.Errorf("issued %+v", issued)
	}
	for range 2 { // with the key at hand, and with nothing in memory
		found, err := i.Find(t.Context(), start.Add(time.Hour-time.Second), issued.SecretID, string(issued.Token))
		if err != nil {
			t.Fatal(err)
		}
		if found.SecretID != issued.SecretID || found.Owner != owner || found.User != "ann" || found.Policy != `{"version":"2.0"}` {
			t.Errorf("found %+v", found)
		}
		secret, err := cam.NewKeyring(i.store, i.seals).Secret(t.Context(), found)
		if err != nil || secret != issued.SecretKey {
			t.Errorf("its SecretKey is another one, or %v", err)
		}
		i.restart()
	}
	if another := i.issue(t, ""); another.SecretID == issued.SecretID || another.SecretKey == issued.SecretKey || another.Token == issued.Token {
		t.Error("two credentials share something")
	}
}

// A token that is of no use is ErrToken, whatever is wrong with it.
func TestTokenIsRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(i *issuer, issued *cam.Temporary, now *time.Time)
	}{
		{"when it has expired", func(_ *issuer, _ *cam.Temporary, now *time.Time) { *now = start.Add(time.Hour) }},
		{"with another SecretId", func(_ *issuer, issued *cam.Temporary, _ *time.Time) { issued.SecretID += "X" }},
		{"with the SecretId of the key it was made for", func(_ *issuer, issued *cam.Temporary, _ *time.Time) { issued.SecretID = secretID }},
		{"when its key is disabled", func(i *issuer, _ *cam.Temporary, _ *time.Time) { i.store.enable(false) }},
		{"when its key is deleted", func(i *issuer, _ *cam.Temporary, _ *time.Time) { delete(i.store.keys, secretID) }},
		{"when its user's tokens were revoked", func(i *issuer, _ *cam.Temporary, _ *time.Time) {
			i.maker.TokensFrom = start.Add(time.Second)
			i.store.set(i.maker)
		}},
		{"when its key is another account's now", func(i *issuer, _ *cam.Temporary, _ *time.Time) {
			i.maker.Owner++
			i.store.set(i.maker)
		}},
		{"when its token key is destroyed", func(i *issuer, _ *cam.Temporary, _ *time.Time) { i.keys.keys = nil }},
		{"when it is empty", func(_ *issuer, issued *cam.Temporary, _ *time.Time) { issued.Token = "" }},
		{"when it is no token", func(_ *issuer, issued *cam.Temporary, _ *time.Time) { issued.Token = "tok/en+VALUE==" }},
		{"when it is only a head", func(_ *issuer, issued *cam.Temporary, _ *time.Time) { issued.Token = issued.Token[:24] }},
		{"when it is too long", func(_ *issuer, issued *cam.Temporary, _ *time.Time) {
			issued.Token += csr.Secret(strings.Repeat("A", 4096))
		}},
		{"with a line end", func(_ *issuer, issued *cam.Temporary, _ *time.Time) { issued.Token += "\n" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			i := newIssuer(t)
			issued, now := i.issue(t, ""), start
			test.change(i, &issued, &now)
			i.restart()
			found, err := i.Find(t.Context(), now, issued.SecretID, string(issued.Token))
			if !errors.Is(err, cam.ErrToken) || found.SecretID != "" {
				t.Errorf("found %+v, %v; want %v", found, err, cam.ErrToken)
			}
			if err != nil && strings.Contains(err.Error(), string(issued.SecretKey)) {
				t.Error("the error has the SecretKey")
			}
		})
	}
}

func TestTokenAlteredAnywhereIsRefused(t *testing.T) {
	i := newIssuer(t)
	issued := i.issue(t, "{}")
	raw, err := base64.RawURLEncoding.DecodeString(string(issued.Token))
	if err != nil {
		t.Fatal(err)
	}
	for at := range raw {
		raw[at] ^= 1
		found, err := i.Find(t.Context(), start, issued.SecretID, base64.RawURLEncoding.EncodeToString(raw))
		if !errors.Is(err, cam.ErrToken) {
			t.Errorf("byte %d altered: found %+v, %v", at, found, err)
		}
		raw[at] ^= 1
	}
}

// A store or a key service that is away is not the token's fault.
func TestTokenIsNotRefusedForATroubleOfTheMoment(t *testing.T) {
	i := newIssuer(t)
	issued := i.issue(t, "")
	i.restart()
	i.seals.err = errSeal
	if _, err := i.Find(t.Context(), start, issued.SecretID, string(issued.Token)); !errors.Is(err, errSeal) || errors.Is(err, cam.ErrToken) {
		t.Errorf("error %v, want %v", err, errSeal)
	}
	i.seals.err, i.store.findErr = nil, errStore
	if _, err := i.Find(t.Context(), start, issued.SecretID, string(issued.Token)); !errors.Is(err, errStore) || errors.Is(err, cam.ErrToken) {
		t.Errorf("error %v, want %v", err, errStore)
	}
}

func TestTokenKeysAreReplacedAndDestroyed(t *testing.T) {
	i := newIssuer(t)
	issueAt := func(at time.Time) cam.Temporary {
		t.Helper()
		issued, err := i.Issue(t.Context(), i.maker, cam.MaxTokenTime, "", at)
		if err != nil {
			t.Fatal(err)
		}
		return issued
	}
	first := issueAt(start)
	issueAt(start.Add(24*time.Hour - time.Second))
	if len(i.keys.keys) != 1 {
		t.Fatalf("there are %d token keys after a day, want 1", len(i.keys.keys))
	}
	last := issueAt(start.Add(24 * time.Hour))
	if len(i.keys.keys) != 2 {
		t.Fatalf("there are %d token keys after more than a day, want 2", len(i.keys.keys))
	}
	i.restart()
	if _, err := i.Find(t.Context(), start.Add(cam.MaxTokenTime-time.Second), first.SecretID, string(first.Token)); err != nil {
		t.Errorf("a token of the key before: %v", err)
	}
	issueAt(start.Add(24*time.Hour + cam.MaxTokenTime + time.Second))
	for _, key := range i.keys.keys {
		if key.CreateTime.Equal(start) {
			t.Error("a token key is kept that no valid token needs")
		}
	}
	if _, err := i.Find(t.Context(), start.Add(24*time.Hour+cam.MaxTokenTime-time.Second), last.SecretID, string(last.Token)); err != nil {
		t.Errorf("a token of a key that is kept: %v", err)
	}
}

func TestTokenHasItsLimits(t *testing.T) {
	i := newIssuer(t)
	for _, lasts := range []time.Duration{0, -time.Hour, cam.MinTokenTime - 1, cam.MaxTokenTime + 1} {
		if _, err := i.Issue(t.Context(), i.maker, lasts, "", start); err == nil {
			t.Errorf("one of %v was issued", lasts)
		}
	}
	for _, lasts := range []time.Duration{cam.MinTokenTime, cam.MaxTokenTime} {
		if _, err := i.Issue(t.Context(), i.maker, lasts, "", start); err != nil {
			t.Errorf("one of %v: %v", lasts, err)
		}
	}
	if _, err := i.Issue(t.Context(), i.maker, time.Hour, strings.Repeat("x", 4096), start); err == nil || !strings.Contains(err.Error(), "at most 4096 bytes") {
		t.Errorf("a policy of 4 KB: %v", err)
	}
	if issued := i.issue(t, strings.Repeat("x", 2800)); len(issued.Token) > 4096 {
		t.Errorf("a token has %d bytes", len(issued.Token))
	}
}
