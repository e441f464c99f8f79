package cam_test

import (
	"strings"
	"testing"

	"csrd/internal/cam"
)

func TestNamesOfUsers(t *testing.T) {
	for name, good := range map[string]bool{
		"a": true, "Z": true, "0": true, "dev": true, "pki@example.com": true, "a_b+c=d,e.f-g": true, strings.Repeat("x", 64): true,
		"": false, strings.Repeat("x", 65): false, " ": false, "a b": false, "-a": false, "_a": false, "@a": false, ".": false,
		"a/b": false, "a:b": false, "a*": false, "(root)": false, "a\n": false, "a\x00": false, "é": false, "用户": false, "a\xff": false,
	} {
		if err := cam.CheckUserName(name); (err == nil) != good {
			t.Errorf("%q: %v, want good %t", name, err, good)
		}
	}
}

func TestNamesOfAccounts(t *testing.T) {
	for name, good := range map[string]bool{
		"root": true, "team two": true, "研发 3": true, "-": true, strings.Repeat("密", 64): true,
		"": false, " ": false, " a": false, "a ": false, "a\tb": false, "a\nb": false, "a\x1b[31m": false, "a\u202eb": false,
		"a\xff": false, strings.Repeat("x", 65): false,
	} {
		if err := cam.CheckAccountName(name); (err == nil) != good {
			t.Errorf("%q: %v, want good %t", name, err, good)
		}
	}
}
