package browsertest

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// seed saves n drafts, each tenth of them for an RSA key, every hundredth of
// the domain hundred.example.com.
func seed(t *testing.T, s *site, n int) {
	t.Helper()
	numbers := make(chan int)
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for i := range numbers {
				parameters := with(map[string]any{"Domain": fmt.Sprintf("host-%d.example.com", i)})
				if i%10 == 0 {
					parameters["EncryptAlgo"], parameters["KeyParameter"] = "RSA", "2048"
				}
				if i%100 == 0 {
					parameters["Domain"] = "hundred.example.com"
				}
				s.call(t, "CreateCSR", parameters, nil)
			}
		})
	}
	for i := range n {
		numbers <- i
	}
	close(numbers)
	work.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// query is what the URL of the page says.
func (p *page) query() url.Values {
	p.t.Helper()
	values, err := url.ParseQuery(strings.TrimPrefix(eval[string](p, `location.search`), "?"))
	must(p.t, err)
	return values
}

func TestThousandCSRsArePagedFilteredAndTheURLKeepsWhere(t *testing.T) {
	t.Parallel()
	s := serve(t)
	seed(t, s, 1000)
	p := open(t, s, "/console/")
	p.signIn(s.key)
	p.waitText("#range", "1 to 20 of 1,000 CSRs")
	if total := p.text("#total"); total != "1,000" {
		t.Errorf("the total is %q", total)
	}
	// ids are the rows of the page.
	ids := func() string {
		return eval[string](p, `[...document.querySelectorAll('tbody tr')].map(r => r.dataset.id).join()`)
	}
	var newest struct{ Set []struct{ Id int64 } }
	s.call(t, "DescribeCSRSet", map[string]any{"Limit": 20}, &newest)
	var want []string
	for _, record := range newest.Set {
		want = append(want, fmt.Sprint(record.Id))
	}
	if got := ids(); got != strings.Join(want, ",") {
		t.Errorf("the first page is %s, want %s", got, want)
	}

	p.click("#next")
	p.waitText("#range", "21 to 40 of 1,000")
	second := ids()
	p.click("#last")
	p.waitText("#range", "981 to 1,000 of 1,000")
	if !eval[bool](p, `document.querySelector('#next').disabled && document.activeElement.id === 'jump'`) {
		t.Error("at the end one can go on, or the focus is lost")
	}
	p.click("#previous")
	p.waitText("#range", "961 to 980")
	p.fill("#jump", "2")
	p.press(kb.Enter)
	p.waitText("#range", "21 to 40 of 1,000")
	if got := ids(); got != second {
		t.Errorf("the second page is %s when jumped to, and was %s", got, second)
	}
	p.click("#first")
	p.waitText("#range", "1 to 20 of 1,000")

	p.choose("#page-size", "100")
	p.waitText("#range", "1 to 100 of 1,000")
	p.choose("#filter-algorithm", "RSA")
	p.waitText("#range", "1 to 100 of 100 CSRs")
	p.fill("#filter-domain", "HUNDRED.example.com")
	p.press(kb.Enter)
	p.waitText("#range", "1 to 10 of 10 CSRs")
	if q := p.query(); q.Get("Domain") != "HUNDRED.example.com" || q.Get("EncryptAlgo") != "RSA" || q.Get("Limit") != "100" {
		t.Errorf("the URL says %v", q)
	}
	p.do(chromedp.Reload())
	p.signIn(s.key) // the key was in the page alone
	p.waitText("#range", "1 to 10 of 10 CSRs")
	if got := eval[string](p, `document.querySelector('#filter-domain').value`); got != "HUNDRED.example.com" {
		t.Errorf("the filter is %q after a reload", got)
	}

	// Into a CSR and back: the list is as it was.
	p.click("tbody a")
	p.waitFor("#back")
	p.do(chromedp.NavigateBack())
	p.waitText("#range", "1 to 10 of 10 CSRs")
	p.click("#clear")
	p.waitText("#range", "1 to 100 of 1,000")

	p.do(chromedp.Navigate(s.url + "/console/?Page=70"))
	p.signIn(s.key)
	p.waitText("#list", "past the last of 1,000")
	p.click("#list button")
	p.waitText("#range", "981 to 1,000 of 1,000")
}

func TestADeletionSaysWhatWasNotThere(t *testing.T) {
	t.Parallel()
	s := serve(t)
	seed(t, s, 3)
	p := open(t, s, "/console/")
	p.signIn(s.key)
	p.click("#select-all")
	p.click("#delete-selected")
	p.waitFor("dialog[open]")
	named := p.text("#to-delete")
	for id := 1; id <= 3; id++ {
		if !strings.Contains(named, fmt.Sprintf("#%d", id)) {
			t.Errorf("the question does not name %d: %s", id, named)
		}
	}
	s.call(t, "BatchDeleteCSR", map[string]any{"CSRIds": []int{2}}, nil)
	p.click("#confirm")
	p.waitText("#ask-title", "2 of 3 CSRs are deleted")
	gone := eval[string](p, `[...document.querySelectorAll('#to-delete li')].filter(li => li.innerText.includes('was not there')).map(li => li.innerText.split('\n')[0]).join()`)
	if gone != "#2" {
		t.Errorf("of %q it says that they were not there, and 2 it was", gone)
	}
	p.click("#cancel")
	p.waitText("#list", "There is no CSR yet")
}

func TestTheConsoleWorksByKeyboardAlone(t *testing.T) {
	t.Parallel()
	s := serve(t)
	seed(t, s, 2)
	p := open(t, s, "/console/")
	p.wait(`document.activeElement.id === 'secret-id'`)
	p.write(s.key.SecretID)
	p.press(kb.Tab)
	p.write(s.key.SecretKey)
	p.press(kb.Enter)
	p.waitFor("#range")
	// tabTo presses Tab until an element has the focus.
	tabTo := func(selector string) {
		t.Helper()
		for range 60 {
			if eval[bool](p, `document.activeElement.matches(`+quote(selector)+`)`) {
				return
			}
			p.press(kb.Tab)
		}
		t.Fatalf("Tab never comes to %s", selector)
	}
	tabTo(`tr[data-id="2"] input`)
	if outline := eval[string](p, `getComputedStyle(document.activeElement).outlineStyle`); outline == "none" {
		t.Error("one does not see where the focus is")
	}
	p.press(" ")
	tabTo(`tr[data-id="1"] a`)
	p.press(kb.Enter)
	p.waitFor("#back")
	tabTo("#delete")
	p.press(kb.Enter)
	p.waitFor("dialog[open]")
	if focus := eval[string](p, `document.activeElement.id`); focus != "cancel" {
		t.Errorf("in the question the focus is on %q, not on what changes nothing", focus)
	}
	p.press(kb.Escape)
	p.wait(`!document.querySelector('dialog')`)
	p.wait(`document.activeElement.id === 'delete'`)
}
