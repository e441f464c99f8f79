package front

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// recheck is how often the files of a certificate are looked at, at most.
const recheck = time.Second

// Certificate is a certificate and key in files, read again when they change.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	stamp   [2]fileStamp // of the files that current was read from, or failed to be
	checked time.Time
}

type fileStamp struct {
	modified time.Time
	size     int64
}

// LoadCertificate reads a certificate (chain) and its key from PEM files.
func LoadCertificate(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log}
	stamp, err := c.look()
	if err != nil {
		return nil, fmt.Errorf("TLS certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("TLS certificate: %w", err)
	}
	c.current, c.stamp, c.checked = &pair, stamp, time.Now()
	return c, nil
}

// Get is for [tls.Config.GetCertificate]. While new files cannot be read, as
// between the writing of one and the other, the old certificate serves on.
func (c *Certificate) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.checked) >= recheck {
		c.checked = now
		c.reload()
	}
	return c.current, nil
}

func (c *Certificate) reload() {
	stamp, err := c.look()
	if stamp == c.stamp {
		return
	}
	c.stamp = stamp // also where it fails: the same files are not complained of again
	var pair tls.Certificate
	if err == nil {
		pair, err = tls.LoadX509KeyPair(c.certFile, c.keyFile)
	}
	if err != nil {
		c.log.Warn("the TLS certificate changed and cannot be read; the old one serves on", "cause", err.Error())
		return
	}
	c.current = &pair
	c.log.Info("TLS certificate reloaded", "file", c.certFile, "not_after", pair.Leaf.NotAfter)
}

func (c *Certificate) look() (stamp [2]fileStamp, err error) {
	for i, name := range []string{c.certFile, c.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return stamp, err
		}
		stamp[i] = fileStamp{info.ModTime(), info.Size()}
	}
	return stamp, nil
}
