package browsertest

import "testing"

// Every state of the Explorer, in both languages and schemes of colours; that of
// the signature is looked at where it is tested.
func TestExplorerIsAccessibleInEveryLook(t *testing.T) {
	s := serve(t)
	some(t, s)
	p := open(t, s, "/explorer/#CreateCSR")
	p.size(1480, 940)
	see := func(name string) {
		t.Helper()
		p.everyLook(func(look string) {
			p.wait(`document.querySelector('.tab-panel').innerText.length > 40`) // it is loaded when it is opened
			p.accessible(name + ", " + look)
			p.keep("explorer " + name + ", " + look)
		})
	}
	p.waitFor("#secret-id")
	see("signing in")
	p.click("#fill-example")
	p.click("[data-tab=code]")
	p.waitFor("#sample")
	see("code")
	p.click("[data-tab=docs]")
	p.waitFor("#example-response")
	see("documents")

	p.click("a[href='#DescribeCSRSet']")
	p.click("[data-tab=call]")
	p.signIn(s.key)
	p.fill("#field-Limit", "2")
	p.click("#call")
	p.waitText("#code", "OK")
	see("called")
	p.click("[data-tab=history]")
	p.waitFor("#clear-history")
	see("history")
	p.fill("#search", "name")
	p.waitText("#found", "›")
	see("search")
}

func TestExplorerFitsNarrowScreens(t *testing.T) {
	s := serve(t)
	p := open(t, s, "/explorer/#CreateCSR")
	p.size(390, 844)
	p.waitFor("#fill-example")
	p.signIn(s.key)
	p.click("#fill-example")
	p.click("#call")
	p.waitText("#code", "OK")
	for _, tab := range []string{"call", "code", "signature", "docs", "history"} {
		p.click("[data-tab=" + tab + "]")
		p.wait(`document.querySelector('.tab-panel').innerText.length > 100`)
		if wide := eval[float64](p, `document.documentElement.scrollWidth`); wide > 390 {
			t.Errorf("%s makes the page %v wide", tab, wide)
		}
		p.accessible("narrow, " + tab)
		p.keep("explorer narrow " + tab)
	}
	eval[bool](p, `(scrollTo(0, 0), true)`)
	p.keep("explorer narrow top")
}

// firstLoad is what the first sight of a page may cost in all, as it goes over the wire.
const firstLoad = 150 << 10

func TestExplorerFirstLoadIsSmall(t *testing.T) {
	s := serve(t)
	p := open(t, s, "/explorer/")
	p.waitFor("#call")
	size := eval[float64](p, `performance.getEntries().filter(e => e.entryType === 'resource' || e.entryType === 'navigation').reduce((n, e) => n + e.transferSize, 0)`)
	if size == 0 || size > firstLoad {
		t.Errorf("the first load is %v bytes, want at most %d", size, firstLoad)
	}
	t.Logf("the first load is %v bytes", size)
	if elsewhere := eval[string](p, `performance.getEntriesByType('resource').map(e => e.name).filter(n => !n.startsWith(location.origin)).join()`); elsewhere != "" {
		t.Errorf("something is loaded from elsewhere: %s", elsewhere)
	}
}
