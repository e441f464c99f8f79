package cli

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/netip"
	"strconv"
	"time"
	_ "time/tzdata" // a machine without time zones serves too

	"csrd/csr"
	"csrd/internal/cam"
	"csrd/internal/front"
)

// serveSetting is what `csrd serve` is told.
type serveSetting struct {
	storePlace
	listen              string
	tlsCert, tlsKey     string
	allowPlainHTTP      bool
	masterKey           masterKeySetting
	deletedRetention    time.Duration
	timeZone            string
	readOnly            bool
	strict              bool
	rate                rateSetting
	trustedProxies      []string
	requireSignedAction bool
	bindSignatures      bool
	subjectOU           bool
	subjectEmail        bool
	algorithms          string
	keyPool             int
	listCache           int
	logRequests         bool
	auditLists          string
	console             bool
	log                 logSetting
}

// In MiB; the most is more than the rows of ten million CSRs.
const (
	defaultListCache = 64
	maxListCache     = 16 << 10
)

// checkedSetting is what a serveSetting says, once it is checked.
type checkedSetting struct {
	zone          *time.Location
	algorithms    csr.Algorithms
	recordedLists int64
	trusted       []netip.Prefix
	root          cam.RootSetting
	tls           *tls.Config // nil for plain HTTP
	address       string
}

// check checks all that can be wrong before anything is opened or made.
func (set *serveSetting) check(log *slog.Logger) (c *checkedSetting, err error) {
	c = &checkedSetting{}
	if c.zone, err = time.LoadLocation(set.timeZone); err != nil {
		return nil, usagef("--time-zone %q: there is no such time zone", set.timeZone)
	}
	if set.deletedRetention < 0 {
		return nil, usagef("--deleted-retention %v: it cannot be negative", set.deletedRetention)
	}
	if err := set.rate.check(); err != nil {
		return nil, err
	}
	if c.algorithms, err = csr.ParseAlgorithms(set.algorithms); err != nil {
		return nil, usagef("--algorithms %q: %w", set.algorithms, err)
	}
	if set.keyPool < 0 || set.keyPool > csr.MaxAhead {
		return nil, usagef("--key-pool %d: it is a number of keys, at most %d, or 0 for none", set.keyPool, csr.MaxAhead)
	}
	if set.listCache < 0 || set.listCache > maxListCache {
		return nil, usagef("--list-cache %d: it is a number of MiB, at most %d, or 0 for none", set.listCache, maxListCache)
	}
	if c.recordedLists, err = set.recordedLists(); err != nil {
		return nil, err
	}
	if c.trusted, err = set.proxies(); err != nil {
		return nil, err
	}
	if c.root, err = rootFromEnvironment(); err != nil {
		return nil, err
	}
	if c.tls, err = set.tls(log); err != nil {
		return nil, err
	}
	c.address, err = set.address(c.tls != nil)
	return c, err
}

// endpoint is the URL of a server that listens at an address.
func (c *checkedSetting) endpoint(address net.Addr) string {
	if c.tls != nil {
		return "https://" + address.String()
	}
	return "http://" + address.String()
}

// ahead is how many RSA keys of each length are made ahead.
func (set *serveSetting) ahead() int {
	if set.readOnly {
		return 0 // nobody will ask for one
	}
	return set.keyPool
}

// tls returns the TLS configuration, nil for plain HTTP.
func (set *serveSetting) tls(log *slog.Logger) (*tls.Config, error) {
	if set.tlsCert == "" && set.tlsKey == "" {
		return nil, nil
	}
	if set.tlsCert == "" || set.tlsKey == "" {
		return nil, usagef("--tls-cert and --tls-key go together: one of them is missing")
	}
	certificate, err := front.LoadCertificate(set.tlsCert, set.tlsKey, log)
	if err != nil {
		return nil, err
	}
	return &tls.Config{GetCertificate: certificate.Get, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}, nil
}

// auditListsOff leaves reads of lists out of the audit record.
const auditListsOff = "off"

// recordedLists says of how many successful reads of lists one is recorded; 0
// for none.
func (set *serveSetting) recordedLists() (int64, error) {
	if set.auditLists == auditListsOff {
		return 0, nil
	}
	n, err := strconv.ParseInt(set.auditLists, 10, 64)
	if err != nil || n < 1 {
		return 0, usagef("--audit-lists %q: it is %s, or a number from 1 on: of so many reads one is recorded", set.auditLists, auditListsOff)
	}
	return n, nil
}

// proxies parses the trusted proxies: networks, or single addresses.
func (set *serveSetting) proxies() (prefixes []netip.Prefix, err error) {
	for _, text := range set.trustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			addr, single := netip.ParseAddr(text)
			if single != nil {
				return nil, usagef("--trusted-proxy %q: it is a CIDR, as 10.0.0.0/8", text)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

// address resolves the address to listen on. Private keys do not cross a
// network in the clear unless the operator says so.
func (set *serveSetting) address(secure bool) (string, error) {
	address, err := net.ResolveTCPAddr("tcp", set.listen)
	if err != nil {
		return "", usagef("--listen %q: %w", set.listen, err)
	}
	if !secure && !set.allowPlainHTTP && !address.IP.IsLoopback() {
		return "", usagef("--listen %s can be reached from other machines, and without TLS private keys would cross the network in the clear: "+
			"give --tls-cert and --tls-key, or, behind a proxy that does TLS, --allow-plain-http", set.listen)
	}
	return address.String(), nil
}

func (set *serveSetting) listCacheBytes() int64 { return int64(set.listCache) << 20 }
