package browsertest

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"csrd/tc3"
)

func TestAWrongKeyIsToldAtTheSignIn(t *testing.T) {
	t.Parallel()
	s := serve(t)
	p := open(t, s, "/console/")
	for _, wrong := range []struct {
		key         tc3.Credential
		code, means string
	}{
		{tc3.Credential{SecretID: s.key.SecretID, SecretKey: rand.Text()}, "AuthFailure.SignatureFailure", "most likely not that of the SecretId"},
		{tc3.Credential{SecretID: "AKID" + rand.Text(), SecretKey: s.key.SecretKey}, "AuthFailure.SecretIdNotFound", "no such access key"},
	} {
		p.fill("#secret-id", wrong.key.SecretID)
		p.fill("#secret-key", wrong.key.SecretKey)
		p.click("#sign-in")
		p.waitText(".signin", wrong.code)
		p.waitText(".signin", wrong.means)
		p.waitText(".signin", "RequestId")
		eval[bool](p, `(navigator.clipboard.writeText = async text => { window.copied = text; }, true)`)
		p.click(".signin .problem button")
		p.wait(fmt.Sprintf(`window.copied?.startsWith(%s) && /RequestId: [-0-9a-f]{36}$/.test(window.copied)`, quote(wrong.code)))
		p.waitText("#live", "Copied")
	}
	p.keep("console, wrong key")
	p.signIn(s.key) // and the form is still good
}

func TestAWrongClockIsToldWithBothTimes(t *testing.T) {
	t.Parallel()
	s := serve(t)
	p := blank(t)
	command(p, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{
		Source: `{ const now = Date.now; Date.now = () => now() - 3600_000; }`,
	})
	p.do(chromedp.Navigate(s.url + "/console/"))
	p.fill("#secret-id", s.key.SecretID)
	p.fill("#secret-key", s.key.SecretKey)
	p.click("#sign-in")
	p.waitText(".signin", "AuthFailure.SignatureExpire")
	p.waitText(".signin", "The clock here says")
	p.keep("console, wrong clock")
}

func TestTheRateLimitIsToldAndTheListCanBeAskedForAgain(t *testing.T) {
	t.Parallel()
	s := serve(t, "--rate-limit", "2")
	p := open(t, s, "/console/")
	p.signIn(s.key)
	p.waitFor("#list .empty")
	p.until("the rate limit", func() bool {
		eval[bool](p, `(document.querySelector('#refresh').click(), true)`)
		return strings.Contains(eval[string](p, `document.body.innerText`), "RequestLimitExceeded")
	})
	p.waitText("#list", "Wait a second and try again")
	p.keep("console, rate limit")
	p.until("the list again", func() bool {
		return eval[bool](p, `(document.querySelector('#list .problem button')?.click(), !document.querySelector('#list .problem') && document.querySelector('#list').ariaBusy !== 'true')`)
	})
}

func TestAServerThatIsGoneIsToldAndWhatIsThereStays(t *testing.T) {
	t.Parallel()
	s := serve(t)
	seed(t, s, 2)
	p := open(t, s, "/console/")
	p.expect("ERR_CONNECTION_REFUSED")
	p.signIn(s.key)
	p.waitFor("#range")
	s.stop(t)
	p.click("#refresh")
	p.waitText("#list .problem", "The server does not answer")
	p.waitText("#list", "host-1.example.com")
	p.keep("console, server gone")
}

func TestWhereTheBrowserCannotSignThePageSaysWhyAndWhatToDo(t *testing.T) {
	t.Parallel()
	s := serve(t)
	p := blank(t)
	command(p, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{
		Source: `Object.defineProperty(Crypto.prototype, 'subtle', {get: () => undefined})`, // as over http on a foreign host
	})
	p.do(chromedp.Navigate(s.url + "/console/"))
	p.waitText("#cannot-sign", "https and on localhost")
	p.waitText("#cannot-sign", "ssh -L")
	p.everyLook(func(look string) { p.accessible("cannot sign, " + look) })
	p.keep("console, cannot sign")
}

func TestWhoMayNotIsToldWhichActionIsNotAllowed(t *testing.T) {
	t.Parallel()
	s := serve(t)
	s.call(t, "CreateCSR", with(map[string]any{"Generate": true}), nil)
	s.command(t, "user", "create", "reader")
	s.command(t, "policy", "attach", "QcloudSSLReadOnlyAccess", "--user", "reader")
	reader := newKey(t, s, "reader")
	p := open(t, s, "/console/?CSRId=1")
	p.signIn(reader)
	p.waitText("#main .problem", "csrd:DescribeCSRRecord")
	p.click("#describe")
	p.waitText("#csr", "BEGIN CERTIFICATE REQUEST")
	p.waitText("#inspection .problem", "csrd:InspectCSR")
	p.waitText("#main", "There is no private key here")
	p.do(chromedp.Navigate(s.url + "/console/?new"))
	p.signIn(reader)
	for name, value := range draft {
		if text, ok := value.(string); ok && name != "EncryptAlgo" && name != "KeyParameter" {
			p.fill("#field-"+name, text)
		}
	}
	p.click("#save")
	p.waitText("#said .problem", "ssl:CreateCSR")
	p.wait(`(box => box.top >= 0 && box.bottom <= innerHeight)(document.querySelector('#said .problem').getBoundingClientRect())`)
	p.keep("console, not allowed")
}

// newKey makes an access key of a user.
func newKey(t *testing.T, s *site, user string) (key tc3.Credential) {
	t.Helper()
	for line := range strings.Lines(s.command(t, "key", "create", "--user", user)) {
		fields := strings.Fields(line)
		if len(fields) == 2 && fields[0] == "SecretId" {
			key.SecretID = fields[1]
		}
		if len(fields) == 2 && fields[0] == "SecretKey" {
			key.SecretKey = fields[1]
		}
	}
	if key.SecretID == "" || key.SecretKey == "" {
		t.Fatal("csrd key create shows no key")
	}
	return key
}
