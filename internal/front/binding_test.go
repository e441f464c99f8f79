package front

import (
	"encoding/binary"
	"testing"
	"time"
)

func signatureOf(n int) (s [32]byte) {
	binary.BigEndian.PutUint64(s[:], uint64(n))
	return s
}

func TestASignatureIsBoundToWhatItFirstCameWith(t *testing.T) {
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	b := newBindings()
	list := common{Action: "DescribeCSRSet", Version: "2019-12-05"}
	for _, test := range []struct {
		name  string
		after time.Duration
		sent  common
		want  bool
	}{
		{"first", 0, list, false},
		{"again as the same", time.Second, list, false},
		{"as another action", time.Second, common{Action: "DescribeCSR", Version: "2019-12-05"}, true},
		{"in another version", time.Second, common{Action: "DescribeCSRSet", Version: "2020-01-01"}, true},
		{"with a token", time.Second, common{Action: "DescribeCSRSet", Version: "2019-12-05", Token: "t"}, true},
		{"with its parts shifted", time.Second, common{Action: "DescribeCSRSet2019-12-05"}, true},
		{"as another action at the end of its time", 10*time.Minute - time.Second, common{Action: "DescribeCSR"}, true},
		{"as the same at the end of its time", 10*time.Minute - time.Second, list, false},
	} {
		if got := b.rebound(at.Add(test.after), signatureOf(1), &test.sent); got != test.want {
			t.Errorf("%s: rebound %t, want %t", test.name, got, test.want)
		}
	}
}

func TestBindingsAreBounded(t *testing.T) {
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	b := newBindings()
	for i := range 3 * maxBindings {
		b.rebound(at, signatureOf(i), &common{Action: "A"})
	}
	if n := len(b.current) + len(b.before); n > maxBindings {
		t.Errorf("%d signatures are remembered, want at most %d", n, maxBindings)
	}
	if !b.rebound(at, signatureOf(3*maxBindings-1), &common{Action: "B"}) {
		t.Error("the last signature is forgotten")
	}
}
