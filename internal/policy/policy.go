// Package policy reads, checks and decides policies as users of Tencent Cloud
// write them for CAM (Cloud Access Management). It knows no store and no
// account, and no actions but those it is told.
//
// What it takes is documented on CAM's pages "Element Reference Overview",
// "Syntax Structure", "Resource Description Method", "Condition Keys and
// Condition Operators", "Conditions" (their logic), and "Use Limits".
package policy

import (
	"net/netip"
	"time"
)

// ReadPrivateKey is the permission to see a private key and its password. It
// is of csrd's own product, so that `*` and `csrd:*` grant it and `ssl:*` does
// not.
const ReadPrivateKey = "csrd:ReadPrivateKey"

// Document is a policy that was read and checked. [Parse] makes it, and nothing
// changes it: it may be used by several goroutines.
type Document struct {
	statements []statement
}

type statement struct {
	deny       bool
	actions    []string // patterns, without `name/`
	resources  []resource
	conditions []condition // all must hold
}

// Named is a policy by the name that explanations call it.
type Named struct {
	Name     string
	Document *Document
}

// Request is what is decided: may a user of an account do this?
type Request struct {
	Account int64  // the Uin
	Action  string // "ssl:DescribeCSR"
	// Resource is "*" for an action that is about no resource, as CreateCSR;
	// otherwise six segments, "qcs::ssl::uin/UIN:csr/ID", with "csr/*" for a list
	// of all.
	Resource string
	Address  netip.Addr        // of the caller; the zero Addr where it is not known
	Now      time.Time         // when the request came in
	Values   map[string]string // of [KeyUser] and [KeySecretID], where known
}
