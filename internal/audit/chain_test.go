package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"csrd/csr"
)

// whole is an entry in which nothing is empty.
func whole() Entry {
	return Entry{
		Owner: 100000000001, Seq: 7, Time: time.UnixMicro(1795510127123456), RequestID: "5c215ea7-b931-4849-8a31-3ed479375566",
		Actor:  Actor{Kind: Caller, User: "ann", SecretID: "AKIDann", Address: "192.0.2.1"},
		Action: "ssl:DescribeCSR", Resources: []string{"csr/1", "csr/2"}, KeyRead: true, Outcome: OK,
	}
}

func key(owner csr.Owner) Key {
	return Key{owner: owner, secret: bytes.Repeat([]byte{7}, keySize)}
}

// Chains that exist verify as long as the form of what is signed stays. The
// HMACs were computed apart, with Python's hmac and struct.
func TestFormsOfWhatIsSignedStay(t *testing.T) {
	k, e := key(100000000001), whole()
	before := MAC(bytes.Repeat([]byte{1}, len(MAC{})))
	for _, test := range []struct {
		name string
		got  MAC
		want string
	}{
		{"an entry", k.entry(&e, before), "f2ab7fee00aa050eb95f704ce7fa8376a0cd35ed92ce07380b020604f646e5da"},
		{"a head", k.head(7, before), "c1a2d68fa94c0a547af33cca89ad188c62afb5adbbe102fc604e5203cdcfe372"},
		{"a stub", k.stub(Stub{Seq: 7, MAC: before, Time: e.Time}), "915b1ea442e91dfe79cc4aa429dfe416f3fe0fe5d1d8a41122505003bb965fa0"},
	} {
		if test.got.String() != test.want {
			t.Errorf("%s: %s, want %s", test.name, test.got, test.want)
		}
	}
}

// Whatever of an entry is another, its HMAC is another.
func TestEveryFieldIsSigned(t *testing.T) {
	base := whole()
	changes := map[string]func(*Entry){
		"Owner": func(e *Entry) { e.Owner++ }, "Seq": func(e *Entry) { e.Seq++ },
		"Time":      func(e *Entry) { e.Time = e.Time.Add(time.Microsecond) },
		"RequestID": func(e *Entry) { e.RequestID += "x" }, "Actor": func(e *Entry) { e.Actor.User = "" },
		"Actor.Kind": func(e *Entry) { e.Actor.Kind = Server }, "Actor.User": func(e *Entry) { e.Actor.User = "bea" },
		"Actor.SecretID": func(e *Entry) { e.Actor.SecretID = "" }, "Actor.Address": func(e *Entry) { e.Actor.Address = "" },
		"Action": func(e *Entry) { e.Action = "ssl:CreateCSR" }, "Resources": func(e *Entry) { e.Resources = e.Resources[:1] },
		"KeyRead": func(e *Entry) { e.KeyRead = false }, "Outcome": func(e *Entry) { e.Outcome = "" },
	}
	for _, holder := range []struct {
		prefix string
		typ    reflect.Type
	}{{"", reflect.TypeFor[Entry]()}, {"Actor.", reflect.TypeFor[Actor]()}} {
		for i := range holder.typ.NumField() {
			if name := holder.prefix + holder.typ.Field(i).Name; changes[name] == nil && name != "MAC" {
				t.Errorf("no change of %s is tried", name)
			}
		}
	}
	// What stands at the border of two texts belongs to one of them.
	changes["a border"] = func(e *Entry) { e.Actor.User, e.Actor.SecretID = "annA", "KIDann" }
	changes["one resource of two"] = func(e *Entry) { e.Resources = []string{"csr/1csr/2"} }
	changes["a resource and the outcome"] = func(e *Entry) { e.Resources, e.Outcome = e.Resources[:1], "csr/2"+OK }
	forms := map[string]string{string(canonical(&base, MAC{})): "nothing"}
	for name, change := range changes {
		e := whole()
		change(&e)
		form := string(canonical(&e, MAC{}))
		if other, same := forms[form]; same {
			t.Errorf("signed with a change of %s is the same as with %s", name, other)
		}
		forms[form] = name
	}
	k := key(1)
	if a, b := k.entry(&base, MAC{}), k.entry(&base, MAC{1}); a == b {
		t.Error("the entry before is not signed")
	}
	if a, b := k.head(1, MAC{}), key(2).head(1, MAC{}); a == b {
		t.Error("the head of one chain is that of another of the same key")
	}
}

func TestKeyIsNeverShown(t *testing.T) {
	k := newKey(1)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		for _, shown := range []any{k, &k, []Key{k}} {
			got := fmt.Sprintf(verb, shown)
			if strings.Contains(got, fmt.Sprintf("%x", []byte(k.secret[:4]))) || strings.Contains(got, fmt.Sprint(k.secret[0])+" "+fmt.Sprint(k.secret[1])) || !strings.Contains(got, "[redacted]") {
				t.Errorf("%s of %T shows %s", verb, shown, got)
			}
		}
	}
}

func TestMACAsText(t *testing.T) {
	want := MAC{1, 2, 255}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got MAC
	if err := json.Unmarshal(text, &got); err != nil || got != want {
		t.Errorf("%s becomes %s, %v", text, got, err)
	}
	for _, wrong := range []string{`""`, `"00"`, `"` + strings.Repeat("0", 65) + `"`, `"` + strings.Repeat("0", 66) + `"`, `"` + strings.Repeat("x", 64) + `"`} {
		if err := json.Unmarshal([]byte(wrong), &got); err == nil {
			t.Errorf("%s is taken as a MAC", wrong)
		}
	}
}
