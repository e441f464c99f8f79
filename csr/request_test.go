package csr_test

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"csrd/csr"

	"pgregory.net/rapid"
)

func TestAnImportedCSRIsShownInTheKnownFields(t *testing.T) {
	key := ecKey(t)
	full := &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "www.Example.com", Organization: []string{"云知"}, OrganizationalUnit: []string{"IT"}, Locality: []string{"长沙"},
			Province: []string{"Hunan"}, Country: []string{"CN"}, PostalCode: []string{"410000"}},
		DNSNames: []string{"WWW.example.com", "b.example.com"}, IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)}, EmailAddresses: []string{"a@example.com"},
		URIs: []*url.URL{{Scheme: "https", Host: "example.com"}},
	}
	for _, test := range []struct {
		name    string
		request *x509.CertificateRequest
		want    csr.Details
	}{
		{"everything", full, csr.Details{
			Domain: "www.Example.com", Organization: "云知", Department: "IT", City: "长沙", Province: "Hunan", Country: "CN",
			SubjectAltName: []string{"b.example.com", "a@example.com", "192.0.2.1", "https://example.com"},
		}},
		{"no CN", &x509.CertificateRequest{IPAddresses: []net.IP{net.IPv4(192, 0, 2, 1)}, DNSNames: []string{"a.example.com", "b.example.com"}}, csr.Details{
			Domain: "a.example.com", SubjectAltName: []string{"b.example.com", "192.0.2.1"},
		}},
		{"CN and A-labels", &x509.CertificateRequest{Subject: pkix.Name{CommonName: "例え.com"}, DNSNames: []string{"xn--r8jz45g.com"}}, csr.Details{Domain: "例え.com"}},
		{"nothing", &x509.CertificateRequest{}, csr.Details{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			der := requestOf(t, test.request, key)
			got, err := csr.ReadRequest(der)
			if err != nil {
				t.Fatal(err)
			}
			test.want.EncryptAlgo, test.want.KeyParameter = "ECC", "prime256v1"
			if !reflect.DeepEqual(got.Details, test.want) {
				t.Errorf("fields\n%+v\nwant\n%+v", got.Details, test.want)
			}
			hash, err := csr.SPKIHash(key.Public())
			if err != nil || string(got.SPKI) != string(hash[:]) {
				t.Errorf("SPKI %x, want %x (%v)", got.SPKI, hash, err)
			}
			if again, err := csr.RequestSPKI(got.PEM); err != nil || string(again) != string(hash[:]) {
				t.Errorf("SPKI of the PEM %x, want %x (%v)", again, hash, err)
			}
			block, rest := pem.Decode([]byte(got.PEM))
			if block == nil || string(block.Bytes) != string(der) || len(rest) > 0 || strings.Count(got.PEM, "\n") != strings.Count(got.PEM, "\r\n") {
				t.Errorf("PEM %q", got.PEM)
			}
		})
	}
}

func TestAnImportedCSRMustFitTheFields(t *testing.T) {
	key := ecKey(t)
	var many []string // one of them is the Domain
	for n := range 102 {
		many = append(many, fmt.Sprintf("h%d.example.com", n))
	}
	for field, request := range map[string]*x509.CertificateRequest{
		"Domain":           {Subject: pkix.Name{CommonName: strings.Repeat("a", 254)}},
		"Organization":     {Subject: pkix.Name{Organization: []string{strings.Repeat("a", 65)}}},
		"Department":       {Subject: pkix.Name{OrganizationalUnit: []string{"a\nb"}}},
		"Province":         {Subject: pkix.Name{Province: []string{strings.Repeat("a", 129)}}},
		"City":             {Subject: pkix.Name{Locality: []string{"\x00"}}},
		"Country":          {Subject: pkix.Name{Country: []string{strings.Repeat("a", 65)}}},
		"SubjectAltName":   {DNSNames: many},
		"SubjectAltName.0": {DNSNames: []string{"a.example.com", strings.Repeat("b", 256)}},
	} {
		_, err := csr.ReadRequest(requestOf(t, request, key))
		if got := refused(t, err); len(got) != 1 || got[0].Field != field {
			t.Errorf("%s: refused for %v", field, got)
		}
	}
}

// Whatever subject and names a CSR has, inspecting shows them as they are.
func TestInspectShowsWhatWentIn(t *testing.T) {
	key := ecKey(t)
	rapid.Check(t, func(rt *rapid.T) {
		printable := rapid.StringMatching(`[ -~]{1,40}|[一-龥]{1,20}|[ء-ي]{1,20}|(😀|🏢){1,10}`)
		organization, city := printable.Draw(rt, "O"), printable.Draw(rt, "L")
		names := rapid.SliceOfN(rapid.StringMatching(`[a-z0-9]{1,20}(\.[a-z]{1,10}){1,3}`), 0, 100).Draw(rt, "names")
		der := requestOf(t, &x509.CertificateRequest{Subject: pkix.Name{Organization: []string{organization}, Locality: []string{city}}, DNSNames: names}, key)
		items := csr.Inspect(der, "", inspectedAt)
		if len(items) != 1 || items[0].Signature != csr.SignatureValid {
			rt.Fatalf("found %+v", items)
		}
		values := map[string]string{}
		for _, a := range items[0].Subject {
			values[a.Name] = a.Value
		}
		if values["O"] != organization || values["L"] != city || len(values) != 2 {
			rt.Errorf("subject %q, want O %q and L %q", values, organization, city)
		}
		var shown []string
		for _, name := range items[0].AltNames {
			shown = append(shown, name.Value)
		}
		if len(names) > 0 && !reflect.DeepEqual(shown, names) {
			rt.Errorf("names %q, want %q", shown, names)
		}
	})
}

func TestUnicodeDomainShowsOnlyWhatStandsForTheSame(t *testing.T) {
	for ascii, want := range map[string]string{
		"xn--r8jz45g.example.com":    "例え.example.com",
		"*.xn--r8jz45g.com":          "*.例え.com",
		"XN--R8JZ45G.com":            "例え.com",
		"www.example.com":            "www.example.com",
		"例え.com":                     "例え.com",
		"xn--99999.com":              "xn--99999.com",
		"xn--www-.com":               "xn--www-.com",
		"www.***.com":                "www.***.com",
		"xn--ls8h.example.com":       "💩.example.com",
		strings.Repeat("xn--a", 900): strings.Repeat("xn--a", 900),
	} {
		if got := csr.UnicodeDomain(ascii); got != want {
			t.Errorf("%.40s is shown as %.40s, want %.40s", ascii, got, want)
		}
		if got := csr.UnicodeDomain(ascii); csr.DomainKey(got) != csr.DomainKey(ascii) {
			t.Errorf("%.40s is shown as another name, %.40s", ascii, got)
		}
	}
}

func FuzzInspect(f *testing.F) {
	key := ecKey(f)
	der := requestOf(f, &x509.CertificateRequest{
		Subject: pkix.Name{CommonName: "例え.com", Organization: []string{"O"}}, DNSNames: []string{"a.example.com"}, IPAddresses: []net.IP{net.IPv6loopback},
	}, key)
	f.Add(der)
	f.Add(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der}))
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(private)
	certificate, err := x509.CreateCertificate(nil, &x509.Certificate{SerialNumber: bigInt(1)}, &x509.Certificate{}, key.Public(), key)
	if err == nil {
		f.Add(certificate)
	}
	f.Add([]byte(nested(50)))
	f.Fuzz(func(t *testing.T, content []byte) {
		items := csr.Inspect(content, "", inspectedAt)
		if len(items) == 0 {
			t.Error("nothing is found, not even that nothing is there")
		}
		for _, item := range items {
			if item.Kind == csr.KindUnknown && len(item.Findings) == 0 {
				t.Errorf("unknown without a reason: %+v", item)
			}
		}
		request, err := csr.ReadRequest(content)
		if err == nil {
			if len(items) != 1 || items[0].Signature != csr.SignatureValid || items[0].Kind != csr.KindRequest {
				t.Errorf("it can be imported, and is found to be %+v", items)
			}
			if again, err := csr.ReadRequest([]byte(request.PEM)); err != nil || again.PEM != request.PEM {
				t.Errorf("its PEM is not taken again: %v", err)
			}
		}
	})
}

// Opening keys of others takes turns with making keys: it waits while all
// slots are taken, and gives up with the request.
func TestBoundedWorkWaitsForItsTurn(t *testing.T) {
	generator := csr.NewGenerator(csr.TencentAlgorithms, 0)
	release := generator.Occupy(generator.Slots())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ran := false
	work := func() error { ran = true; return nil }
	if err := generator.Bounded(ctx, work); !errors.Is(err, csr.ErrBusy) || ran {
		t.Errorf("while all slots are taken: error %v, want %v; it ran: %t", err, csr.ErrBusy, ran)
	}
	release()
	if err := generator.Bounded(t.Context(), work); err != nil || !ran {
		t.Errorf("with a free slot: %v; it ran: %t", err, ran)
	}
	if err := generator.Bounded(t.Context(), work); err != nil {
		t.Errorf("again: %v: was the slot given back?", err)
	}
}
