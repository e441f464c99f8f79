package front_test

import (
	"testing"
	"time"
)

// A use of a key is what somebody proved to have it for: in both signature
// methods, whatever becomes of the request, and never by a signature that is
// not the key's.
func TestOnlyAGoodSignatureUsesAKey(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(*server)
		want int
	}{
		{"TC3", func(s *server) { s.do(call("Echo", `{"Text":"x"}`, nil, nil)) }, 1},
		{"v1", func(s *server) { s.do(v1("POST", nil)) }, 1},
		{"an action that is none", func(s *server) { s.do(call("Ecko", "{}", nil, nil)) }, 1},
		{"a wrong signature", func(s *server) {
			s.do(call("Echo", `{"Text":"x"}`, nil, []change{set("Content-Type", "application/json; x=y")}))
		}, 0},
		{"an unsigned request", func(s *server) { s.do(call("Echo", `{"Text":"x"}`, nil, []change{del("Authorization")})) }, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			var used []time.Time
			s := newServer()
			s.keys.used = func(id string, at time.Time) {
				if id != secretID {
					t.Errorf("used is %s, want %s", id, secretID)
				}
				used = append(used, at)
			}
			test.do(s)
			if len(used) != test.want || test.want > 0 && !used[0].Equal(now) {
				t.Errorf("used at %v, want %d times at %v", used, test.want, now)
			}
		})
	}
}

func TestCallerIsTheUserOfTheKey(t *testing.T) {
	for _, user := range []string{"", "dev"} {
		s := newServer()
		s.keys.user = user
		got := readRecorded(t, s.do(call("Echo", `{"Text":"x"}`, nil, nil)))
		if got.User != user || got.Uin != int64(uin) || got.SecretID != secretID {
			t.Errorf("the caller is %+v, want user %q", got, user)
		}
	}
}
