package browsertest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// draft is what the tests save.
var draft = map[string]any{
	"Domain": "www.example.com", "Organization": "Example", "Department": "IT", "Email": "pki@example.com", "Province": "Hunan", "City": "Changsha",
	"Country": "CN", "EncryptAlgo": "ECC", "KeyParameter": "prime256v1", "Generate": false,
}

// with returns the draft with other parameters in it.
func with(parameters map[string]any) map[string]any {
	changed := map[string]any{}
	for name, value := range draft {
		changed[name] = value
	}
	for name, value := range parameters {
		changed[name] = value
	}
	return changed
}

func TestACSRGoesFromDraftToDeletionInTheConsole(t *testing.T) {
	t.Parallel()
	openssl := need(t, "openssl")
	s := serve(t)
	p := open(t, s, "/console/")
	downloads := p.downloads()
	p.signIn(s.key)

	p.waitText("#list", "There is no CSR yet")
	p.click("#begin")
	for name, value := range map[string]string{
		"Domain": "www.example.com", "SubjectAltName": "example.com\n192.0.2.1", "Organization": "Example", "Department": "IT", "Email": "pki@example.com",
		"Province": "Hunan", "City": "Changsha", "Country": "CN", "KeyPassword": "a password of a key", "Remark": "renewal", "Tags": "team: web\nblue",
	} {
		p.fill("#field-"+name, value)
	}
	p.choose("#field-EncryptAlgo", "ECC")
	p.click("#save")
	p.waitText("h1", "www.example.com")
	p.waitText("#main", "draft")
	p.waitText(`[data-field="SubjectAltName"]`, "192.0.2.1")
	p.waitText("#main", "team: web")

	p.click("#edit")
	p.waitFor("#field-Organization")
	p.fill("#field-Organization", "Example & Söhne")
	p.click("#save")
	p.waitText(`[data-field="Organization"]`, "Example & Söhne")

	p.click("#generate")
	p.waitFor("#csr")
	p.waitText("#inspection", "signature valid")
	p.waitText("#inspection", "Example & Söhne")
	p.click("#download-csr")
	csr := downloads.file("www.example.com.csr.pem")
	if out, err := exec.Command(openssl, "req", "-in", csr, "-noout", "-verify", "-subject", "-nameopt", "utf8").CombinedOutput(); err != nil || !strings.Contains(string(out), "Söhne") {
		t.Errorf("openssl req -verify: %v\n%s", err, out)
	}

	p.click("#show-key")
	p.waitText("#key", "BEGIN ENCRYPTED PRIVATE KEY")
	p.click("#download-key")
	key := downloads.file("www.example.com.key.pem")
	p.click("#show-password")
	p.waitText("#password", "a password of a key")
	decrypt := exec.Command(openssl, "pkey", "-in", key, "-passin", "stdin", "-noout", "-check")
	decrypt.Stdin = strings.NewReader("a password of a key\n")
	if out, err := decrypt.CombinedOutput(); err != nil {
		t.Errorf("openssl pkey -check: %v\n%s", err, out)
	}

	p.click("#delete")
	p.waitText("dialog", "www.example.com")
	p.click("#confirm")
	p.waitText("#toast", "deleted")
	p.waitText("#list", "There is no CSR yet")
}

// downloads is where a page's files go.
type downloads struct {
	p   *page
	dir string
}

// file waits for a file, and returns its path.
func (d downloads) file(name string) string {
	d.p.t.Helper()
	path := filepath.Join(d.dir, name)
	d.p.until("the download of "+name, func() bool {
		_, err := os.Stat(path) // Chromium gives a file its name once it is whole
		return err == nil
	})
	return path
}
