package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certificateFiles are where a test keeps the certificate of a server.
type certificateFiles struct{ cert, key string }

// issue writes a new self-signed certificate of a serial number.
func (f certificateFiles) issue(t *testing.T, serial int64) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: "csrd test"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA:         true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, f.cert, "CERTIFICATE", der)
	writePEM(t, f.key, "PRIVATE KEY", keyDER)
}

func writePEM(t *testing.T, path, label string, der []byte) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: label, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// shownSerial makes a handshake and returns the serial number of the
// certificate that it got.
func shownSerial(t *testing.T, s *server) int64 {
	t.Helper()
	endpoint, err := url.Parse(s.endpoint)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := tls.Dial("tcp", endpoint.Host, &tls.Config{InsecureSkipVerify: true}) // it is looked at, not trusted
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestTLSCertificateIsReadAgainWhenItChanges(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	files := certificateFiles{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	files.issue(t, 1)
	s := serve(t, data, nil, "--tls-cert", files.cert, "--tls-key", files.key)
	if !strings.HasPrefix(s.endpoint, "https://127.0.0.1:") {
		t.Fatalf("it serves at %s", s.endpoint)
	}
	credential, err := rootCredential(data)
	if err != nil {
		t.Fatal(err)
	}
	list := func(env ...string) (string, error) {
		out, err := csrd(append(env, "CSRD_ENDPOINT="+s.endpoint, "CSRD_SECRET_ID="+credential.SecretID,
			"CSRD_SECRET_KEY="+credential.SecretKey), "call", "DescribeCSRSet").CombinedOutput()
		return string(out), err
	}
	if out, err := list("CSRD_CA_FILE=" + files.cert); err != nil || !strings.Contains(out, `"Total": 0`) {
		t.Errorf("csrd call with the CA: %v\n%s", err, out)
	}
	if out, err := list(); err == nil || !strings.Contains(out, "certificate") {
		t.Errorf("csrd call trusts a certificate that nobody vouches for: %v\n%s", err, out)
	}
	if serial := shownSerial(t, s); serial != 1 {
		t.Fatalf("it shows certificate %d", serial)
	}

	files.issue(t, 2)
	eventually(t, "handshakes get the new certificate", func() bool { return shownSerial(t, s) == 2 })
	s.waitLog(t, "TLS certificate reloaded")
	if out, err := list("CSRD_CA_FILE=" + files.cert); err != nil {
		t.Errorf("csrd call with the new CA: %v\n%s", err, out)
	}

	// A broken one changes nothing, however often it is looked at.
	if err := os.WriteFile(files.cert, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	const kept = "the TLS certificate changed and cannot be read; the old one serves on"
	eventually(t, "the log tells of the broken certificate", func() bool {
		if serial := shownSerial(t, s); serial != 2 {
			t.Fatalf("with a broken file it shows certificate %d", serial)
		}
		_, told := findLine(s.stderr.String(), kept)
		return told
	})
	if serial := shownSerial(t, s); serial != 2 {
		t.Errorf("with a broken file it shows certificate %d", serial)
	}

	// Nor does one whose files are gone.
	if err := os.Remove(files.cert); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the log tells of the missing certificate", func() bool {
		line, told := findLine(s.stderr.String(), kept)
		if serial := shownSerial(t, s); serial != 2 {
			t.Fatalf("without its file it shows certificate %d", serial)
		}
		cause, _ := line["cause"].(string)
		return told && strings.Contains(cause, "no such file")
	})

	files.issue(t, 3)
	eventually(t, "handshakes get the repaired certificate", func() bool { return shownSerial(t, s) == 3 })
	s.stop(t)
}

func TestTLSRefusesOldVersionsAndPlainHTTP(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := certificateFiles{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	files.issue(t, 1)
	// With TLS it may listen where other machines reach it.
	s := serve(t, filepath.Join(dir, "data"), nil, "--tls-cert", files.cert, "--tls-key", files.key, "--listen", "0.0.0.0:0")
	endpoint, err := url.Parse(s.endpoint)
	if err != nil {
		t.Fatal(err)
	}
	address := net.JoinHostPort("127.0.0.1", endpoint.Port())
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version})
		if err == nil {
			conn.Close()
			t.Errorf("it speaks %s", tls.VersionName(version))
		}
	}
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	out, err := csrd([]string{"CSRD_SECRET_ID=AKIDnobody", "CSRD_SECRET_KEY=none"}, "list", "--endpoint", "http://"+address).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "UnsupportedProtocol: This port speaks TLS: use https.") {
		t.Errorf("plain HTTP is told: %s", out)
	}
	s.stop(t)
}

func TestTLSFilesThatCannotBeReadAreRefusedAtStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := certificateFiles{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
	files.issue(t, 1)
	other := certificateFiles{filepath.Join(dir, "other.pem"), filepath.Join(dir, "other-key.pem")}
	other.issue(t, 2)
	broken := filepath.Join(dir, "broken.pem")
	if err := os.WriteFile(broken, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	for _, test := range []struct{ what, cert, key string }{
		{"no such certificate", filepath.Join(dir, "gone.pem"), files.key},
		{"no such key", files.cert, filepath.Join(dir, "gone.pem")},
		{"a broken certificate", broken, files.key},
		{"a broken key", files.cert, broken},
		{"the key of another", files.cert, other.key},
	} {
		r := refused(t, data, nil, "--tls-cert", test.cert, "--tls-key", test.key)
		if r.code != 1 || !strings.Contains(r.stderr, "TLS certificate: ") {
			t.Errorf("%s: %v", test.what, r)
		}
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("a refused start made a data directory")
	}
}
