package sigv1_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"csrd/sigv1"
)

// The worked example of the API page "Signature v1".
func example() (*sigv1.Request, string) {
	parameters, err := sigv1.ParseParameters("Action=DescribeInstances&InstanceIds.0=ins-09dx96dg&Limit=20&Nonce=11886&Offset=0" +
		"&Region=ap-guangzhou&SecretId=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE&Timestamp=1465185768&Version=2017-03-12")
	if err != nil {
		panic(err)
	}
	return &sigv1.Request{HTTPMethod: http.MethodGet, Host: "cvm.tencentcloudapi.com", Path: "/", Parameters: parameters},
		"Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
}

func TestSignGivesTheDocumentedSignature(t *testing.T) {
	r, key := example()
	slices.Reverse(r.Parameters) // the order is not the request's
	if got, want := sigv1.Sign(r, sigv1.HmacSHA1, key), "EliP9YW3pW28FpsEdkXt/+WcGeI="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestVerifyRefusesWhatWasChanged(t *testing.T) {
	for _, method := range []sigv1.Method{sigv1.HmacSHA1, sigv1.HmacSHA256} {
		for _, test := range []struct {
			name   string
			change func(*sigv1.Request, *string)
			ok     bool
		}{
			{"nothing", func(*sigv1.Request, *string) {}, true},
			{"a port added, which Node does not sign", func(r *sigv1.Request, _ *string) { r.Host += ":8443" }, true},
			{"a line end behind the signature, as Ruby has it", func(_ *sigv1.Request, s *string) { *s += "\n" }, true},
			{"the signature among the parameters", func(r *sigv1.Request, s *string) {
				r.Parameters = append(r.Parameters, sigv1.Parameter{Name: "Signature", Value: *s})
			}, true},
			{"the method", func(r *sigv1.Request, _ *string) { r.HTTPMethod = http.MethodPost }, false},
			{"the host", func(r *sigv1.Request, _ *string) { r.Host = "ssl.tencentcloudapi.com" }, false},
			{"the path", func(r *sigv1.Request, _ *string) { r.Path = "/v2" }, false},
			{"a value", func(r *sigv1.Request, _ *string) { r.Parameters[2].Value = "21" }, false},
			{"a name", func(r *sigv1.Request, _ *string) { r.Parameters[2].Name = "limit" }, false},
			{"a parameter more", func(r *sigv1.Request, _ *string) {
				r.Parameters = append(r.Parameters, sigv1.Parameter{Name: "Z", Value: ""})
			}, false},
			{"a parameter less", func(r *sigv1.Request, _ *string) { r.Parameters = r.Parameters[1:] }, false},
			{"the signature cut", func(_ *sigv1.Request, s *string) { *s = (*s)[:4] }, false},
			{"no signature", func(_ *sigv1.Request, s *string) { *s = "" }, false},
			{"a signature that is no base64", func(_ *sigv1.Request, s *string) { *s = "%%%" }, false},
		} {
			t.Run(string(method)+" "+test.name, func(t *testing.T) {
				r, key := example()
				signature := sigv1.Sign(r, method, key)
				test.change(r, &signature)
				err := sigv1.Verify(r, method, key, signature)
				if test.ok && err != nil || !test.ok && !errors.Is(err, sigv1.ErrMismatch) {
					t.Errorf("error %v", err)
				}
			})
		}
	}
}

func TestOneMethodsSignatureIsNotTheOthers(t *testing.T) {
	r, key := example()
	if err := sigv1.Verify(r, sigv1.HmacSHA256, key, sigv1.Sign(r, sigv1.HmacSHA1, key)); !errors.Is(err, sigv1.ErrMismatch) {
		t.Errorf("error %v", err)
	}
}

func TestParseParameters(t *testing.T) {
	got, err := sigv1.ParseParameters("&A=1+2%20%2B&B=&A.0=x=y&")
	want := []sigv1.Parameter{{Name: "A", Value: "1 2 +"}, {Name: "B", Value: ""}, {Name: "A.0", Value: "x=y"}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if _, err := sigv1.ParseParameters("A=1&B"); !errors.Is(err, sigv1.ErrNoEquals) {
		t.Errorf("error %v, want %v", err, sigv1.ErrNoEquals)
	}
	for _, raw := range []string{"A=%", "A=%zz", "%4=1"} {
		if _, err := sigv1.ParseParameters(raw); err == nil {
			t.Errorf("%q is taken", raw)
		}
	}
}

// What official SDKs sent is accepted; with anything changed of what they
// signed it is not.
func TestCapturedRequestsOfOfficialSDKs(t *testing.T) {
	const key = "SKexample0123456789ABCDEFGHIJKLM"
	files, err := filepath.Glob("testdata/captures/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("no captured request found: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".http"), func(t *testing.T) {
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			h, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
			if err != nil {
				t.Fatal(err)
			}
			form := h.URL.RawQuery
			if h.Method == http.MethodPost {
				body, err := io.ReadAll(h.Body)
				if err != nil {
					t.Fatal(err)
				}
				form = string(body)
			}
			r := &sigv1.Request{HTTPMethod: h.Method, Host: h.Host, Path: h.URL.EscapedPath()}
			if r.Parameters, err = sigv1.ParseParameters(form); err != nil {
				t.Fatal(err)
			}
			var method sigv1.Method
			var signature string
			for _, p := range r.Parameters {
				switch p.Name {
				case "SignatureMethod":
					method = sigv1.Method(p.Value)
				case "Signature":
					signature = p.Value
				}
			}
			if err := sigv1.Verify(r, method, key, signature); err != nil {
				t.Fatal(err)
			}
			for i, p := range r.Parameters {
				if p.Name == sigv1.SignatureParameter {
					continue
				}
				for j := range p.Value {
					changed := []byte(p.Value)
					changed[j] ^= 1
					r.Parameters[i].Value = string(changed)
					if err := sigv1.Verify(r, method, key, signature); !errors.Is(err, sigv1.ErrMismatch) {
						t.Fatalf("byte %d of %s changed: error %v", j, p.Name, err)
					}
				}
				r.Parameters[i].Value = p.Value
				for j := range p.Name {
					changed := []byte(p.Name)
					changed[j] ^= 1
					r.Parameters[i].Name = string(changed)
					if err := sigv1.Verify(r, method, key, signature); !errors.Is(err, sigv1.ErrMismatch) {
						t.Fatalf("byte %d of the name %s changed: error %v", j, p.Name, err)
					}
				}
				r.Parameters[i].Name = p.Name
			}
			// Besides the parameters: the method, the host and the path.
			for _, change := range []func(){
				func() { r.HTTPMethod = http.MethodPut },
				func() { r.HTTPMethod, r.Host = h.Method, "x"+h.Host },
				func() { r.Host, r.Path = h.Host, "/x" },
			} {
				change()
				if err := sigv1.Verify(r, method, key, signature); !errors.Is(err, sigv1.ErrMismatch) {
					t.Errorf("%s %s%s: error %v", r.HTTPMethod, r.Host, r.Path, err)
				}
			}
		})
	}
}

// Whatever the form, parsing does not panic, and what it accepts is signed and
// verified as it is.
func FuzzVerify(f *testing.F) {
	f.Add("Action=DescribeCSRSet&CSRIds.0=11&Remark=", "127.0.0.1:9402", "/", "x")
	f.Add("a_b=1&a.b=2&=&%20=+", "[::1]", "", "y")
	f.Fuzz(func(t *testing.T, form, host, path, signature string) {
		parameters, err := sigv1.ParseParameters(form)
		if err != nil {
			return
		}
		r := &sigv1.Request{HTTPMethod: http.MethodGet, Host: host, Path: path, Parameters: parameters}
		own := sigv1.Sign(r, sigv1.HmacSHA256, "key")
		if err := sigv1.Verify(r, sigv1.HmacSHA256, "key", own); err != nil {
			t.Fatalf("own signature refused: %v", err)
		}
		if strings.TrimRight(signature, "\n ") != own && sigv1.Verify(r, sigv1.HmacSHA256, "key", signature) == nil {
			t.Fatalf("%q is accepted, the signature is %q", signature, own)
		}
	})
}
