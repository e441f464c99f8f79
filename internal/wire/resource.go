package wire

import (
	"fmt"

	"csrd/action"
	"csrd/internal/policy"
)

// allCSRs stands for every id.
const allCSRs = "*"

// Decision: policies decide DescribeCSR, DescribeCSRRecord, ModifyCSR and BatchDeleteCSR on qcs::ssl::uin/UIN:csr/ID,
// DescribeCSRSet on qcs::ssl::uin/UIN:csr/*, and all else on *.

// CSRs is what policies name single CSRs of the caller's account (CAM page
// "Resource Description Method": six segments).
func CSRs(call *action.Call, ids ...int64) []string {
	resources := make([]string, len(ids))
	for i, id := range ids {
		resources[i] = csrOf(call, fmt.Sprint(id))
	}
	return resources
}

// CSRList is what policies name the list of CSRs of the caller's account.
func CSRList(call *action.Call) []string { return []string{csrOf(call, allCSRs)} }

func csrOf(call *action.Call, id string) string {
	return fmt.Sprintf("qcs::ssl::uin/%d:csr/%s", call.Caller.Uin, id)
}

// ReadPrivateKey is the permission to be shown a private key and its password.
func ReadPrivateKey() action.Permission { return action.Permission{Name: policy.ReadPrivateKey} }
