package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"csrd/tc3"
)

// pageTimeout is the time that all of a test has in one page.
const pageTimeout = 5 * time.Minute

// page is a tab in a profile of its own. Whatever the browser complains about
// in it, a script that throws or a thing that the policy refuses, fails the
// test, but for what the test says it expects.
type page struct {
	t        *testing.T
	ctx      context.Context
	mu       sync.Mutex
	expected []string
	problems []string
}

// open opens a page of a site, as "/console/".
func open(t *testing.T, s *site, path string) *page {
	t.Helper()
	p := blank(t)
	p.do(chromedp.Navigate(s.url + path))
	return p
}

// blank opens a tab with nothing in it.
func blank(t *testing.T) *page {
	t.Helper()
	if browser == nil {
		need(t, "chromium")
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, pageTimeout)
	t.Cleanup(cancel)
	p := &page{t: t, ctx: ctx}
	must(t, chromedp.Listen(ctx, p.listen))
	p.size(1280, 800)
	command(p, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, problem := range p.problems {
			t.Errorf("the browser complains: %s", problem)
		}
	})
	return p
}

func (p *page) listen(event any) {
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		text := event.ExceptionDetails.Text
		if exception := event.ExceptionDetails.Exception; exception != nil {
			text += " " + exception.Description
		}
		p.complain(text)
	case *log.EventEntryAdded:
		if event.Entry.Level == log.EntryLevelError || event.Entry.Level == log.EntryLevelWarning {
			p.complain(event.Entry.Text + " " + event.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if event.Type == runtime.ConsoleAPICalledTypeError || event.Type == runtime.ConsoleAPICalledTypeWarning {
			var text []string
			for _, arg := range event.Args {
				text = append(text, string(arg.Value)+arg.Description)
			}
			p.complain(strings.Join(text, " "))
		}
	}
}

func (p *page) complain(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, expected := range p.expected {
		if strings.Contains(text, expected) {
			return
		}
	}
	p.problems = append(p.problems, text)
}

// expect has the browser complain of a text without failing the test.
func (p *page) expect(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = append(p.expected, text)
}

// do runs actions, which must work.
func (p *page) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.check(chromedp.Do(p.ctx, actions...))
}

// command sends a command of the protocol.
func command[P, R any](p *page, what cdp.Command[P, R], parameters P) R {
	p.t.Helper()
	result, err := chromedp.Call(p.ctx, what, parameters)
	p.check(err)
	return result
}

// eval evaluates an expression of JavaScript, which may be a promise.
func eval[T any](p *page, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	p.check(err)
	return value
}

// check ends the test with all that the page says where something failed.
func (p *page) check(err error) {
	p.t.Helper()
	if err == nil {
		return
	}
	p.keepFailed()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), 5*time.Second)
	defer cancel()
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	p.t.Fatalf("%v\nthe page says:\n%s", err, text)
}

// waitTimeout is how long a page may take to come to what is waited for.
const waitTimeout = 30 * time.Second

// until polls until a condition holds.
func (p *page) until(what string, holds func() bool) {
	p.t.Helper()
	late := time.After(waitTimeout)
	again := time.NewTicker(40 * time.Millisecond)
	defer again.Stop()
	for !holds() {
		select {
		case <-late:
			p.check(fmt.Errorf("waited in vain for %s", what))
		case <-p.ctx.Done():
			p.check(fmt.Errorf("waited for %s: %w", what, p.ctx.Err()))
		case <-again.C:
		}
	}
}

// wait waits until an expression is true, also where a page takes the place of
// another meanwhile.
func (p *page) wait(expression string) {
	p.t.Helper()
	p.until(expression, func() bool {
		is, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		return err == nil && is
	})
}

// waitText waits until an element has a text in it.
func (p *page) waitText(selector, text string) {
	p.t.Helper()
	p.wait(fmt.Sprintf(`document.querySelector(%s)?.innerText.includes(%s)`, quote(selector), quote(text)))
}

// waitFor waits until a selector has an element that is shown.
func (p *page) waitFor(selector string) {
	p.t.Helper()
	p.wait(fmt.Sprintf(`document.querySelector(%s)?.checkVisibility()`, quote(selector)))
}

// text is the text of an element as it is shown.
func (p *page) text(selector string) string {
	p.t.Helper()
	p.waitFor(selector)
	return eval[string](p, fmt.Sprintf(`document.querySelector(%s).innerText`, quote(selector)))
}

// click clicks with the mouse, once the element is there, may be clicked and
// nothing lies over it.
func (p *page) click(selector string) {
	p.t.Helper()
	p.wait(fmt.Sprintf(`(e => {
		if (!e?.checkVisibility() || e.disabled) return false;
		e.scrollIntoView({block: 'center', behavior: 'instant'});
		const box = e.getBoundingClientRect();
		window.clickAt = [box.x + box.width / 2, box.y + box.height / 2];
		return e.contains(document.elementFromPoint(...window.clickAt));
	})(document.querySelector(%s))`, quote(selector)))
	at := eval[[]float64](p, `window.clickAt`)
	p.do(chromedp.MouseClickXY(at[0], at[1]))
}

// fill puts a text into a field in the place of what is there, as a person does.
func (p *page) fill(selector, text string) {
	p.t.Helper()
	p.waitFor(selector)
	eval[bool](p, fmt.Sprintf(`(e => { e.focus(); e.select(); return true; })(document.querySelector(%s))`, quote(selector)))
	if text == "" {
		p.press(kb.Backspace)
		return
	}
	p.write(text)
}

// write puts a text where the focus is.
func (p *page) write(text string) {
	p.t.Helper()
	command(p, input.InsertText, input.InsertTextParams{Text: text})
}

// press presses keys, one after the other.
func (p *page) press(keys string) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys))
}

// choose chooses a value of a select.
func (p *page) choose(selector, value string) {
	p.t.Helper()
	p.waitFor(selector)
	if !eval[bool](p, fmt.Sprintf(`(e => { e.value = %s; e.dispatchEvent(new Event('input', {bubbles: true})); e.dispatchEvent(new Event('change', {bubbles: true})); return e.value === %[1]s; })(document.querySelector(%s))`,
		quote(value), quote(selector))) {
		p.t.Fatalf("%s has no choice %s", selector, value)
	}
}

// downloads has the files that the page hands over put into a folder.
func (p *page) downloads() downloads {
	p.t.Helper()
	d := downloads{p, p.t.TempDir()}
	_, err := chromedp.CallBrowser(p.ctx, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: cdpbrowser.SetDownloadBehaviorBehaviorAllow, DownloadPath: d.dir, BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
	})
	p.check(err)
	return d
}

// signIn signs in, and waits until the page says so.
func (p *page) signIn(key tc3.Credential) {
	p.t.Helper()
	p.fill("#secret-id", key.SecretID)
	p.fill("#secret-key", key.SecretKey)
	p.click("#sign-in")
	p.waitFor("#sign-out")
}

// dark has the browser prefer dark colours, or light ones.
func (p *page) dark(dark bool) {
	p.t.Helper()
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	command(p, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"}, // what is half faded is not to be judged
	}})
	// The page has drawn what it draws anew: nothing that is clicked next is replaced meanwhile.
	eval[bool](p, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
}

// speak has the page in a language, as the attribute lang names it.
func (p *page) speak(language string) {
	p.t.Helper()
	if eval[string](p, `document.documentElement.lang`) != language {
		p.click("#language")
		p.wait(`document.documentElement.lang === ` + quote(language))
	}
}

// everyLook shows the page in both languages and both schemes of colours, and
// ends in English and light. look names how it is then.
func (p *page) everyLook(see func(look string)) {
	p.t.Helper()
	for _, language := range []string{"zh-CN", "en"} {
		p.speak(language)
		for _, scheme := range []string{"dark", "light"} {
			p.dark(scheme == "dark")
			see(language + ", " + scheme)
		}
	}
}

// size sets the size of the window in CSS pixels.
func (p *page) size(width, height int64) {
	p.t.Helper()
	command(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 600,
	})
}

// screenshots names the environment variable of the folder that screenshots
// are kept in; none are where it is not set.
const screenshots = "CSRD_TEST_SCREENSHOTS"

// keep takes a screenshot of the window, where a folder is named for them.
func (p *page) keep(name string) {
	dir := os.Getenv(screenshots)
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), waitTimeout)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Logf("no screenshot: %v", err)
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		p.t.Error(err)
	}
}

// keepFailed keeps how the page looks where a test fails.
func (p *page) keepFailed() { p.keep("failed-" + strings.ReplaceAll(p.t.Name(), "/", "-")) }

// quote writes a text as JavaScript reads it.
func quote(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a text can be written
	}
	return string(quoted)
}
