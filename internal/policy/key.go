package policy

import (
	"slices"
	"strings"
	"time"
)

// The condition keys of csrd's own whose values are in [Request.Values].
const (
	KeyUser     = "csrd:user"      // the name of the user who calls
	KeySecretID = "csrd:secret_id" // the access key's SecretId
)

// key is a condition key.
type key struct {
	name string
	kind kind
	of   func(r Request) (have value, known bool)
}

// Decision: besides CAM's qcs:ip and qcs:current_time conditions know csrd:user and csrd:secret_id; qcs:resource_tag and
// qcs:request_tag do not exist here, and a document that uses them is refused rather than half obeyed.

var keys = []key{
	{"qcs:ip", ofAddress, func(r Request) (value, bool) {
		address := r.Address.Unmap().WithZone("")
		return value{address: address}, address.IsValid()
	}},
	{"qcs:current_time", ofTime, func(r Request) (value, bool) {
		now := r.Now.UTC().Truncate(time.Second)
		return value{time: now}, !r.Now.IsZero()
	}},
	{KeyUser, ofText, given(KeyUser)},
	{KeySecretID, ofText, given(KeySecretID)},
}

func given(name string) func(Request) (value, bool) {
	return func(r Request) (value, bool) {
		text, known := r.Values[name]
		return value{text: text}, known
	}
}

func keyNames() (names []string) {
	for _, k := range keys {
		names = append(names, k.name)
	}
	return names
}

// keyNamed finds a condition key that an operator can compare, or says what is
// wrong.
func keyNamed(name string, o operator) (k key, problem string) {
	i := slices.IndexFunc(keys, func(k key) bool { return k.name == name })
	if i >= 0 && keys[i].kind == o.kind {
		return keys[i], ""
	}
	if i >= 0 {
		return k, "`" + o.name + "` compares " + o.kind.String() + ", and the values of `" + name + "` are " + keys[i].kind.String()
	}
	near := slices.IndexFunc(keys, func(k key) bool { return strings.EqualFold(k.name, strings.TrimSpace(name)) })
	if near >= 0 {
		return k, "condition key " + quoted(name) + " is spelt `" + keys[near].name + "`"
	}
	return k, "condition key " + quoted(name) + " does not exist here; those that do are " + strings.Join(keyNames(), ", ")
}
