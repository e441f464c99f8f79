package browsertest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"csrd/tc3"
)

// attack is what would run, or load something, if anything read it as HTML.
const attack = `"><script>window.attacked=1</script><img src=x onerror="window.attacked=1"><svg onload=window.attacked=1>`

func TestWhatACSRHoldsIsShownAsTextEverywhere(t *testing.T) {
	t.Parallel()
	s := serve(t)
	hostile := with(map[string]any{
		"Domain": "x" + attack, "Remark": attack, "SubjectAltName": []string{attack, "javascript:window.attacked=1"}, "KeyPassword": attack,
		"Organization": "<script>window.attacked=1</script>", "Department": "<img src=x onerror=window.attacked=1>", "Email": attack, "Province": attack, "City": attack,
		"Country": "<svg onload=window.attacked=1>", "Tags": []map[string]string{{"TagKey": attack[:100], "TagValue": attack}},
	})
	s.call(t, "CreateCSR", hostile, nil)
	generated := with(map[string]any{"Generate": true, "Organization": "<script>window.attacked=1</script>", "Department": attack[:60], "City": attack, "Province": attack, "KeyPassword": attack, "Remark": attack})
	s.call(t, "CreateCSR", generated, nil)

	p := open(t, s, "/console/?Domain="+url.QueryEscape(attack)+"&EncryptAlgo="+url.QueryEscape(attack))
	p.signIn(s.key)
	harmless := func(where string) {
		t.Helper()
		if eval[bool](p, `window.attacked !== undefined || document.querySelector('main script, main img, main [onload], main [onerror]') !== null`) {
			t.Fatalf("%s: what a CSR holds became part of the page", where)
		}
	}
	p.waitFor("#list .empty")
	harmless("filters of the URL")
	p.click("#clear")
	p.waitText("tbody", attack)
	harmless("list")
	p.click("#select-all")
	p.click("#delete-selected")
	p.waitText("#to-delete", attack)
	harmless("question")
	p.click("#cancel")
	p.click(`tr[data-id="1"] a`)
	for name, value := range hostile {
		if text, ok := value.(string); ok && name != "EncryptAlgo" && name != "KeyParameter" && name != "KeyPassword" {
			p.waitText(fmt.Sprintf(`[data-field=%q]`, name), text)
		}
	}
	p.waitText("#main", "javascript:window.attacked=1")
	harmless("details of a draft")
	p.click("#show-password")
	p.waitText("#password", attack)
	harmless("password")
	p.click("#edit")
	p.wait(`document.querySelector('#field-Organization')?.value === '<script>window.attacked=1</script>'`)
	p.click("#generate")
	p.waitText("#said", "Domain") // the server's message, with what it refuses
	harmless("message")
	p.do(chromedp.Navigate(s.url + "/console/?CSRId=2"))
	p.signIn(s.key)
	p.waitText("#inspection", "<script>window.attacked=1</script>")
	harmless("what the CSR contains")
	p.click("#show-password")
	p.waitText("#password", attack)
	harmless("secrets")
}

// actionsOf are the actions that the log of csrd names, in order.
func (s *site) actions() (names []string) {
	for _, text := range s.lines() {
		var line struct{ Msg, Action string }
		if json.Unmarshal([]byte(text), &line) == nil && line.Msg == "request" {
			names = append(names, line.Action)
		}
	}
	return names
}

func TestAKeyIsAskedForOnlyWhenItIsToBeShownAndThatIsOnRecord(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.call(t, "CreateCSR", with(map[string]any{"Generate": true, "KeyPassword": "a password of a key"}), nil)
	p := open(t, s, "/console/?CSRId=1")
	p.signIn(s.key)
	p.waitText("#inspection", "signature valid")
	if got := strings.Join(s.actions(), " "); strings.Contains(got+" ", "DescribeCSR ") {
		t.Errorf("before anyone asked for the key these were called: %s", got)
	}
	recorded := func() string { return s.command(t, "audit", "list", "--json") }
	if strings.Contains(recorded(), `"KeyRead": true`) || strings.Contains(recorded(), `"KeyRead":true`) {
		t.Fatal("a key read is on record before anyone asked")
	}
	p.click("#show-key")
	p.waitText("#key", "PRIVATE KEY")
	requestID := p.text("#asked")
	if out := s.command(t, "trace", requestID); !strings.Contains(out, "DescribeCSR") || !strings.Contains(strings.ToLower(out), "key") {
		t.Errorf("csrd trace of what the page names says\n%s", out)
	}
	if !strings.Contains(recorded(), requestID) {
		t.Error("the key read is not on record")
	}
	if eval[bool](p, `document.body.innerText.includes('a password of a key')`) {
		t.Error("the password is shown though only the key was asked for")
	}
	p.click("#show-key")
	p.wait(`!document.querySelector('#key')`)
	if eval[bool](p, `document.documentElement.outerHTML.includes('PRIVATE KEY--')`) {
		t.Error("a key that was hidden is still in the page")
	}
}

func TestSecretsAreInNoAttributeURLHistoryOrStorage(t *testing.T) {
	t.Parallel()
	s := serve(t)
	const password = "a password of a key"
	s.call(t, "CreateCSR", with(map[string]any{"Generate": true, "KeyPassword": password}), nil)
	p := open(t, s, "/console/")
	p.signIn(s.key)
	p.click(`tr[data-id="1"] a`)
	p.click("#show-key")
	p.waitFor("#key")
	p.click("#show-password")
	p.waitFor("#password")
	kept := eval[string](p, `[
		...[...document.querySelectorAll('*')].flatMap(e => [...e.attributes].map(a => a.value)),
		location.href, JSON.stringify(history.state), document.cookie, JSON.stringify({...localStorage}), JSON.stringify({...sessionStorage}),
		...performance.getEntries().map(e => e.name)].join('\n')`)
	for name, secret := range map[string]string{"SecretKey": s.key.SecretKey, "private key": "PRIVATE KEY--", "KeyPassword": password} {
		if strings.Contains(kept, secret) {
			t.Errorf("the %s is in an attribute, a URL or a storage", name)
		}
	}
	if log := strings.Join(s.lines(), "\n"); strings.Contains(log, s.key.SecretKey) {
		t.Error("the SecretKey was sent")
	}

	// Only when it is asked for does the tab keep the key, and signing out ends that.
	p.click("#sign-out")
	p.waitFor("#keep")
	p.click("#keep")
	p.signIn(s.key)
	p.do(chromedp.Reload())
	p.waitFor("#sign-out")
	if eval[bool](p, `JSON.stringify({...localStorage}).includes('AKID')`) {
		t.Error("the credential is kept beyond the tab")
	}
	p.click("#sign-out")
	p.waitFor("#sign-in")
	if kept := eval[string](p, `JSON.stringify({...sessionStorage})`); kept != "{}" {
		t.Errorf("after signing out the tab keeps %s", kept)
	}
}

func TestThePagesSignAsPackageTC3Does(t *testing.T) {
	t.Parallel()
	s := serve(t)
	p := open(t, s, "/console/")
	at := time.Date(2026, 11, 24, 23, 59, 59, 0, time.UTC)
	for _, body := range []string{"{}", `{"Limit":2,"Domain":"例え.example.com"}`, attack} {
		r := tc3.Request{Method: "POST", Host: "csrd.example.com:9402", Header: map[string][]string{
			"Content-Type": {"application/json"}, "X-Tc-Action": {"DescribeCSRSet"},
		}, Body: []byte(body)}
		tc3.Sign(&r, s.key, "ssl", at, "x-tc-action")
		got := eval[map[string]string](p, fmt.Sprintf(`import('/console/shared/tc3.js').then(tc3 => tc3.sign({
			headers: {host: 'csrd.example.com:9402', 'content-type': 'application/json', 'x-tc-action': 'DescribeCSRSet'},
			body: %s, service: 'ssl', secretId: %s, secretKey: %s, timestamp: %d}))`, quote(body), quote(s.key.SecretID), quote(s.key.SecretKey), at.Unix()))
		if want := r.Header.Get("Authorization"); got["authorization"] != want {
			t.Errorf("%s: the page signs\n%s, package tc3\n%s", body, got["authorization"], want)
		}
		if key := tc3.DeriveKey(s.key.SecretKey, "2026-11-24", "ssl"); got["secretSigning"] != fmt.Sprintf("%x", key[:]) {
			t.Errorf("%s: the page derives %s, package tc3 %x", body, got["secretSigning"], key[:])
		}
	}
}
