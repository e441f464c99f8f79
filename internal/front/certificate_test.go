package front_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"csrd/internal/front"
)

// pair is a certificate and its key in files. The times of the files are set
// by the test, one second apart.
type pair struct {
	cert, key string
	modified  time.Time
}

func newPair(t *testing.T) *pair {
	t.Helper()
	dir := t.TempDir()
	return &pair{cert: filepath.Join(dir, "tls.crt"), key: filepath.Join(dir, "tls.key"), modified: now}
}

// write writes files, as a program that renews certificates does.
func (p *pair) write(t *testing.T, files map[string][]byte) {
	t.Helper()
	p.modified = p.modified.Add(time.Second)
	for name, text := range files {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, p.modified, p.modified); err != nil {
			t.Fatal(err)
		}
	}
}

// certificate makes a certificate with a serial number, and its key.
func certificate(t *testing.T, serial int64) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: now, NotAfter: now.AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}

// renew writes a new pair.
func (p *pair) renew(t *testing.T, serial int64) {
	t.Helper()
	cert, key := certificate(t, serial)
	p.write(t, map[string][]byte{p.cert: cert, p.key: key})
}

func wantSerial(t *testing.T, c *front.Certificate, serial int64) {
	t.Helper()
	got, err := c.Get(&tls.ClientHelloInfo{})
	if err != nil {
		t.Error(err)
		return
	}
	if got.Leaf.SerialNumber.Int64() != serial {
		t.Errorf("the certificate %v serves, want %d", got.Leaf.SerialNumber, serial)
	}
}

// load loads a new pair, with serial number 1, and keeps the log.
func load(t *testing.T) (*pair, *front.Certificate, *bytes.Buffer) {
	t.Helper()
	p, log := newPair(t), new(bytes.Buffer)
	p.renew(t, 1)
	c, err := front.LoadCertificate(p.cert, p.key, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return p, c, log
}

// recheck lets the time pass after which the files are looked at again. It is
// the test's own clock.
func recheck() { time.Sleep(time.Second) }

func TestNewCertificateServesWithinASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, c, log := load(t)
		wantSerial(t, c, 1)
		for serial := range int64(3) {
			p.renew(t, serial+2)
			recheck()
			wantSerial(t, c, serial+2)
		}
		if n := strings.Count(log.String(), "TLS certificate reloaded"); n != 3 {
			t.Errorf("logged %d times that it was reloaded, want 3: %s", n, log)
		}
	})
}

func TestFilesAreLookedAtOnceASecondAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, c, _ := load(t)
		p.renew(t, 2)
		time.Sleep(time.Second - 1)
		wantSerial(t, c, 1)
		time.Sleep(time.Nanosecond)
		wantSerial(t, c, 2)
		p.renew(t, 3)
		wantSerial(t, c, 2)
		recheck()
		wantSerial(t, c, 3)
	})
}

func TestUnchangedFilesAreNotReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, c, log := load(t)
		first, err := c.Get(nil)
		if err != nil {
			t.Fatal(err)
		}
		recheck()
		if again, _ := c.Get(nil); again != first {
			t.Error("the same certificate was read again")
		}
		// Another time alone is a change too: the files may have been replaced.
		p.modified = p.modified.Add(time.Second)
		if err := os.Chtimes(p.cert, p.modified, p.modified); err != nil {
			t.Fatal(err)
		}
		recheck()
		if again, _ := c.Get(nil); again == first {
			t.Error("files with a new time were not read")
		}
		if strings.Contains(log.String(), "WARN") {
			t.Errorf("logged %s", log)
		}
	})
}

func TestBrokenPairKeepsTheOldCertificate(t *testing.T) {
	cert, key := certificate(t, 9)
	for _, test := range []struct {
		name   string
		breaks func(*testing.T, *pair)
	}{
		{"the new certificate without its key yet", func(t *testing.T, p *pair) { p.write(t, map[string][]byte{p.cert: cert}) }},
		{"the new key without its certificate yet", func(t *testing.T, p *pair) { p.write(t, map[string][]byte{p.key: key}) }},
		{"half of the certificate", func(t *testing.T, p *pair) { p.write(t, map[string][]byte{p.cert: cert[:len(cert)/2], p.key: key}) }},
		{"an empty key", func(t *testing.T, p *pair) { p.write(t, map[string][]byte{p.cert: cert, p.key: nil}) }},
		{"the certificate is gone", func(t *testing.T, p *pair) { remove(t, p.cert) }},
		{"the key is gone", func(t *testing.T, p *pair) { remove(t, p.key) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, c, log := load(t)
				test.breaks(t, p)
				recheck()
				wantSerial(t, c, 1)
				if !strings.Contains(log.String(), "the old one serves on") {
					t.Errorf("logged %q, want a warning", log)
				}
				if strings.Contains(log.String(), "PRIVATE") {
					t.Errorf("the log holds a key: %s", log)
				}
				recheck()
				wantSerial(t, c, 1)
				p.write(t, map[string][]byte{p.cert: cert, p.key: key})
				recheck()
				wantSerial(t, c, 9)
			})
		})
	}
}

func remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}

// A pair that stays broken is not read and warned of at every handshake.
func TestBrokenPairIsWarnedOfOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, c, log := load(t)
		p.write(t, map[string][]byte{p.cert: []byte("no certificate")})
		for range 10 {
			recheck()
			wantSerial(t, c, 1)
		}
		if n := strings.Count(log.String(), "level=WARN"); n != 1 {
			t.Errorf("warned %d times of the same files, want once", n)
		}
	})
}

func TestPairThatIsBrokenAtTheStartIsAnError(t *testing.T) {
	cert, key := certificate(t, 1)
	_, other := certificate(t, 2)
	for _, test := range []struct {
		name  string
		files map[string][]byte
	}{
		{"no files", nil},
		{"no key", map[string][]byte{"tls.crt": cert}},
		{"no certificate", map[string][]byte{"tls.key": key}},
		{"another key", map[string][]byte{"tls.crt": cert, "tls.key": other}},
		{"the wrong way round", map[string][]byte{"tls.crt": key, "tls.key": cert}},
		{"empty", map[string][]byte{"tls.crt": nil, "tls.key": nil}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range test.files {
				if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			c, err := front.LoadCertificate(filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key"), discard)
			if err == nil || c != nil {
				t.Fatalf("a certificate %v with error %v, want an error alone", c, err)
			}
			if !strings.Contains(err.Error(), "TLS certificate") || strings.Contains(err.Error(), "PRIVATE") {
				t.Errorf("the error is %q", err)
			}
		})
	}
}

func TestConcurrentHandshakesGetTheNewCertificate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, c, log := load(t)
		p.renew(t, 2)
		recheck()
		var handshakes sync.WaitGroup
		for range 16 {
			handshakes.Go(func() { wantSerial(t, c, 2) })
		}
		handshakes.Wait()
		if n := strings.Count(log.String(), "TLS certificate reloaded"); n != 1 {
			t.Errorf("logged %d times that it was reloaded, want once", n)
		}
	})
}
