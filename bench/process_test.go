package main

import (
	"testing"
	"time"
)

func TestProcessorTimeIsReadBehindANameWithSpaces(t *testing.T) {
	got, err := parseCPU([]byte("42 (a) b (c) S 1 42 42 0 -1 4194560 900 0 0 0 250 17 8 9 20 0 5 0 100 1 1"))
	if err != nil || got != 2670*time.Millisecond {
		t.Errorf("got %v, %v; want 2.67 s", got, err)
	}
	if _, err := parseCPU([]byte("42 (a) S 1")); err == nil {
		t.Error("too few fields are no error")
	}
}

func TestAnonymousMemoryIsRead(t *testing.T) {
	got, err := parseAnonymous("Name:\tx\nVmRSS:\t  900 kB\nRssAnon:\t    120 kB\nRssFile:\t  5 kB\n")
	if err != nil || got != 120<<10 {
		t.Errorf("got %d, %v", got, err)
	}
	if _, err := parseAnonymous("Name:\tx\n"); err == nil {
		t.Error("a status without RssAnon is no error")
	}
}
