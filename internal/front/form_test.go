package front_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"csrd/action"
	"csrd/sigv1"
)

// v1 makes a request signed with signature v1: a form, or a query where the
// method is GET. A change of the parameters is made before the signing.
func v1(method string, change func(url.Values)) *http.Request {
	values := url.Values{
		"Action": {"Echo"}, "Version": {version}, "Timestamp": {fmt.Sprint(now.Unix())}, "Nonce": {"11886"},
		"SecretId": {secretID}, "SignatureMethod": {"HmacSHA256"}, "Text": {"a b&c=d é"},
	}
	if change != nil {
		change(values)
	}
	if _, given := values["Signature"]; !given {
		signed := &sigv1.Request{HTTPMethod: method, Host: host, Path: "/"}
		for name := range values {
			signed.Parameters = append(signed.Parameters, sigv1.Parameter{Name: name, Value: values.Get(name)})
		}
		values.Set("Signature", sigv1.Sign(signed, sigv1.Method(values.Get("SignatureMethod")), string(secretKey)))
	}
	text := values.Encode()
	if method == http.MethodGet {
		return httptest.NewRequest(method, "http://"+host+"/?"+text, nil)
	}
	r := httptest.NewRequest(method, "http://"+host+"/", strings.NewReader(text))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

// get makes a GET signed with TC3, its parameters in the query.
func get(action, query string) *http.Request {
	return call(action, "", []change{method("GET"), func(r *http.Request) { r.URL.RawQuery = query }, set("Content-Type", "application/x-www-form-urlencoded")}, nil)
}

// multipart makes a POST of parts signed with TC3.
func multipart(action string, parts ...string) *http.Request {
	var text strings.Builder
	for _, part := range parts {
		text.WriteString("--frontier\r\n" + part + "\r\n")
	}
	text.WriteString("--frontier--\r\n")
	return call(action, text.String(), []change{set("Content-Type", "multipart/form-data; boundary=frontier")}, nil)
}

const textPart = "Content-Disposition: form-data; name=\"Text\"\r\n\r\na b&c=d é"

func TestEveryFormOfARequestIsTaken(t *testing.T) {
	for name, r := range map[string]*http.Request{
		"POST with JSON":    call("Echo", `{"Text":"a b&c=d é"}`, nil, nil),
		"GET with TC3":      get("Echo", "Text=a+b%26c%3Dd%20%C3%A9"),
		"POST in parts":     multipart("Echo", textPart),
		"POST with v1":      v1("POST", nil),
		"GET with v1":       v1("GET", nil),
		"v1 with SHA-1":     v1("POST", func(v url.Values) { v.Set("SignatureMethod", "HmacSHA1") }),
		"v1 as it was once": v1("GET", func(v url.Values) { v.Del("SignatureMethod") }),
		"v1 with a region":  v1("GET", func(v url.Values) { v.Set("Region", ""); v.Set("RequestClient", "SDK_GO"); v.Set("Language", "zh-CN") }),
	} {
		t.Run(name, func(t *testing.T) {
			got := readRecorded(t, newServer().do(r))
			if got.Error != nil || got.Text != "a b&c=d é" || got.Uin != int64(uin) || got.SecretID != secretID || got.RequestId != requestID {
				t.Errorf("answered %+v with error %+v", got, got.Error)
			}
		})
	}
}

func TestWrongFormsAreRefused(t *testing.T) {
	without := func(name string) *http.Request { return v1("POST", func(v url.Values) { v.Del(name) }) }
	with := func(name, value string) *http.Request { return v1("POST", func(v url.Values) { v.Set(name, value) }) }
	unsigned := func(r *http.Request) *http.Request { r.Header.Del("Authorization"); return r }
	const (
		nonce     = "The type of parameter `Nonce` is wrong. The type should be `integer`."
		method    = "The value `HmacMD5` specified in the parameter `SignatureMethod` is not valid: it must be HmacSHA1 or HmacSHA256."
		encoding  = "A parameter is not encoded as percent-encoding has it."
		large     = "The query of the request is larger than 32768 bytes."
		v1large   = "The provided credentials could not be validated because of exceeding request size limit, please use new signature method `TC3-HMAC-SHA256`."
		textTwice = "The parameter `Text` is given twice."
	)
	for _, test := range []struct {
		name    string
		request *http.Request
		code    action.Code
		message string
	}{
		{"no action", without("Action"), action.CodeMissingParameter, missing("Action")},
		{"no version", without("Version"), action.CodeMissingParameter, missing("Version")},
		{"no timestamp", without("Timestamp"), action.CodeMissingParameter, missing("Timestamp")},
		{"no nonce", without("Nonce"), action.CodeMissingParameter, missing("Nonce")},
		{"no SecretId", without("SecretId"), action.CodeMissingParameter, missing("SecretId")},
		{"no signature", with("Signature", ""), action.CodeMissingParameter, missing("Signature")},
		{"a timestamp of letters", with("Timestamp", "now"), action.CodeInvalidParameter, badTimestamp},
		{"a nonce of letters", with("Nonce", "x"), action.CodeInvalidParameter, nonce},
		{"a nonce of 0", with("Nonce", "0"), action.CodeInvalidParameter, nonce},
		{"another method of signing", with("SignatureMethod", "HmacMD5"), action.CodeInvalidParameterValue, method},
		{"late by 301 seconds", with("Timestamp", fmt.Sprint(now.Unix()-301)), action.CodeSignatureExpire, expired},
		{"early by 301 seconds", with("Timestamp", fmt.Sprint(now.Unix()+301)), action.CodeSignatureExpire, expired},
		{"a SecretId with a quote", with("SecretId", "AKID'--"), action.CodeInvalidSecretID, badSecretID},
		{"an unknown SecretId", with("SecretId", "AKIDother"), action.CodeSecretIDNotFound, noSecretID},
		{"another signature", with("Signature", "EliP9YW3pW28FpsEdkXt/+WcGeI="), action.CodeSignatureFailure, badSignature},
		{"a token", with("Token", "t"), action.CodeTokenFailure, badToken},
		{"an unknown version, v1", with("Version", "2020-01-02"), action.CodeNoSuchVersion, badVersion},
		{"an unknown action, v1", with("Action", "Ecko"), action.CodeInvalidAction, badAction},
		{"an unknown parameter", with("Nmae", "x"), action.CodeUnknownParameter, "The parameter `Nmae` is not recognized."},
		{"a form over 1 MB", with("Text", strings.Repeat("x", 1<<20)), action.CodeSignatureFailure, v1large},
		{"a v1 query over 32 KB", v1("GET", func(v url.Values) { v.Set("Text", strings.Repeat("x", 32<<10)) }), action.CodeSignatureFailure, v1large},
		{"a TC3 query over 32 KB", get("Echo", "Text="+strings.Repeat("x", 32<<10)), action.CodeRequestSizeLimitExceeded, large},
		{"a parameter without =", get("Echo", "Text"), action.CodeInvalidParameter, "Url key and value should be splited by `=`."},
		{"a wrong percent-encoding", get("Echo", "Text=%zz"), action.CodeInvalidParameter, encoding},
		{"a parameter twice in a TC3 query", get("Echo", "Text=x&Text=y"), action.CodeInvalidParameter, textTwice},
		{"a GET of nothing", httptest.NewRequest("GET", "http://"+host+"/", nil), action.CodeMissingParameter, missing("Action")},
		{"a TC3 GET that is not signed", unsigned(get("Echo", "Text=x")), action.CodeMissingParameter, missing("Authorization")},
		{"a part twice", multipart("Echo", textPart, textPart), action.CodeInvalidParameter, textTwice},
		{"a part without a name", multipart("Echo", "Content-Disposition: form-data\r\n\r\nx"), action.CodeInvalidRequest, badMultipart},
		{"a part that is not form data", multipart("Echo", "\r\nx"), action.CodeInvalidRequest, badMultipart},
		{"a part with a broken header", multipart("Echo", "Text\r\n\r\nx"), action.CodeInvalidRequest, badMultipart},
		{"very many parts", multipart("Echo", slices.Repeat([]string{textPart}, 1001)...), action.CodeInvalidRequest, badMultipart},
	} {
		t.Run(test.name, func(t *testing.T) {
			wantError(t, readRecorded(t, newServer().do(test.request)), test.code, test.message)
		})
	}
}

// Which of two parameters was meant, and which was signed? With v1 neither.
func TestCommonParameterGivenTwiceIsRefused(t *testing.T) {
	for _, name := range []string{"Action", "Timestamp", "SecretId", "Signature", "Text"} {
		r := v1("GET", nil)
		r.URL.RawQuery += "&" + name + "=x"
		wantError(t, readRecorded(t, newServer().do(r)), action.CodeInvalidParameter, "The parameter `"+name+"` is given twice.")
	}
}
