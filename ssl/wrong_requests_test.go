package ssl_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"csrd/action"
)

// wrongRequests is the table of what can be wrong with a request.
func wrongRequests() []wrongRequest {
	return slices.Concat(
		wrongMethodsAndTypes(), wrongCommonParameters(), wrongAuthorizations(), wrongSignatures(), wrongV1(),
		wrongProducts(), wrongBodies(), wrongParameters(), wrongTwice(),
	)
}

// edit changes the Authorization header.
func edit(old, new string) func(*draftRequest) {
	return func(d *draftRequest) {
		value := d.header.Get("Authorization")
		if !strings.Contains(value, old) {
			panic("the test edits nothing: " + old)
		}
		d.header.Set("Authorization", strings.Replace(value, old, new, 1))
	}
}

func header(name, value string) func(*draftRequest) {
	return func(d *draftRequest) { d.header.Set(name, value) }
}

func noHeader(name string) func(*draftRequest) {
	return func(d *draftRequest) { d.header.Del(name) }
}

func param(name, value string) func(*draftRequest) {
	return func(d *draftRequest) { d.set(name, value) }
}

func noParam(name string) func(*draftRequest) {
	return func(d *draftRequest) { d.drop(name) }
}

func all(changes ...func(*draftRequest)) func(*draftRequest) {
	return func(d *draftRequest) {
		for _, change := range changes {
			change(d)
		}
	}
}

func wrongMethodsAndTypes() (table []wrongRequest) {
	for _, method := range []string{"PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get"} {
		table = append(table, wrongRequest{name: "method " + method, form: postJSON, code: action.CodeUnsupportedProtocol,
			after: func(d *draftRequest) { d.method = method }})
	}
	for _, contentType := range []string{"", "text/plain", "application/xml", "application/octet-stream", "application/octet-stream; charset=utf-8", "json", "application/json-rpc", "application/json;=", "multipart/mixed; boundary=x"} {
		table = append(table, wrongRequest{name: "content type " + contentType, form: postJSON, code: action.CodeUnsupportedOperation,
			before: header("Content-Type", contentType)})
	}
	return append(table, wrongRequest{name: "a form signed with TC3", form: postJSON, code: action.CodeUnsupportedOperation,
		before: header("Content-Type", "application/x-www-form-urlencoded")})
}

func wrongCommonParameters() (table []wrongRequest) {
	for _, form := range []string{postJSON, postParts, getTC3} {
		for _, name := range []string{"X-TC-Action", "X-TC-Version"} {
			table = append(table, wrongRequest{name: form + " without " + name, form: form, code: action.CodeMissingParameter, after: noHeader(name)})
		}
	}
	for _, form := range []string{postJSON, postParts} {
		table = append(table,
			wrongRequest{name: form + " without X-TC-Timestamp", form: form, code: action.CodeMissingParameter, after: noHeader("X-TC-Timestamp")},
			wrongRequest{name: form + " without Authorization", form: form, code: action.CodeMissingParameter, after: noHeader("Authorization")})
	}
	table = append(table,
		wrongRequest{name: "GET, TC3 without Authorization", form: getTC3, code: action.CodeMissingParameter, after: noHeader("Authorization")},
		wrongRequest{name: "GET, TC3 without X-TC-Timestamp", form: getTC3, code: action.CodeMissingParameter, after: noHeader("X-TC-Timestamp")},
		wrongRequest{name: "GET with nothing", form: getV1, code: action.CodeMissingParameter, after: func(d *draftRequest) { d.params = nil }, unread: true})
	for _, timestamp := range []string{"abc", "1.5e9", "-1", "+1692956640", "0x5f", "99999999999999999999", "1692956640 "} {
		if strings.TrimSpace(timestamp) != timestamp {
			continue // HTTP trims it
		}
		table = append(table, wrongRequest{name: "X-TC-Timestamp " + timestamp, form: postJSON, code: action.CodeInvalidParameter, after: header("X-TC-Timestamp", timestamp)})
	}
	return table
}

func wrongAuthorizations() []wrongRequest {
	const bad = action.CodeInvalidAuthorization
	table := []wrongRequest{
		{name: "Authorization SKIP", after: header("Authorization", "SKIP"), code: bad},
		{name: "Authorization of another scheme", after: header("Authorization", "Basic YTpi"), code: bad},
		{name: "Authorization of another algorithm", after: edit("TC3-HMAC-SHA256", "TC3-HMAC-SM3"), code: bad},
		{name: "Authorization in lower case", after: edit("TC3-HMAC-SHA256", "tc3-hmac-sha256"), code: bad},
		{name: "Authorization of the algorithm alone", after: header("Authorization", "TC3-HMAC-SHA256"), code: bad},
		{name: "Authorization without Credential", after: edit("Credential=", "Kredential="), code: bad},
		{name: "Authorization with two Credentials", after: edit(", SignedHeaders", ", Credential=a/2023-08-25/ssl/tc3_request, SignedHeaders"), code: bad},
		{name: "Authorization without SignedHeaders", after: edit("SignedHeaders=content-type;host, ", ""), code: bad},
		{name: "Authorization without Signature", after: edit(", Signature=", ", "), code: bad},
		{name: "Authorization of 3 KB", after: edit("/ssl/", "/"+strings.Repeat("s", 3000)+"/"), code: bad},
		{name: "scope of three parts", after: edit("/ssl/", "/"), code: bad},
		{name: "scope of five parts", after: edit("/ssl/", "/ssl/extra/"), code: bad},
		{name: "scope without service", after: edit("/ssl/", "//"), code: bad},
		{name: "scope with another end", after: edit("tc3_request", "aws4_request"), code: bad},
		{name: "scope's date of another day", after: edit("2023-08-25", "2023-08-24"), code: bad},
		{name: "scope's date that is none", after: edit("2023-08-25", "2023-02-30"), code: bad},
		{name: "scope's date without hyphens", after: edit("2023-08-25", "20230825"), code: bad},
		{name: "SignedHeaders without host", after: edit("content-type;host", "content-type"), code: bad},
		{name: "SignedHeaders without content-type", after: edit("content-type;host", "host"), code: bad},
		{name: "SignedHeaders in upper case", after: edit("content-type;host", "Content-Type;Host"), code: bad},
		{name: "SignedHeaders with a header twice", after: edit("content-type;host", "content-type;host;host"), code: bad},
		{name: "SignedHeaders with an empty name", after: edit("content-type;host", "content-type;;host"), code: bad},
		{name: "Signature of 63 digits", after: func(d *draftRequest) {
			value := d.header.Get("Authorization")
			d.header.Set("Authorization", value[:len(value)-1])
		}, code: bad},
		{name: "Signature that is not hexadecimal", after: func(d *draftRequest) {
			value := d.header.Get("Authorization")
			d.header.Set("Authorization", value[:len(value)-1]+"g")
		}, code: bad},
		{name: "SecretId empty", after: edit("Credential=alice/", "Credential=/"), code: action.CodeInvalidSecretID},
		{name: "SecretId with a dot", after: edit("Credential=alice/", "Credential=al.ice/"), code: action.CodeInvalidSecretID},
		{name: "SecretId with a quote", after: edit("Credential=alice/", "Credential=alice'/"), code: action.CodeInvalidSecretID},
		{name: "SecretId of 129", after: edit("Credential=alice/", "Credential="+strings.Repeat("a", 129)+"/"), code: action.CodeInvalidSecretID},
		{name: "SecretId unknown", after: edit("Credential=alice/", "Credential=mallory/"), code: action.CodeSecretIDNotFound},
		{name: "SecretId in another case", after: edit("Credential=alice/", "Credential=Alice/"), code: action.CodeSecretIDNotFound},
		{name: "TC3 signed 301 seconds ago", before: func(d *draftRequest) { d.at = d.at.Add(-301 * time.Second) }, code: action.CodeSignatureExpire},
		{name: "TC3 signed 301 seconds ahead", before: func(d *draftRequest) { d.at = d.at.Add(301 * time.Second) }, code: action.CodeSignatureExpire},
		{name: "TC3 signed in 1970", before: func(d *draftRequest) { d.at = time.Unix(1, 0) }, code: action.CodeSignatureExpire},
		{name: "TC3 with a token", before: header("X-TC-Token", "tok/en+VALUE=="), code: action.CodeTokenFailure},
	}
	for i := range table {
		table[i].form = postJSON
	}
	return table
}

func wrongSignatures() []wrongRequest {
	const bad = action.CodeSignatureFailure
	table := []wrongRequest{
		{name: "TC3 of another key", form: postJSON, before: func(d *draftRequest) { d.secretKey += "x" }},
		{name: "TC3 of an empty key", form: postJSON, before: func(d *draftRequest) { d.secretKey = "" }},
		{name: "TC3, another body", form: postJSON, params: `{"Limit":1}`, after: func(d *draftRequest) { d.body = []byte(`{"Limit":2}`) }},
		{name: "TC3, a body the same but for a space", form: postJSON, params: `{"Limit":1}`, after: func(d *draftRequest) { d.body = []byte(`{"Limit": 1}`) }},
		{name: "TC3, another multipart body", form: postParts, params: "Limit=1", after: func(d *draftRequest) { d.body = bytes.Replace(d.body, []byte("\r\n1\r\n"), []byte("\r\n2\r\n"), 1) }},
		{name: "TC3, another host", form: postJSON, after: func(d *draftRequest) { d.host = "other.example.com" }},
		{name: "TC3, another content type", form: postJSON, after: header("Content-Type", "application/json; charset=utf-8")},
		{name: "TC3, another timestamp", form: postJSON, after: header("X-TC-Timestamp", "1692927840")},
		{name: "TC3, another service", form: postJSON, after: edit("/ssl/", "/cvm/")},
		{name: "TC3, more headers named than were signed", form: postJSON, after: edit("content-type;host", "content-type;host;x-tc-action")},
		{name: "TC3, another action where it is signed", form: postJSON,
			before: func(d *draftRequest) { d.extra = []string{"x-tc-action"} }, after: header("X-TC-Action", "CreateCSR")},
		{name: "TC3, another query", form: getTC3, params: "Limit=1", after: param("Limit", "2")},
		{name: "TC3, a query in another order", form: getTC3, params: "Limit=1&Offset=2", after: func(d *draftRequest) { slices.Reverse(d.params) }},
		{name: "TC3, said to be unsigned and signed", form: postJSON, after: header("X-TC-Content-SHA256", "UNSIGNED-PAYLOAD")},
		{name: "TC3, said to be signed and unsigned", form: postJSON, before: header("X-TC-Content-SHA256", "UNSIGNED-PAYLOAD"), after: noHeader("X-TC-Content-SHA256")},
	}
	for i := range table {
		table[i].code = bad
	}
	return table
}

func wrongV1() (table []wrongRequest) {
	for _, form := range []string{postForm, getV1} {
		add := func(name string, code action.Code, before, after func(*draftRequest)) {
			table = append(table, wrongRequest{name: form + ", " + name, form: form, params: "Limit=1", before: before, after: after, code: code})
		}
		for _, name := range []string{"Action", "Version", "Timestamp", "Nonce", "SecretId"} {
			add("without "+name, action.CodeMissingParameter, noParam(name), nil)
		}
		add("without Signature", action.CodeMissingParameter, nil, noParam("Signature"))
		add("with an empty Signature", action.CodeMissingParameter, nil, param("Signature", ""))
		add("Timestamp no number", action.CodeInvalidParameter, param("Timestamp", "now"), nil)
		add("Nonce no number", action.CodeInvalidParameter, param("Nonce", "x"), nil)
		add("Nonce zero", action.CodeInvalidParameter, param("Nonce", "0"), nil)
		add("Nonce negative", action.CodeInvalidParameter, param("Nonce", "-5"), nil)
		add("SignatureMethod unknown", action.CodeInvalidParameterValue, param("SignatureMethod", "HmacMD5"), nil)
		add("SignatureMethod in lower case", action.CodeInvalidParameterValue, param("SignatureMethod", "hmacsha256"), nil)
		add("SecretId with a dot", action.CodeInvalidSecretID, param("SecretId", "al.ice"), nil)
		add("SecretId unknown", action.CodeSecretIDNotFound, param("SecretId", "mallory"), nil)
		add("signed 301 seconds ago", action.CodeSignatureExpire, param("Timestamp", "1692927538"), nil)
		add("signed 301 seconds ahead", action.CodeSignatureExpire, param("Timestamp", "1692928140"), nil)
		add("of another key", action.CodeSignatureFailure, func(d *draftRequest) { d.secretKey += "x" }, nil)
		add("another value", action.CodeSignatureFailure, nil, param("Limit", "2"))
		add("a parameter more", action.CodeSignatureFailure, nil, param("Offset", "1"))
		add("a parameter less", action.CodeSignatureFailure, nil, noParam("Limit"))
		add("another action", action.CodeSignatureFailure, nil, param("Action", "CreateCSR"))
		add("another SignatureMethod", action.CodeSignatureFailure, nil, param("SignatureMethod", "HmacSHA1"))
		add("another host", action.CodeSignatureFailure, nil, func(d *draftRequest) { d.host = "other.example.com" })
		add("another path", action.CodeSignatureFailure, nil, func(d *draftRequest) { d.path = "/v2/index.php" })
		add("Signature no base64", action.CodeSignatureFailure, nil, param("Signature", "!!!"))
		add("with a token", action.CodeTokenFailure, param("Token", "tok/en+VALUE=="), nil)
		add("of another version", action.CodeNoSuchVersion, param("Version", "2017-03-12"), nil)
		add("an unknown action", action.CodeInvalidAction, param("Action", "DescribeCSRs"), nil)
		add("a parameter twice", action.CodeInvalidParameter, func(d *draftRequest) { d.params = append(d.params, d.params[0]) }, nil)
	}
	return append(table,
		wrongRequest{name: "POST form, v1, without =", form: postForm, code: action.CodeInvalidParameter, after: func(d *draftRequest) { d.body = []byte("Action=DescribeCSRSet&Limit") }, unread: true},
		wrongRequest{name: "POST form, v1, wrong encoding", form: postForm, code: action.CodeInvalidParameter, after: func(d *draftRequest) { d.body = []byte("Action=DescribeCSRSet&Limit=%zz") }, unread: true},
		wrongRequest{name: "POST form, v1, empty", form: postForm, code: action.CodeMissingParameter, after: func(d *draftRequest) { d.body = []byte{} }, unread: true},
	)
}

func wrongProducts() []wrongRequest {
	table := []wrongRequest{
		{name: "the host of another product", before: func(d *draftRequest) { d.host = "cvm.tencentcloudapi.com" }, code: action.CodeNoSuchProduct},
		{name: "the host of another product, international", before: func(d *draftRequest) { d.host = "CVM.intl.tencentcloudapi.com" }, code: action.CodeNoSuchProduct},
		{name: "another version", before: header("X-TC-Version", "2017-03-12"), code: action.CodeNoSuchVersion},
		{name: "a version that is no date", before: header("X-TC-Version", "latest"), code: action.CodeNoSuchVersion},
		{name: "an unknown action", before: header("X-TC-Action", "DescribeCSRs"), code: action.CodeInvalidAction},
		{name: "an action in another case", before: header("X-TC-Action", "describeCSRSet"), code: action.CodeInvalidAction},
		{name: "an action of 1,000 letters", before: header("X-TC-Action", strings.Repeat("A", 1000)), code: action.CodeInvalidAction},
	}
	for i := range table {
		table[i].form = postJSON
	}
	return table
}

func wrongBodies() []wrongRequest {
	body := func(text string) func(*draftRequest) { return func(d *draftRequest) { d.body = []byte(text) } }
	multipart := func(contentType, text string) func(*draftRequest) {
		return all(header("Content-Type", contentType), body(text))
	}
	const typed = "multipart/form-data; boundary=b"
	return []wrongRequest{
		{name: "JSON of more than 10 MB", form: postJSON, before: body(strings.Repeat(" ", 10<<20+1)), code: action.CodeRequestSizeLimitExceeded},
		{name: "multipart of more than 10 MB", form: postParts, before: body(strings.Repeat(" ", 10<<20+1)), code: action.CodeRequestSizeLimitExceeded},
		{name: "a form of more than 1 MB", form: postForm, params: "Domain=" + strings.Repeat("d", 1<<20), code: action.CodeSignatureFailure, unread: true},
		{name: "a query of more than 32 KB, TC3", form: getTC3, params: "Domain=" + strings.Repeat("d", 32<<10), code: action.CodeRequestSizeLimitExceeded},
		{name: "a query of more than 32 KB, v1", form: getV1, params: "Domain=" + strings.Repeat("d", 32<<10), code: action.CodeSignatureFailure, unread: true},
		{name: "a query of 200 KB, TC3", form: getTC3, params: "Domain=" + strings.Repeat("d", 200<<10), code: action.CodeRequestSizeLimitExceeded},
		{name: "a query of 200 KB, v1", form: getV1, params: "Domain=" + strings.Repeat("d", 200<<10), code: action.CodeSignatureFailure, unread: true},
		{name: "headers of more than 64 KB, TC3", form: postJSON, after: header("X-A", strings.Repeat("a", 64<<10)), code: action.CodeRequestSizeLimitExceeded},
		{name: "headers of more than 64 KB, v1", form: postForm, after: header("X-A", strings.Repeat("a", 64<<10)), code: action.CodeSignatureFailure, unread: true},
		{name: "headers of more than 64 KB, v1 by GET", form: getV1, after: header("X-A", strings.Repeat("a", 64<<10)), code: action.CodeSignatureFailure, unread: true},
		{name: "a head of more than 256 KB", form: postJSON, after: header("X-A", strings.Repeat("a", 300<<10)), code: action.CodeRequestSizeLimitExceeded, unread: true},
		{name: "JSON cut off", form: postJSON, before: body(`{"Limit":1`), code: action.CodeInvalidParameter},
		{name: "JSON with a comma too many", form: postJSON, before: body(`{"Limit":1,}`), code: action.CodeInvalidParameter},
		{name: "two JSON texts", form: postJSON, before: body(`{}{}`), code: action.CodeInvalidParameter},
		{name: "JSON that is a list", form: postJSON, before: body(`[]`), code: action.CodeInvalidParameter},
		{name: "JSON that is null", form: postJSON, before: body(`null`), code: action.CodeInvalidParameter},
		{name: "JSON that is a number beyond any float", form: postJSON, before: body(`1e999`), code: action.CodeInvalidParameter},
		{name: "a list of 1,001 names", form: postJSON, action: "CreateCSR", params: `{"SubjectAltName":[` + strings.Repeat(`"",`, 1000) + `""],"Domain":"d","Organization":"o","Department":"d","Email":"e","Province":"p","City":"c","Country":"CN","EncryptAlgo":"ECC","KeyParameter":"prime256v1","Generate":false}`, code: action.CodeInvalidParameterValue},
		{name: "JSON nested 20,000 deep", form: postJSON, before: body(strings.Repeat("[", 20000)), code: action.CodeInvalidParameter},
		{name: "JSON that is not UTF-8", form: postJSON, before: body("{\"Domain\":\"\xff\"}"), code: action.CodeInvalidParameter},
		{name: "a query that is not UTF-8", form: getTC3, params: "Domain=%ff", code: action.CodeInvalidParameter},
		{name: "multipart without a boundary", form: postParts, before: multipart("multipart/form-data", "--b--"), code: action.CodeInvalidRequest},
		{name: "multipart with another boundary", form: postParts, before: multipart(typed, "--c\r\nContent-Disposition: form-data; name=\"Limit\"\r\n\r\n1\r\n--c--\r\n"), code: action.CodeInvalidRequest},
		{name: "multipart cut off", form: postParts, before: multipart(typed, "--b\r\nContent-Disposition: form-data; name=\"Limit\"\r\n\r\n1"), code: action.CodeInvalidRequest},
		{name: "multipart with a part without a name", form: postParts, before: multipart(typed, "--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--\r\n"), code: action.CodeInvalidRequest},
		{name: "multipart of 1,001 parts", form: postParts, before: multipart(typed, strings.Repeat("--b\r\nContent-Disposition: form-data; name=\"Limit\"\r\n\r\n1\r\n", 1001)+"--b--\r\n"), code: action.CodeInvalidRequest},
		{name: "multipart with JSON that is none", form: postParts, before: multipart(typed, "--b\r\nContent-Disposition: form-data; name=\"Limit\"\r\nContent-Type: application/json\r\n\r\n{\r\n--b--\r\n"), code: action.CodeInvalidParameter},
	}
}

func wrongParameters() (table []wrongRequest) {
	for _, form := range []string{postParts, getTC3, postForm, getV1} {
		for _, test := range []struct {
			name, action, params string
			code                 action.Code
		}{
			{"an unknown parameter", "DescribeCSRSet", "Limits=1", action.CodeUnknownParameter},
			{"a parameter in another case", "DescribeCSRSet", "limit=1", action.CodeUnknownParameter},
			{"no number", "DescribeCSRSet", "Limit=ten", action.CodeInvalidParameter},
			{"a fraction", "DescribeCSRSet", "Limit=1.5", action.CodeInvalidParameter},
			{"a number above the bound", "DescribeCSRSet", "Limit=101", action.CodeInvalidParameterValue},
			{"a negative number", "DescribeCSRSet", "Offset=-1", action.CodeInvalidParameterValue},
			{"a list without an index", "BatchDeleteCSR", "CSRIds=1", action.CodeInvalidParameter},
			{"a list with a name for an index", "BatchDeleteCSR", "CSRIds.first=1", action.CodeInvalidParameter},
			{"a list of texts", "BatchDeleteCSR", "CSRIds.0=1&CSRIds.1=x", action.CodeInvalidParameter},
			{"no list", "BatchDeleteCSR", "", action.CodeMissingParameter},
			{"a list for a number", "DescribeCSR", "CSRId.0=1", action.CodeInvalidParameter},
			{"no boolean", "ModifyCSR", "CSRId=1&Generate=yes", action.CodeInvalidParameter},
			{"a required parameter empty", "ModifyCSR", "CSRId=1&Generate=", action.CodeMissingParameter},
			{"the id of none", "DescribeCSR", "CSRId=1", "InvalidParameter.InvalidCSRId"},
		} {
			table = append(table, wrongRequest{name: form + ", " + test.name, form: form, action: test.action, params: test.params, code: test.code})
		}
	}
	return table
}

// wrongTwice has two things wrong: the answer tells the one that is checked
// first.
func wrongTwice() []wrongRequest {
	badKey := func(d *draftRequest) { d.secretKey += "x" }
	return []wrongRequest{
		{name: "method before content type", form: postJSON, before: header("Content-Type", "text/plain"), after: func(d *draftRequest) { d.method = http.MethodPut }, code: action.CodeUnsupportedProtocol},
		{name: "content type before size", form: postJSON, before: all(header("Content-Type", "text/plain"), func(d *draftRequest) { d.body = make([]byte, 11<<20) }), code: action.CodeUnsupportedOperation},
		{name: "size before a missing action", form: postJSON, before: func(d *draftRequest) { d.body = make([]byte, 10<<20+1) }, after: noHeader("X-TC-Action"), code: action.CodeRequestSizeLimitExceeded},
		{name: "a missing action before a missing version", form: postJSON, after: all(noHeader("X-TC-Action"), noHeader("X-TC-Version")), code: action.CodeMissingParameter},
		{name: "a missing timestamp before a wrong Authorization", form: postJSON, after: all(noHeader("X-TC-Timestamp"), header("Authorization", "SKIP")), code: action.CodeMissingParameter},
		{name: "a malformed Authorization before an expired timestamp", form: postJSON, before: func(d *draftRequest) { d.at = time.Unix(1, 0) }, after: edit("tc3_request", "x"), code: action.CodeInvalidAuthorization},
		{name: "an expired timestamp before an unknown SecretId", form: postJSON, before: func(d *draftRequest) { d.at = time.Unix(1, 0) }, after: edit("Credential=alice/", "Credential=mallory/"), code: action.CodeSignatureExpire},
		{name: "an unknown SecretId before a wrong signature", form: postJSON, before: badKey, after: edit("Credential=alice/", "Credential=mallory/"), code: action.CodeSecretIDNotFound},
		{name: "a token before a wrong signature", form: postJSON, before: all(badKey, header("X-TC-Token", "t")), code: action.CodeTokenFailure},
		{name: "a wrong signature before an unknown action", form: postJSON, before: all(badKey, header("X-TC-Action", "X")), code: action.CodeSignatureFailure},
		{name: "a wrong signature before a body that is no JSON", form: postJSON, params: "x", before: badKey, code: action.CodeSignatureFailure},
		{name: "a token before another version", form: postJSON, before: all(header("X-TC-Token", "t"), header("X-TC-Version", "x")), code: action.CodeTokenFailure},
		{name: "another product before another version", form: postJSON, before: all(func(d *draftRequest) { d.host = "cvm.tencentcloudapi.com" }, header("X-TC-Version", "x")), code: action.CodeNoSuchProduct},
		{name: "another version before an unknown action", form: postJSON, before: all(header("X-TC-Version", "x"), header("X-TC-Action", "X")), code: action.CodeNoSuchVersion},
		{name: "an unknown action before a body that is no JSON", form: postJSON, params: "x", before: header("X-TC-Action", "X"), code: action.CodeInvalidAction},
		{name: "an unknown parameter before a missing one", form: postJSON, action: "DescribeCSR", params: `{"CSRid":1}`, code: action.CodeUnknownParameter},
		{name: "a missing parameter before a wrong type", form: postJSON, action: "ModifyCSR", params: `{"Generate":1}`, code: action.CodeMissingParameter},
		{name: "a wrong type before a rule", form: postJSON, action: "ModifyCSR", params: `{"CSRId":1,"Generate":true,"Domain":1,"Email":""}`, code: action.CodeInvalidParameter},
	}
}
