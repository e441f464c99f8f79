package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"csrd/internal/pgtest"
	"csrd/tc3"
)

// several is what csrd on one database have in common.
var several = struct {
	root tc3.Credential
	env  []string
}{
	tc3.Credential{SecretID: "AKIDofallservers", SecretKey: "key-of-all-servers"},
	[]string{"CSRD_ROOT_UIN=100000000001", "CSRD_ROOT_SECRET_ID=AKIDofallservers", "CSRD_ROOT_SECRET_KEY=key-of-all-servers",
		"CSRD_MASTER_KEY=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="},
}

// serveTogether starts three servers on a database at once, and returns them and
// a client of each.
func serveTogether(t *testing.T, database string) (servers []*server, clients []*client) {
	t.Helper()
	servers = make([]*server, 3)
	failures := make([]error, 3)
	var group sync.WaitGroup
	for i := range servers {
		data := t.TempDir()
		group.Go(func() {
			servers[i], failures[i] = launch(csrd(several.env, serveArgs(data, []string{"--database", database})...))
		})
	}
	group.Wait()
	for i, s := range servers {
		if s != nil {
			t.Cleanup(s.kill)
		}
		if failures[i] != nil {
			t.Fatal(failures[i])
		}
		clients = append(clients, clientOf(t, s, several.root))
	}
	return servers, clients
}

// Several servers that start at once on an empty database, and answer as one:
// what one acknowledged the others have, with totals and pages.
func TestSeveralServersOnOneDatabaseAnswerAsOne(t *testing.T) {
	t.Parallel()
	servers, clients := serveTogether(t, pgtest.Start(t).URL("postgres"))
	const workers, rounds = 6, 30
	kept := make([][]int64, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			var err error
			if kept[w], err = workOn(clients, fmt.Sprintf("w%d.example.com", w), rounds); err != nil {
				t.Errorf("worker %d: %v", w, err)
			}
		})
	}
	group.Wait()
	want := slices.Sorted(slices.Values(slices.Concat(kept...)))
	for i, c := range clients {
		pages, err := c.list()
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for _, page := range pages {
			got = append(got, page.Id)
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("server %d lists %d CSRs, and %d were acknowledged and not deleted", i+1, len(got), len(want))
		}
	}
	for _, s := range servers {
		s.stop(t)
	}
}

// workOn creates, changes, deletes and lists CSRs of a domain, each call at any
// of the servers, and fails where one does not have what another acknowledged.
// It returns the CSRs that are left.
func workOn(clients []*client, domain string, rounds int) (ids []int64, err error) {
	anyOf := func() *client { return clients[rand.IntN(len(clients))] }
	remarks := map[int64]string{}
	for round := range rounds {
		id, err := anyOf().create(draftOf(domain, "new"))
		if err != nil {
			return nil, err
		}
		ids, remarks[id] = append(ids, id), "new"
		changed := ids[rand.IntN(len(ids))]
		remarks[changed] = fmt.Sprint("round ", round)
		if err := anyOf().modify(changed, parameters{"Generate": false, "Remark": remarks[changed]}); err != nil {
			return nil, err
		}
		if page, err := anyOf().describe(changed); err != nil || page.Remarks != remarks[changed] || page.Domain != domain {
			return nil, fmt.Errorf("CSR %d is %+v, %w, want %q", changed, page, err, remarks[changed])
		}
		if round%3 == 2 {
			i := rand.IntN(len(ids))
			if deleted, err := anyOf().delete(ids[i]); err != nil || len(deleted) != 1 {
				return nil, fmt.Errorf("delete %d: %v, %w", ids[i], deleted, err)
			}
			ids = slices.Delete(ids, i, i+1)
		}
		var list struct {
			Total int
			Set   []csrPage
		}
		offset := rand.IntN(len(ids))
		if err := anyOf().call("DescribeCSRSet", parameters{"Domain": domain, "Limit": 5, "Offset": offset}, &list); err != nil {
			return nil, err
		}
		if list.Total != len(ids) || len(list.Set) != min(5, len(ids)-offset) {
			return nil, fmt.Errorf("%d of %d CSRs, want %d", len(list.Set), list.Total, len(ids))
		}
		for i, page := range list.Set {
			if want := ids[len(ids)-1-offset-i]; page.Id != want || page.Remarks != remarks[want] {
				return nil, fmt.Errorf("at place %d is CSR %d with %q, want %d with %q", offset+i, page.Id, page.Remarks, want, remarks[want])
			}
		}
	}
	return ids, nil
}

// What is changed of users, keys and policies reaches every server.
func TestSeveralServersNoticeChangesOfAccess(t *testing.T) {
	t.Parallel()
	database := pgtest.Start(t).URL("postgres")
	servers, _ := serveTogether(t, database)
	out := filepath.Join(t.TempDir(), "key")
	operate := func(args ...string) {
		t.Helper()
		if text, err := csrd(several.env, append(args, "--data", t.TempDir(), "--database", database)...).CombinedOutput(); err != nil {
			t.Fatalf("csrd %v: %v\n%s", args, err, text)
		}
	}
	// seen waits until each server answers as it is to, and says how long it took.
	seen := func(what string, isSo func(error) bool) {
		t.Helper()
		credential, err := readCredential(out)
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		for _, s := range servers {
			c := clientOf(t, s, credential)
			eventually(t, what, func() bool {
				_, err := c.list()
				return isSo(err)
			})
		}
		t.Logf("%s: seen by all after %d ms", what, time.Since(begun).Milliseconds())
	}
	code := func(code string) func(error) bool { return func(err error) bool { return isAPIError(err, code) } }
	fine := func(err error) bool { return err == nil }

	account := []string{"--account", "100000000001"}
	operate(append([]string{"user", "create", "ann"}, account...)...)
	operate(append([]string{"key", "create", "--user", "ann", "--out", out}, account...)...)
	seen("a new key without a policy", code("AuthFailure.UnauthorizedOperation"))
	operate(append([]string{"policy", "attach", "QcloudSSLReadOnlyAccess", "--user", "ann"}, account...)...)
	seen("a policy that was attached", fine)
	operate(append([]string{"policy", "detach", "QcloudSSLReadOnlyAccess", "--user", "ann"}, account...)...)
	seen("a policy that was detached", code("AuthFailure.UnauthorizedOperation"))
	operate(append([]string{"policy", "attach", "QcloudSSLReadOnlyAccess", "--user", "ann"}, account...)...)
	seen("a policy that was attached again", fine)
	operate(append([]string{"user", "disable", "ann"}, account...)...)
	seen("a user who was disabled", code("AuthFailure.SecretIdNotFound"))
	operate(append([]string{"user", "enable", "ann"}, account...)...)
	seen("a user who was enabled", fine)
	credential, err := readCredential(out)
	if err != nil {
		t.Fatal(err)
	}
	operate("key", "disable", credential.SecretID)
	seen("a key that was disabled", code("AuthFailure.SecretIdNotFound"))
}

// answer is what a call is answered, without what is of the call alone.
func (c *client) answer(action string, p parameters) ([]byte, error) {
	request, err := c.request(action, p)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	var envelope struct{ Response struct{ RequestId string } }
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, err
	}
	return bytes.ReplaceAll(body, []byte(envelope.Response.RequestId), nil), nil
}
