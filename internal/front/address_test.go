package front

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestOnlyATrustedProxySaysWhereARequestCameFrom(t *testing.T) {
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
	for _, test := range []struct {
		peer      string
		forwarded []string
		want      string
	}{
		{"192.0.2.1:1234", nil, "192.0.2.1"},
		{"192.0.2.1:1234", []string{"198.51.100.7"}, "192.0.2.1"},
		{"10.1.2.3:1234", nil, "10.1.2.3"},
		{"10.1.2.3:1234", []string{"198.51.100.7"}, "198.51.100.7"},
		{"10.1.2.3:1234", []string{"203.0.113.9, 198.51.100.7, 10.9.9.9"}, "198.51.100.7"},
		{"10.1.2.3:1234", []string{"203.0.113.9", "198.51.100.7"}, "198.51.100.7"},
		{"10.1.2.3:1234", []string{"10.5.5.5"}, "10.5.5.5"},
		{"10.1.2.3:1234", []string{"198.51.100.7, rubbish"}, "10.1.2.3"},
		{"[2001:db8::1]:1234", []string{"2001:db9::5"}, "2001:db9::5"},
		{"[::ffff:10.1.2.3]:1234", []string{"198.51.100.7"}, "198.51.100.7"},
		{"pipe", []string{"198.51.100.7"}, "pipe"},
	} {
		r := &http.Request{RemoteAddr: test.peer, Header: http.Header{"X-Forwarded-For": test.forwarded}}
		if got := clientAddress(r, trusted); got != test.want {
			t.Errorf("%s with %q: %s, want %s", test.peer, test.forwarded, got, test.want)
		}
	}
}
