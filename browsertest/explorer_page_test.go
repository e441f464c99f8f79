package browsertest

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp/kb"
)

func TestExplorerLinkHoldsTheCallAndNoSecret(t *testing.T) {
	s := serve(t)
	p := open(t, s, "/explorer/#CreateCSR?"+url.Values{
		"Domain": {"www.example.com"}, "Remark": {"a=b&c #1 云"}, "Generate": {"true"}, "SubjectAltName": {`["a.example.com","b.example.com"]`},
		"Tags": {`[{"TagKey":"team","TagValue":"web"}]`}, "KeyPassword": {"from the link"}, "NoSuch": {"x"},
	}.Encode())
	p.waitText("#action-title", "CreateCSR")
	if got := eval[string](p, `document.querySelector('#field-KeyPassword').value`); got != "" {
		t.Errorf("the link has set a secret parameter: %q", got)
	}
	p.fill("#field-KeyPassword", "s3cret-pass")
	p.fill("#field-City", "Changsha")
	p.wait(`location.hash.includes('City=Changsha')`)
	hash := eval[string](p, `location.hash`)
	values, err := url.ParseQuery(hash[strings.Index(hash, "?")+1:])
	must(t, err)
	for name, want := range map[string]string{"Remark": "a=b&c #1 云", "SubjectAltName": `["a.example.com","b.example.com"]`, "Tags": `[{"TagKey":"team","TagValue":"web"}]`, "Generate": "true", "KeyPassword": "", "NoSuch": ""} {
		if values.Get(name) != want {
			t.Errorf("the address has %s=%q, want %q", name, values.Get(name), want)
		}
	}
	if strings.Contains(hash, "s3cret") {
		t.Errorf("the address has a secret: %s", hash)
	}

	// The address of one, in another tab, is the same call.
	other := open(t, s, "/explorer/"+hash)
	other.click("[data-tab=code]")
	other.waitText("#sample", "a=b&c #1 云")
	other.waitText("#sample", `"TagValue":"web"`)

	// Back goes to where one was, with what was typed there.
	p.click("a[href='#DescribeCSR']")
	p.waitText("#action-title", "DescribeCSR")
	eval[bool](p, `(history.back(), true)`)
	p.waitText("#action-title", "CreateCSR")
	p.wait(`document.querySelector('#field-City').value === 'Changsha' && document.querySelector('#field-KeyPassword').value === 's3cret-pass'`)
}

// slash presses / as a keyboard does: press would send its character as well
// where a page has taken the key.
func (p *page) slash() {
	p.t.Helper()
	key := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "/", Code: "Slash", Text: "/", WindowsVirtualKeyCode: 191}
	command(p, input.DispatchKeyEvent, key)
	key.Type, key.Text = input.DispatchKeyEventTypeKeyUp, ""
	command(p, input.DispatchKeyEvent, key)
}

func TestExplorerSearchIsByKeyboardOverActionsAndParameters(t *testing.T) {
	s := serve(t)
	p := open(t, s, "/explorer/")
	p.waitFor("#search")
	p.slash()
	p.wait(`document.activeElement.id === 'search'`)
	p.press("keypass")
	p.waitText("#found", "CreateCSR › KeyPassword")
	p.waitText("#found", "ImportCSR › KeyPassword")
	if strings.Contains(p.text("#found"), "BatchDeleteCSR") {
		t.Error("the search finds an action that has no such parameter")
	}
	p.press(kb.ArrowDown + kb.Enter)
	p.waitText("#action-title", "CreateCSR")
	p.wait(`document.activeElement.id === 'field-KeyPassword'`)
	p.slash() // in a field it is a character
	p.wait(`document.querySelector('#field-KeyPassword').value === '/'`)

	p.fill("#search", "tagvalue") // inside a list of objects
	p.waitText("#found", "ImportCSR › TagValue")
	p.fill("#search", "删除") // a word of the other language
	p.waitText("#found", "BatchDeleteCSR")
	p.fill("#search", "<b>nothing</b>")
	p.waitText("#found", "<b>nothing</b>")
	p.press(kb.Escape)
	p.waitText("#found", "DescribeCSRSet")
}

func TestExplorerFormBuildsListsObjectsAndEmptyValues(t *testing.T) {
	s := serve(t)
	p := open(t, s, "/explorer/#ModifyCSR?CSRId=1")
	p.click("[data-tab=code]")
	p.waitFor("#sample")
	eval[bool](p, `(document.querySelector('input[value=csrd]').click(), true)`)
	p.waitText("#sample", "csrd call ModifyCSR")
	if first := eval[string](p, `[...document.querySelectorAll('[data-parameter]')].slice(0, 2).map(e => e.dataset.parameter).join()`); first != "CSRId,Generate" {
		t.Errorf("the form begins with %s, want the required parameters", first)
	}
	p.click("#only-required")
	p.wait(`!document.querySelector('#field-City')`)
	p.click("#only-required")
	p.choose("#field-Generate", "false")
	p.waitText("#sample", "--Generate 'false'")
	p.click("#field-SubjectAltName")
	p.press("a.example.com")
	p.waitText("#sample", `--SubjectAltName '["a.example.com"]'`)
	p.click("[data-parameter=SubjectAltName] [aria-label='Remove SubjectAltName.0']")
	p.wait(`!document.querySelector('#sample').textContent.includes('SubjectAltName')`)
	p.click("[data-parameter=SubjectAltName] .send-empty input")
	p.waitText("#sample", "--SubjectAltName '[]'")
	p.click("[data-parameter=Remark] .send-empty input")
	p.waitText("#sample", "--Remark ''")

	p.click("a[href='#DescribeCSRSet']")
	p.fill("#field-Limit", "101")
	p.waitText("[data-parameter=Limit] .field-problem", "0 – 100")
	p.waitText("#sample", "--Limit '101'")
}

func TestExplorerHistoryIsKeptWithoutSecretsAndRepeats(t *testing.T) {
	s := serve(t)
	p := open(t, s, "/explorer/#CreateCSR")
	p.waitFor("#fill-example")
	p.signIn(s.key)
	p.click("#fill-example")
	p.fill("#field-KeyPassword", "s3cret-pass")
	p.click("#call")
	p.waitText("#code", "OK")
	p.click("a[href='#DescribeCSRSet']")
	p.fill("#field-Limit", "3")
	p.click("#call")
	p.waitText("#code", "OK")
	p.click("[data-tab=history]")
	p.waitText("#history", "KeyPassword")
	kept := eval[string](p, `JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + location.href + document.documentElement.outerHTML`)
	for _, secret := range []string{"s3cret-pass", s.key.SecretKey} {
		if strings.Contains(kept, secret) {
			t.Errorf("%s is kept, or in the page", secret)
		}
	}

	// It outlives the page, and refills and repeats.
	eval[bool](p, `(location.reload(), true)`)
	p.waitFor("#secret-id")
	p.click("[data-tab=history]")
	p.waitText("#history", "DescribeCSRSet")
	p.click("[aria-label='Refill: CreateCSR']")
	p.waitText("#action-title", "CreateCSR")
	p.wait(`document.activeElement.id === 'field-KeyPassword' && document.querySelector('#field-Domain').value === 'www.example.com'`)
	if eval[bool](p, `Boolean(document.querySelector("[aria-label='Repeat: CreateCSR']"))`) {
		t.Error("a call whose secrets are not kept can be repeated without them")
	}
	p.click("[data-tab=call]")
	p.signIn(s.key)
	p.click("[data-tab=history]")
	p.click("[aria-label='Repeat: DescribeCSRSet']")
	p.waitText("#code", "OK")
	p.waitText("#response", `"Total": 1`)
	sameJSON(t, "the body of the repeated call", p.value("#request-body"), map[string]any{"Limit": 3})
	p.click("[data-tab=history]")
	p.click("#clear-history")
	p.waitText("#history", "No call")
}

func TestExplorerShowsHostileTextAsText(t *testing.T) {
	s := serve(t)
	const hostile = `"><img src=x onerror=document.title='owned'><script>1</script>`
	p := open(t, s, "/explorer/#CreateCSR?"+url.Values{
		"Domain": {"www.example.com"}, "Organization": {hostile}, "Department": {hostile}, "Email": {"pki@example.com"}, "Province": {hostile}, "City": {hostile},
		"Country": {"CN"}, "EncryptAlgo": {"ECC"}, "KeyParameter": {"prime256v1"}, "Generate": {"false"}, "Remark": {hostile},
	}.Encode())
	p.waitFor("#fill-example")
	p.signIn(s.key)
	p.click("#call")
	p.waitText("#code", "OK")
	for _, tab := range []string{"code", "signature", "docs", "history"} {
		p.click("[data-tab=" + tab + "]")
		p.wait(`document.querySelector('.tab-panel').innerText.length > 100`)
		p.wait(`!document.querySelector('.tab-panel img, .tab-panel script, #main script')`)
	}
	p.click("a[href='#DescribeCSRSet']")
	p.click("#call")
	p.waitText("#response", "onerror")
	p.wait(`!document.querySelector('#main img, #main script')`)
	p.fill("#search", hostile)
	p.waitText("#found", "<script>")
	p.wait(`!document.querySelector('#main script, #found img')`)
	if title := eval[string](p, `document.title`); strings.Contains(title, "owned") {
		t.Error("a text of a CSR was run")
	}
}

func TestExplorerMasksAPrivateKeyInTheAnswer(t *testing.T) {
	s := serve(t)
	var created struct{ Id int64 }
	s.call(t, "CreateCSR", map[string]any{
		"Domain": "www.example.com", "Organization": "Example", "Department": "IT", "Email": "pki@example.com",
		"Province": "Hunan", "City": "Changsha", "Country": "CN", "EncryptAlgo": "ECC", "KeyParameter": "prime256v1", "Generate": true,
	}, &created)
	p := open(t, s, "/explorer/#DescribeCSR?CSRId="+strconv.FormatInt(created.Id, 10))
	p.waitFor("#secret-id")
	p.signIn(s.key)
	p.click("#call")
	p.waitText("#code", "OK")
	if html := eval[string](p, `document.documentElement.outerHTML`); strings.Contains(html, "PRIVATE KEY") {
		t.Error("the private key is in the page before it was asked for")
	}
	p.click("#show-secrets")
	p.waitText("#response", "BEGIN PRIVATE KEY")
	p.click("#show-secrets")
	p.wait(`!document.querySelector('#response').textContent.includes('PRIVATE KEY')`)

	// Signing out leaves nothing of it behind.
	p.click("#show-secrets")
	p.waitText("#response", "BEGIN PRIVATE KEY")
	p.click("#sign-out")
	p.signIn(s.key)
	p.wait(`document.querySelector('.tab-panel .empty') && !document.querySelector('#response')`)
}
