package front

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// clientAddress returns the address that a request came from: that of the
// connection or, where that is a trusted proxy's, the last one in
// X-Forwarded-For that is not.
func clientAddress(r *http.Request, trusted []netip.Prefix) string {
	isTrusted := func(addr netip.Addr) bool {
		return slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(addr) })
	}
	addr, err := peerAddress(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !isTrusted(addr) {
			break
		}
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		addr = next.Unmap()
	}
	return addr.String()
}

// peerAddress is the address of a connection's other end, without its port.
func peerAddress(remote string) (netip.Addr, error) {
	peer, err := netip.ParseAddrPort(remote)
	return peer.Addr().Unmap(), err
}
