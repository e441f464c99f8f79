package limit_test

import (
	"fmt"
	"testing"
	"time"

	"csrd/internal/limit"
)

var start = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func TestAllowance(t *testing.T) {
	type step struct {
		after time.Duration // since the start
		want  bool
	}
	for _, test := range []struct {
		name  string
		rate  int
		steps []step
	}{
		{"a burst of the whole allowance, and no more", 3, []step{{0, true}, {0, true}, {0, true}, {0, false}, {0, false}}},
		{"what is refused costs nothing", 2, []step{{0, true}, {0, true}, {0, false}, {499 * time.Millisecond, false}, {500 * time.Millisecond, true}, {500 * time.Millisecond, false}}},
		{"at an even pace all is allowed", 2, []step{{0, true}, {500 * time.Millisecond, true}, {time.Second, true}, {1500 * time.Millisecond, true}, {2 * time.Second, true}}},
		{"after a second the allowance is whole", 3, []step{{0, true}, {0, true}, {0, true}, {time.Second, true}, {time.Second, true}, {time.Second, true}, {time.Second, false}}},
		{"idle time earns no more than a second's", 2, []step{{0, true}, {time.Hour, true}, {time.Hour, true}, {time.Hour, false}}},
		{"a clock that steps back gives nothing away", 1, []step{{time.Hour, true}, {0, false}, {time.Hour, false}, {time.Hour + time.Second, true}}},
		{"one a second", 1, []step{{0, true}, {999 * time.Millisecond, false}, {time.Second, true}}},
		{"no limit", 0, []step{{0, true}, {0, true}, {0, true}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := limit.New[string](100)
			for i, s := range test.steps {
				if got := l.Allow(start.Add(s.after), "key", test.rate); got != s.want {
					t.Errorf("step %d, at %v: allowed %t, want %t", i, s.after, got, s.want)
				}
			}
		})
	}
}

func TestSharesTogetherAreTheRate(t *testing.T) {
	for _, test := range []struct{ rate, shared, most int }{
		{10, 3, 612}, // and a burst of three each
		{10, 1, 610},
		{1, 3, 63}, // less than one a second each
		{2, 50, 170},
		{10, 0, 610}, // none is known: all of it
	} {
		t.Run(fmt.Sprint(test.rate, " over ", test.shared), func(t *testing.T) {
			allowed := 0
			for range max(1, test.shared) {
				l := limit.New[string](10)
				for ms := range 60_000 {
					if l.AllowShare(start.Add(time.Duration(ms)*time.Millisecond), "key", test.rate, test.shared) {
						allowed++
					}
				}
			}
			if allowed < 60*test.rate || allowed > test.most {
				t.Errorf("%d allowed in a minute, want %d to %d", allowed, 60*test.rate, test.most)
			}
		})
	}
}

func TestKeysDoNotShareAnAllowance(t *testing.T) {
	l := limit.New[string](10_000)
	for i := range 1000 {
		if !l.Allow(start, fmt.Sprint(i), 1) {
			t.Fatalf("key %d is refused its first", i)
		}
	}
	for i := range 1000 {
		if l.Allow(start, fmt.Sprint(i), 1) {
			t.Fatalf("key %d is allowed a second", i)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	const most = 640
	l := limit.New[int](most)
	for i := range 100_000 {
		l.Allow(start.Add(time.Duration(i)*time.Microsecond), i, 1)
	}
	if n := l.Remembered(); n > most {
		t.Errorf("%d keys are remembered, want at most %d", n, most)
	}
	tiny := limit.New[int](0)
	for i := range 1000 {
		tiny.Allow(start, i, 1)
	}
	if n := tiny.Remembered(); n > 64 {
		t.Errorf("%d keys are remembered, want at most one for each shard", n)
	}
}

func TestOverAMinuteTheRateHolds(t *testing.T) {
	l := limit.New[string](10)
	allowed := 0
	for ms := range 60_000 {
		if l.Allow(start.Add(time.Duration(ms)*time.Millisecond), "key", 10) {
			allowed++
		}
	}
	if allowed < 600 || allowed > 610 {
		t.Errorf("%d allowed in a minute of asking a thousand times a second, want 600 and one burst", allowed)
	}
}

func BenchmarkAllow(b *testing.B) {
	type key struct {
		uin    int64
		action string
	}
	for _, accounts := range []int64{1, 100_000} {
		b.Run(fmt.Sprintf("%d accounts", accounts), func(b *testing.B) {
			l := limit.New[key](65_536)
			b.ReportAllocs()
			i := int64(0)
			for b.Loop() {
				i++
				l.Allow(start.Add(time.Duration(i)*time.Microsecond), key{i % accounts, "DescribeCSRSet"}, 10)
			}
		})
	}
}
