package policy

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// value is what a condition compares; which of its fields is set depends on
// the kind.
type value struct {
	text    string
	address netip.Addr   // of a request
	prefix  netip.Prefix // of a policy
	time    time.Time
}

// kind is a kind of values.
type kind int

const (
	ofText kind = iota
	ofAddress
	ofTime
)

func (k kind) String() string { return [...]string{"texts", "addresses", "times"}[k] }

// show writes what a request has.
func (k kind) show(v value) string {
	switch k {
	case ofAddress:
		return quoted(v.address.String())
	case ofTime:
		return quoted(v.time.Format(time.RFC3339))
	default:
		return quoted(v.text)
	}
}

// parse reads a value of a policy. The error goes on after the value's name.
func (k kind) parse(text string) (v value, err error) {
	switch k {
	case ofAddress:
		v.prefix, err = parsePrefix(text)
	case ofTime:
		v.time, err = parseTime(text)
	default:
		v.text = text
	}
	return v, err
}

// parsePrefix reads an address or a range of them. Bits beyond the length of
// the prefix do not matter, as in CAM's own examples ("10.217.182.3/24").
func parsePrefix(text string) (netip.Prefix, error) {
	none := netip.Prefix{}
	if text, _, isRange := strings.Cut(text, "/"); !isRange {
		addr, err := netip.ParseAddr(text)
		if err != nil || addr.Zone() != "" {
			return none, errors.New("is neither an IP address nor a range such as 10.0.0.0/8")
		}
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return none, errors.New("is no CIDR range, such as 10.0.0.0/8 or 2001:db8::/32")
	case !prefix.Addr().Is4In6():
		return prefix, nil
	case prefix.Bits() < 96:
		return none, errors.New("is a range of both IPv4 and IPv6: write two")
	}
	return netip.PrefixFrom(prefix.Addr().Unmap(), prefix.Bits()-96), nil
}

// Decision: conditions compare times in whole seconds; a time without `Z`, as in some of CAM's examples, is UTC too.

// parseTime reads a time in ISO 8601, in UTC, as CAM asks for it ("Condition
// Keys and Condition Operators"), or as its page "Conditions" writes it.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{"2006-01-02T15:04:05Z", "2006-01-02T15:04:05", time.DateTime} {
		if t, err := time.Parse(layout, text); err == nil && len(text) == len(layout) {
			return t, nil
		}
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return time.Time{}, fmt.Errorf("must be in UTC and whole seconds, %s", t.UTC().Format(time.RFC3339))
	}
	return time.Time{}, errors.New("is no time in UTC such as 2026-12-31T16:00:00Z")
}
