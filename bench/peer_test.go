package main

import (
	"strings"
	"testing"
)

func TestAWrongAnswerOfThePeerIsSeen(t *testing.T) {
	row := func(seq string) string { return `{"seq":` + seq + `,"status":1}` }
	rows := row("500") + strings.Repeat(","+row("7"), 9)
	right := `{"items":[` + rows + `],"page":1,"perPage":10,"totalItems":500,"totalPages":50}`
	check := checkPeer(500, 500)
	if err := check([]byte(right)); err != nil {
		t.Error(err)
	}
	for name, wrong := range map[string]string{
		"total":     strings.Replace(right, `"totalItems":500,`, `"totalItems":5000,`, 1),
		"first row": strings.Replace(right, `"seq":500,`, `"seq":5001,`, 1),
		"rows":      strings.Replace(right, row("7")+",", "", 1),
		"empty":     `{"items":[]}`,
	} {
		if check([]byte(wrong)) == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
