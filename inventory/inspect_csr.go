package inventory

import (
	"context"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/wire"
)

type inspectCSRRequest struct {
	Content string `api:"required,secret,lines" doc:"CSRs, certificates or keys: PEM, one block or more, or base64 of DER. At most 256 KB. It may hold a private key: it is neither kept nor shown." zh:"CSR、证书或密钥：PEM，一块或多块，或 DER 的 base64。最多 256 KB。其中可以有私钥：既不保存也不显示。"`
}

type inspectCSRResponse struct {
	Items []csr.Inspected `doc:"What was found, in order." zh:"依次为所发现的内容。"`
	action.Reply
}

func inspectCSR() action.Action[*Service] {
	return action.Define(action.Meta{
		Name:      "InspectCSR",
		Summary:   "Decodes, verifies and checks CSRs, certificates and keys.",
		SummaryZh: "解析、验证并检查 CSR、证书与密钥。",
		DocZh:     "不保存任何内容。无法读取的内容不算接口错误：其类型为 Unknown，并附说明原因的发现项。加密的私钥只描述，不打开。",
		Rate:      10,
		Frequent:  true,
		Doc: "Nothing is kept. What cannot be read is no error of the action: it is of the kind Unknown, with a finding that says why. " +
			"An encrypted private key is described and not opened.",
		Example: action.Example{
			Parameters: `{"Content": "-----BEGIN CERTIFICATE REQUEST-----\nMIIBajCCARACAQAwajEZMBcGA1UEAwwQc2hvcC5leGFtcGxlLmNvbTEQMA4GA1UE\nCgwHRXhhbXBsZTELMAkGA1UECwwCSVQxETAPBgNVBAcMCENoYW5nc2hhMQ4wDAYD\nVQQIDAVIdW5hbjELMAkGA1UEBhMCQ04wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\nAATajkRRBE0dedXk72il8PmpU6fPDhh30KNLK+zTfx4P2Q+YhplZr82p8ieNNM4/\nIp87RVFyPWv/o/1/KtGB8ga2oEQwQgYJKoZIhvcNAQkOMTUwMzAxBgNVHREEKjAo\nghBzaG9wLmV4YW1wbGUuY29tghR3d3cuc2hvcC5leGFtcGxlLmNvbTAKBggqhkjO\nPQQDAgNIADBFAiEA/M07epVyVKsaVRv2Lm0hz+nQbxc8bPGZ+5DYTab8CQgCIEra\n58Ug3YXA/E5/PspnbeR6upw/8hnLQ/2m2zffITy0\n-----END CERTIFICATE REQUEST-----\n"}`,
			Response:   `{"Items": [{"Kind": "CSR", "Label": "CERTIFICATE REQUEST", "Subject": [{"Name": "CN", "Type": "UTF8String", "Value": "shop.example.com"}, {"Name": "O", "Type": "UTF8String", "Value": "Example"}, {"Name": "OU", "Type": "UTF8String", "Value": "IT"}, {"Name": "L", "Type": "UTF8String", "Value": "Changsha"}, {"Name": "ST", "Type": "UTF8String", "Value": "Hunan"}, {"Name": "C", "Type": "PrintableString", "Value": "CN"}], "Issuer": [], "Serial": "", "NotBefore": "", "NotAfter": "", "CA": false, "EncryptAlgo": "ECC", "KeyParameter": "prime256v1", "SPKISHA256": "<SHA-256>", "AltNames": [{"Type": "DNS", "Value": "shop.example.com"}, {"Type": "DNS", "Value": "www.shop.example.com"}], "Extensions": [{"OID": "2.5.29.17", "Name": "subjectAltName", "Critical": false, "Value": ""}], "SignatureAlgo": "ECDSA-SHA256", "Signature": "valid", "ChallengePassword": false, "Encryption": "", "Findings": [{"Severity": "hint", "Code": "ou", "Field": "Subject.OU", "Value": "IT", "Reason": "is no longer put into certificates by public CAs (CA/Browser Forum ballot SC47v2)", "ReasonZh": "公共 CA 已不再将其写入证书（CA/Browser Forum ballot SC47v2）"}]}], "RequestId": "00000000-0000-4000-8000-000000000013"}`,
		},
		Outcomes: []action.Outcome{wire.Unauthorized()},
	}, (*Service).inspectCSR)
}

func (s *Service) inspectCSR(ctx context.Context, call *action.Call, r *inspectCSRRequest) (*inspectCSRResponse, error) {
	content := csr.Plain(r.Content)
	defer clear(content)
	var items []csr.Inspected
	err := s.Generator.Bounded(ctx, func() error {
		items = csr.Inspect(content, "", call.Now)
		return nil
	})
	if err != nil {
		return nil, wire.Error(err, wire.CodeWithDetailReason)
	}
	return &inspectCSRResponse{Items: items}, nil
}
