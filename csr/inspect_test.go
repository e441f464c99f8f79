package csr_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"csrd/csr"

	"github.com/emmansun/gmsm/sm2"
	"github.com/emmansun/gmsm/smx509"
)

var inspectedAt = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// inspectOne inspects what holds one thing.
func inspectOne(t *testing.T, content []byte, password csr.Secret) csr.Inspected {
	t.Helper()
	items := csr.Inspect(content, password, inspectedAt)
	if len(items) != 1 {
		t.Fatalf("%d items, want 1: %+v", len(items), items)
	}
	return items[0]
}

// codes returns the findings as "severity code field".
func codes(i csr.Inspected) []string {
	list := []string{}
	for _, f := range i.Findings {
		list = append(list, fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.Field))
	}
	slices.Sort(list)
	return list
}

func wantCodes(t *testing.T, i csr.Inspected, want ...string) {
	t.Helper()
	slices.Sort(want)
	if got := codes(i); !slices.Equal(got, want) {
		t.Errorf("findings\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, f := range i.Findings {
		if f.Reason == "" || f.ReasonZh == "" {
			t.Errorf("%s gives no reason in both languages: %+v", f.Code, f)
		}
	}
}

func ecKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func requestOf(t testing.TB, template *x509.CertificateRequest, key crypto.Signer) []byte {
	t.Helper()
	der, err := smx509.CreateCertificateRequest(rand.Reader, template, key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestInspectFindsWhatIsWrongWithNames(t *testing.T) {
	key := ecKey(t)
	names := func(dns ...string) *x509.CertificateRequest { return &x509.CertificateRequest{DNSNames: dns} }
	subject := func(attributes ...pkix.AttributeTypeAndValue) *x509.CertificateRequest {
		r := names("www.example.com")
		r.Subject.ExtraNames = attributes
		return r
	}
	text := func(oid string, tag int, value string) pkix.AttributeTypeAndValue {
		var id asn1.ObjectIdentifier
		for part := range strings.SplitSeq(oid, ".") {
			n := 0
			fmt.Sscan(part, &n)
			id = append(id, n)
		}
		return pkix.AttributeTypeAndValue{Type: id, Value: asn1.RawValue{Tag: tag, Bytes: []byte(value)}}
	}
	san := func(der ...byte) *x509.CertificateRequest {
		return &x509.CertificateRequest{ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: der}}}
	}
	for _, test := range []struct {
		name    string
		request *x509.CertificateRequest
		want    []string
	}{
		{"nothing wrong", names("www.example.com", "*.example.com", "xn--r8jz45g.com"), nil},
		{"no names", names(), []string{"warning no-san AltNames"}},
		{"CN among the names", subject(text("2.5.4.3", 12, "WWW.example.com")), nil},
		{"CN not among the names", subject(text("2.5.4.3", 12, "a.example.com")), []string{"warning cn-not-in-san Subject.CN"}},
		{"CN as an IDN whose A-labels are there", &x509.CertificateRequest{Subject: pkix.Name{CommonName: "例え.com"}, DNSNames: []string{"xn--r8jz45g.com"}}, nil},
		{"CN of 65", subject(text("2.5.4.3", 12, strings.Repeat("a", 65))), []string{"warning cn-too-long Subject.CN", "warning cn-not-in-san Subject.CN"}},
		{"CN with an underscore", subject(text("2.5.4.3", 12, "a_b.example.com")), []string{"warning cn-not-in-san Subject.CN", "warning underscore Subject.CN"}},
		{"O of 65", subject(text("2.5.4.10", 12, strings.Repeat("长", 65))), []string{"warning too-long Subject.O"}},
		{"O of 64", subject(text("2.5.4.10", 12, strings.Repeat("长", 64))), nil},
		{"OU and e-mail", subject(text("2.5.4.11", 12, "IT"), text("1.2.840.113549.1.9.1", 22, "a@example.com")), []string{"hint ou Subject.OU", "hint email-in-subject Subject.emailAddress"}},
		{"country in full", subject(text("2.5.4.6", 19, "China")), []string{"warning country Subject.C"}},
		{"empty O", subject(text("2.5.4.10", 12, " ")), []string{"warning empty Subject.O"}},
		{"O with a bell", subject(text("2.5.4.10", 12, "a\ab")), []string{"warning control-character Subject.O"}},
		{"O in Teletex", subject(text("2.5.4.10", 20, "S\xf6hne")), []string{"warning string-type Subject.O"}},
		{"O in BMP", subject(text("2.5.4.10", 30, "\x4e\x91")), []string{"warning string-type Subject.O"}},
		{"O in half a BMP character", subject(text("2.5.4.10", 30, "\x4e\x91\x00")), []string{"warning string-type Subject.O", "warning string-content Subject.O"}},
		{"O printable with an @", subject(text("2.5.4.10", 19, "a@b")), []string{"warning string-content Subject.O"}},
		{"O not UTF-8", subject(text("2.5.4.10", 12, "\xff")), []string{"warning string-content Subject.O"}},
		{"underscore", names("a_b.example.com"), []string{"warning underscore AltNames.0"}},
		{"wildcard inside", names("www.*.com"), []string{"warning wildcard AltNames.0"}},
		{"partial wildcard", names("w*.example.com"), []string{"warning wildcard AltNames.0"}},
		{"IP as a name", names("192.0.2.1"), []string{"warning ip-in-dns AltNames.0"}},
		{"trailing dot", names("example.com."), []string{"warning trailing-dot AltNames.0"}},
		{"leading hyphen", names("-a.example.com"), []string{"warning bad-label AltNames.0"}},
		{"empty label", names("a..com"), []string{"warning bad-label AltNames.0"}},
		{"space", names("a b.com"), []string{"warning bad-label AltNames.0"}},
		{"label of 64", names(strings.Repeat("a", 64) + ".com"), []string{"warning too-long AltNames.0"}},
		{"name of 254", names(strings.Repeat("a.", 125) + "info"), []string{"warning too-long AltNames.0"}},
		{"A-label of nothing", names("xn--99999.example.com"), []string{"warning bad-idn AltNames.0"}},
		{"one label", names("intranet"), []string{"hint internal-name AltNames.0"}},
		{"twice", names("a.example.com", "A.example.com"), []string{"hint duplicate AltNames.1"}},
		{"not ASCII", san(0x30, 6, 0x82, 4, 0xe4, 0xbe, 0x8b, '.'), []string{"warning non-ascii AltNames.0"}},
		{"IP of 5 bytes", san(0x30, 7, 0x87, 5, 1, 2, 3, 4, 5), []string{"warning ip-size AltNames.0"}},
		{"names cut off", san(0x30, 6, 0x82, 40, 'a', '.', 'b', 'c'), []string{"error malformed Extensions.subjectAltName", "warning no-san AltNames"}},
		{"names twice", &x509.CertificateRequest{ExtraExtensions: slices.Repeat([]pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 17}, Value: []byte{0x30, 9, 0x82, 7, 'a', '_', 'b', '.', 'c', 'o', 'm'}}}, 2)},
			[]string{"error duplicate-extension Extensions.subjectAltName", "warning underscore AltNames.0", "hint duplicate AltNames.1"}},
		{"e-mail that is none", &x509.CertificateRequest{EmailAddresses: []string{"a b"}}, []string{"warning bad-email AltNames.0"}},
		{"for a CA", &x509.CertificateRequest{ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 19}, Critical: true, Value: []byte{0x30, 3, 1, 1, 0xff}}}}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			item := inspectOne(t, requestOf(t, test.request, key), "")
			if item.Kind != csr.KindRequest || item.Signature != csr.SignatureValid {
				t.Errorf("a %s whose signature is %s", item.Kind, item.Signature)
			}
			wantCodes(t, item, test.want...)
		})
	}
}

// opensslShape is a CSR or key that openssl makes, and what is found of it.
type opensslShape struct {
	name     string
	config   string   // of openssl req; "" for none
	args     []string // of openssl; OUT and KEY stand for files
	key      []string // of openssl genpkey, to be made first
	signed   string   // the signature
	algo     string   // EncryptAlgo and KeyParameter
	findings []string
}

func TestInspectReadsWhatOpensslMakes(t *testing.T) {
	const noSAN = "warning no-san AltNames"
	rsa2048 := []string{"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"}
	p256 := []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"}
	curve := func(name string, more ...string) []string {
		return append([]string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + name}, more...)
	}
	req := func(args ...string) []string {
		return append([]string{"req", "-new", "-key", "KEY", "-out", "OUT"}, args...)
	}
	san := []string{"-subj", "/CN=www.example.com", "-addext", "subjectAltName=DNS:www.example.com"}
	keyDir, keys := t.TempDir(), map[string]string{} // one key of each kind
	for _, test := range []opensslShape{
		{name: "RSA 2048", key: rsa2048, args: req(san...), signed: "SHA256-RSA valid", algo: "RSA 2048"},
		{name: "RSA 1024", key: []string{"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"}, args: req(san...), signed: "SHA256-RSA valid", algo: "RSA 1024",
			findings: []string{"warning rsa-small PublicKey"}},
		{name: "RSA 2050", key: []string{"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2050"}, args: req(san...), signed: "SHA256-RSA valid", algo: "RSA 2050",
			findings: []string{"warning rsa-odd-size PublicKey"}},
		{name: "RSA with exponent 3", key: append(slices.Clone(rsa2048), "-pkeyopt", "rsa_keygen_pubexp:3"), args: req(san...), signed: "SHA256-RSA valid", algo: "RSA 2048",
			findings: []string{"warning rsa-exponent PublicKey"}},
		{name: "SHA-1", key: rsa2048, args: req(append(san, "-sha1")...), signed: "SHA1-RSA valid", algo: "RSA 2048", findings: []string{"warning sha1-signature SignatureAlgo"}},
		{name: "MD5", key: rsa2048, args: req(append(san, "-md5")...), signed: "MD5-RSA valid", algo: "RSA 2048", findings: []string{"warning md5-signature SignatureAlgo"}},
		{name: "RSA 512, which Go does not verify", key: []string{"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:512"}, args: req(san...), signed: "SHA256-RSA unchecked", algo: "RSA 512",
			findings: []string{"warning rsa-small PublicKey", "warning signature-unchecked Signature"}},
		{name: "SHA-224", key: rsa2048, args: req(append(san, "-sha224")...), signed: "SHA224-RSA unchecked", algo: "RSA 2048", findings: []string{"warning signature-unchecked Signature"}},
		{name: "SHA-512", key: rsa2048, args: req(append(san, "-sha512")...), signed: "SHA512-RSA valid", algo: "RSA 2048"},
		{name: "PSS", key: rsa2048, args: req(append(san, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest")...), signed: "SHA256-RSAPSS valid", algo: "RSA 2048"},
		{name: "ECDSA with SHA-1", key: p256, args: req(append(san, "-sha1")...), signed: "ECDSA-SHA1 valid", algo: "ECC prime256v1", findings: []string{"warning sha1-signature SignatureAlgo"}},
		{name: "P-384", key: curve("P-384"), args: req(san...), signed: "ECDSA-SHA256 valid", algo: "ECC secp384r1"},
		{name: "P-521", key: curve("P-521"), args: req(san...), signed: "ECDSA-SHA256 valid", algo: "ECC secp521r1"},
		{name: "P-224", key: curve("secp224r1"), args: req(san...), signed: "ECDSA-SHA256 valid", algo: "ECC secp224r1", findings: []string{"warning curve PublicKey"}},
		{name: "secp256k1", key: curve("secp256k1"), args: req(san...), signed: "ECDSA-SHA256 unchecked", algo: "ECC secp256k1",
			findings: []string{"warning key-unsupported PublicKey", "warning signature-unchecked Signature"}},
		{name: "a curve spelt out", key: curve("P-256", "-pkeyopt", "ec_param_enc:explicit"), args: req(san...), signed: "ECDSA-SHA256 unchecked", algo: "ECC ",
			findings: []string{"warning key-unsupported PublicKey", "warning signature-unchecked Signature"}},
		{name: "Ed25519", key: []string{"-algorithm", "ED25519"}, args: req(san...), signed: "Ed25519 valid", algo: "EdDSA ed25519", findings: []string{"hint curve PublicKey"}},
		{name: "Ed448", key: []string{"-algorithm", "ED448"}, args: req(san...), signed: "1.3.101.113 unchecked", algo: "EdDSA ",
			findings: []string{"warning key-unsupported PublicKey", "warning signature-unchecked Signature"}},
		{name: "SM2", key: curve("SM2"), args: req(append(san, "-sm3", "-sigopt", "distid:1234567812345678")...), signed: "SM2-SM3 valid", algo: "SM2 sm2p256v1", findings: []string{"hint curve PublicKey"}},
		{name: "SM2 without an ID", key: curve("SM2"), args: req(append(san, "-sm3")...), signed: "SM2-SM3 invalid", algo: "SM2 sm2p256v1",
			findings: []string{"hint curve PublicKey", "error bad-signature Signature"}},
		{name: "challengePassword and more attributes", key: p256, args: req("-addext", "subjectAltName=DNS:www.example.com"),
			config: "[req]\nprompt=no\ndistinguished_name=dn\nattributes=at\n[dn]\nCN=www.example.com\n[at]\nchallengePassword=hunter2 hunter2\nunstructuredName=a name\n",
			signed: "ECDSA-SHA256 valid", algo: "ECC prime256v1", findings: []string{"hint challenge-password ChallengePassword"}},
		{name: "BMPString", key: p256, args: req("-utf8", "-addext", "subjectAltName=DNS:www.example.com"),
			config: "[req]\nprompt=no\nutf8=yes\nstring_mask=MASK:0x800\ndistinguished_name=dn\n[dn]\nO=云知\n",
			signed: "ECDSA-SHA256 valid", algo: "ECC prime256v1", findings: []string{"warning string-type Subject.O"}},
		{name: "UniversalString", key: p256, args: req("-utf8", "-addext", "subjectAltName=DNS:www.example.com"),
			config: "[req]\nprompt=no\nutf8=yes\nstring_mask=MASK:0x100\ndistinguished_name=dn\n[dn]\nO=云知\n",
			signed: "ECDSA-SHA256 valid", algo: "ECC prime256v1", findings: []string{"warning string-type Subject.O"}},
		{name: "no subject, no names", key: p256, args: req("-subj", "/"), signed: "ECDSA-SHA256 valid", algo: "ECC prime256v1", findings: []string{noSAN}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			out, config := filepath.Join(dir, "csr.pem"), filepath.Join(dir, "openssl.cnf")
			key := keys[strings.Join(test.key, " ")]
			if key == "" {
				key = filepath.Join(keyDir, fmt.Sprint(len(keys)))
				openssl(t, append([]string{"genpkey", "-out", key}, test.key...)...)
				keys[strings.Join(test.key, " ")] = key
			}
			args := slices.Clone(test.args)
			for i := range args {
				args[i] = strings.NewReplacer("KEY", key, "OUT", out).Replace(args[i])
			}
			if test.config != "" {
				if err := os.WriteFile(config, []byte(test.config), 0o600); err != nil {
					t.Fatal(err)
				}
				args = append(args, "-config", config)
			}
			openssl(t, args...)
			content, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			item := inspectOne(t, content, "")
			if got := item.SignatureAlgo + " " + item.Signature; got != test.signed {
				t.Errorf("signature %s, want %s", got, test.signed)
			}
			if got := item.EncryptAlgo + " " + item.KeyParameter; got != test.algo {
				t.Errorf("key %s, want %s", got, test.algo)
			}
			wantCodes(t, item, test.findings...)
			spki := openssl(t, "req", "-in", out, "-pubkey", "-noout")
			block, _ := pem.Decode([]byte(spki))
			if want := hexSum(block.Bytes); item.SPKISHA256 != want {
				t.Errorf("SPKI %s, openssl says %s", item.SPKISHA256, want)
			}
			shown, err := json.Marshal(item)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(string(shown), "hunter2") {
				t.Error("the challengePassword is shown")
			}
			if strings.Contains(test.name, "String") && item.Subject[0].Value != "云知" {
				t.Errorf("O %q, want 云知", item.Subject[0].Value)
			}

			_, err = csr.ReadRequest(content)
			if taken := strings.HasSuffix(test.signed, " valid"); taken != (err == nil) {
				t.Errorf("to be imported: %t; refused for %v", taken, err)
			}
		})
	}
}

func TestInspectTellsTheFormsOfOneThing(t *testing.T) {
	key := ecKey(t)
	der := requestOf(t, &x509.CertificateRequest{DNSNames: []string{"a.example.com"}}, key)
	text := pem.EncodeToMemory(&pem.Block{Type: "NEW CERTIFICATE REQUEST", Bytes: der})
	want := inspectOne(t, der, "")
	for name, content := range map[string][]byte{
		"PEM":               text,
		"PEM amid text":     []byte("Subject: whatever\n" + string(text) + "\nthe end\n"),
		"CR LF":             []byte(strings.ReplaceAll(string(text), "\n", "\r\n")),
		"base64":            []byte(base64.StdEncoding.EncodeToString(der) + "\n"),
		"wrong label":       pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		"DER, line end":     append(slices.Clone(der), '\n'),
		"UTF-8 with a mark": []byte("\uFEFF" + string(text)),
		"UTF-16, little":    utf16Of(text, 0xff, 0xfe),
		"UTF-16, big":       utf16Of(text, 0xfe, 0xff),
		"base64, folded":    []byte(strings.Join(strings.SplitAfter(base64.StdEncoding.EncodeToString(der), "A"), "\r\n ")),
	} {
		t.Run(name, func(t *testing.T) {
			got := inspectOne(t, content, "")
			got.Label = ""
			if a, b := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); a != b {
				t.Errorf("found\n%s\nwant\n%s", a, b)
			}
		})
	}
	for name, test := range map[string]struct {
		content string
		want    []string
	}{
		"nothing":          {"", []string{"error not-parsed "}},
		"words":            {"hello", []string{"error not-parsed "}},
		"a mark alone":     {"\uFEFF", []string{"error not-parsed "}},
		"half UTF-16":      {"\xff\xfe-", []string{"error not-parsed "}},
		"a cut off PEM":    {string(text[:120]), []string{"error damaged-pem "}},
		"a sequence":       {"\x30\x00", []string{"error not-parsed "}},
		"too much":         {strings.Repeat("a", csr.MaxInspect+1), []string{"error too-large "}},
		"too many blocks":  {strings.Repeat("-----BEGIN A-----\n-----END A-----\n", 101), []string{"error too-many "}},
		"a nested hundred": {nested(100), []string{"error not-parsed "}},
	} {
		t.Run(name, func(t *testing.T) { wantCodes(t, inspectOne(t, []byte(test.content), ""), test.want...) })
	}
}

// utf16Of returns an ASCII text as UTF-16 with a byte order mark.
func utf16Of(text []byte, mark ...byte) []byte {
	for _, c := range text {
		if mark[0] == 0xff {
			mark = append(mark, c, 0)
		} else {
			mark = append(mark, 0, c)
		}
	}
	return mark
}

// nested is n sequences in one another.
func nested(n int) string {
	inner := []byte{}
	for range n {
		inner, _ = asn1.Marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: inner})
	}
	return string(inner)
}

func TestInspectFindsASignatureThatIsNotTheKeys(t *testing.T) {
	sm2Key, err := sm2.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"ECDSA": ecKey(t), "SM2": sm2Key} {
		der := requestOf(t, &x509.CertificateRequest{DNSNames: []string{"a.example.com"}}, key)
		der[len(der)-1] ^= 1
		item := inspectOne(t, der, "")
		if item.Signature != csr.SignatureInvalid || csr.Worst([]csr.Inspected{item}) != csr.SeverityError {
			t.Errorf("%s: %s, worst %s", name, item.Signature, csr.Worst([]csr.Inspected{item}))
		}
		if got := refused(t, second(csr.ReadRequest(der))); len(got) != 1 || got[0].Field != "CSR" {
			t.Errorf("%s: to be imported it is refused for %v", name, got)
		}
	}
}

func second(_ *csr.Request, err error) error { return err }

func hexSum(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }

func bigInt(n int64) *big.Int { return big.NewInt(n) }
