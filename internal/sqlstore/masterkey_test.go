package sqlstore_test

import (
	"path/filepath"
	"testing"

	"csrd/internal/seal"
	"csrd/internal/sqlstore"
)

// A store that has data keys from before master keys were recorded knows which
// one wraps them.
func TestMasterKeyOfAnOlderStoreIsRecorded(t *testing.T) {
	dir := t.TempDir()
	migrateTo(t, dir, 1)
	script(t, filepath.Join(dir, sqlstore.DatabaseName),
		"INSERT INTO data_key (owner_uin, key_id, wrapped, create_time) VALUES (1, '0100000000000000', x'01A1A2A3A4A5A6A7A8FFFF', 5);")
	s := serve(t, dir)
	defer closed(t, s)
	state, err := s.Rotation(t.Context())
	must(t, err)
	if want := (seal.KeyID{0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa8}); state.Active != want || state.Rotating() {
		t.Errorf("the rotation is %+v, want %s in use alone", state, want)
	}
}

// The server that holds the lock is alone: one that was killed is forgotten.
func TestKilledServerIsForgottenByTheNext(t *testing.T) {
	s, dir := served(t)
	beside, err := sqlstore.Open(t.Context(), dir)
	must(t, err)
	defer closed(t, beside)
	must(t, beside.SeeServer(t.Context(), seal.Server{ID: "killed", Started: start, Seen: start}))
	must(t, s.SeeServer(t.Context(), seal.Server{ID: "next", Started: start, Seen: start}))
	servers, err := beside.Servers(t.Context())
	must(t, err)
	if len(servers) != 1 || servers[0].ID != "next" {
		t.Errorf("the servers are %+v, want the next one alone", servers)
	}
}
