package csr

import (
	"net"
	"net/netip"
	"slices"
	"strings"
)

// altNames are the subject alternative names of a CSR by type (RFC 5280
// §4.2.1.6), each once, in the order they came.
type altNames struct {
	dns   []string // A-labels
	ips   []net.IP
	email []string
}

// add takes a name by what it looks like: an IP address, an e-mail address,
// else a domain name.
func (a *altNames) add(name string) error {
	if addr, err := netip.ParseAddr(name); err == nil {
		if addr.Zone() != "" {
			return rule("must not have a zone: certificates know addresses without one", "不能带区域标识：证书中的地址不含区域")
		}
		ip := net.IP(addr.Unmap().AsSlice())
		if !slices.ContainsFunc(a.ips, ip.Equal) {
			a.ips = append(a.ips, ip)
		}
		return nil
	}
	if strings.Contains(name, "@") {
		address, err := emailAddress(name)
		if err == nil && !slices.Contains(a.email, address) {
			a.email = append(a.email, address)
		}
		return err
	}
	domain, err := asciiDomain(name)
	if err == nil && !slices.Contains(a.dns, domain) {
		a.dns = append(a.dns, domain)
	}
	return err
}
