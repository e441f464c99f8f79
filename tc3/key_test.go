package tc3

import (
	"net/http"
	"testing"
)

func TestHeadersAreLookedUpUnderTheNamesThatTheyHave(t *testing.T) {
	for key, name := range map[string]string{keyTimestamp: HeaderTimestamp, keyContentSHA256: HeaderContentSHA256} {
		if want := http.CanonicalHeaderKey(name); key != want {
			t.Errorf("%s is looked up as %s, and stands under %s", name, key, want)
		}
	}
}
