package front

import (
	"net/http"
	"strconv"
	"strings"

	"csrd/action"
	"csrd/sigv1"
	"csrd/tc3"
)

// common are the common parameters of a request (API page "Common Params"):
// headers with TC3, parameters among the others with v1. Region is accepted
// and not needed.
type common struct {
	Action, Version, Timestamp, Token string
	Language                          action.Language
	// With TC3 the header Authorization; with v1 the other four.
	Authorization                               string
	SecretID, Nonce, Signature, SignatureMethod string
}

// commonOfHeaders reads X-TC-Action and so on, under the names that [http.Header]
// has them by: it would put any other form into that one at each request.
func commonOfHeaders(h http.Header) common {
	return common{
		Action:        h.Get("X-Tc-Action"),
		Version:       h.Get("X-Tc-Version"),
		Timestamp:     h.Get("X-Tc-Timestamp"),
		Token:         h.Get("X-Tc-Token"),
		Language:      action.Language(h.Get("X-Tc-Language")),
		Authorization: h.Get("Authorization"),
	}
}

// commonOfParameters parts the common parameters of a v1 request from those of
// the action.
func commonOfParameters(all []sigv1.Parameter) (common, []action.Field, error) {
	var c common
	seen := map[string]bool{}
	rest := []sigv1.Parameter{}
	for _, p := range all {
		if seen[p.Name] { // which of the two was meant, and signed?
			return c, nil, action.GivenTwice(p.Name)
		}
		seen[p.Name] = true
		switch p.Name {
		case "Action":
			c.Action = p.Value
		case "Version":
			c.Version = p.Value
		case "Timestamp":
			c.Timestamp = p.Value
		case "Token":
			c.Token = p.Value
		case "Language":
			c.Language = action.Language(p.Value)
		case "SecretId":
			c.SecretID = p.Value
		case "Nonce":
			c.Nonce = p.Value
		case sigv1.SignatureParameter:
			c.Signature = p.Value
		case "SignatureMethod":
			c.SignatureMethod = p.Value
		case "Region", "RequestClient":
		default:
			rest = append(rest, p)
		}
	}
	return c, fieldsOf(rest), nil
}

// pathOf returns the path as it stands on the wire, which is what v1 signs;
// [url.URL] would encode some characters of it anew.
func pathOf(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") { // "*", or a URL as for a proxy
		return r.URL.EscapedPath()
	}
	return path
}

// Decision: a common parameter that is missing or of a wrong type is told before the signature is looked at; a parameter
// given twice in a v1 request is InvalidParameter; a SignatureMethod besides the two is InvalidParameterValue.

// check reports what is missing, or not of its type.
func (c *common) check(v1 bool) error {
	for _, p := range [...]struct {
		name, value string
		needed      bool
	}{
		{"Action", c.Action, true},
		{"Version", c.Version, true},
		{"Timestamp", c.Timestamp, true},
		{"Nonce", c.Nonce, v1},
		{"SecretId", c.SecretID, v1},
		{"Signature", c.Signature, v1},
		{"Authorization", c.Authorization, !v1},
	} {
		if p.needed && p.value == "" {
			return action.MissingParameter(p.name)
		}
	}
	if _, err := tc3.ParseTimestamp(c.Timestamp); err != nil {
		return action.WrongType("Timestamp", action.Integer)
	}
	if !v1 {
		return nil
	}
	if n, err := strconv.ParseInt(c.Nonce, 10, 64); err != nil || n <= 0 {
		return action.WrongType("Nonce", action.Integer)
	}
	switch sigv1.Method(c.SignatureMethod) {
	case "", sigv1.HmacSHA1, sigv1.HmacSHA256:
		return nil
	}
	return action.Fail(action.CodeInvalidParameterValue, action.Text{
		En: "The value `%.64s` specified in the parameter `SignatureMethod` is not valid: it must be " + string(sigv1.HmacSHA1) + " or " + string(sigv1.HmacSHA256) + ".",
		Zh: "参数 `SignatureMethod` 的取值 `%.64s` 无效：须为 " + string(sigv1.HmacSHA1) + " 或 " + string(sigv1.HmacSHA256) + "。",
	}, c.SignatureMethod)
}

// cloudDomain is the domain of the cloud's own endpoints, whose first label
// names the product.
const cloudDomain = ".tencentcloudapi.com"

// Decision: NoSuchProduct answers a Host under tencentcloudapi.com whose first label is not ssl; any other Host, and any
// service in the credential scope, is taken.

// checkProduct refuses a Host of the cloud that names another product than
// ours, as may come from a client with a wrong endpoint behind a DNS override.
// Any other Host is taken.
func checkProduct(host, ours string) *action.Error {
	name, _, _ := strings.Cut(strings.ToLower(host), ":")
	if !strings.HasSuffix(name, cloudDomain) {
		return nil
	}
	product, _, _ := strings.Cut(name, ".")
	if product == ours {
		return nil
	}
	return action.Fail(action.CodeNoSuchProduct, action.Text{
		En: "The product `%s` of the requested host does not exist here.",
		Zh: "请求域名中的产品 `%s` 在此不存在。",
	}, product)
}
