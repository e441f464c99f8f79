package browsertest

import (
	"fmt"
	"testing"
)

// some are CSRs that people could have.
func some(t *testing.T, s *site) {
	t.Helper()
	for i, c := range []map[string]any{
		{"Domain": "legacy.example.com", "Remark": "moves to the new cluster in Q2"},
		{"Domain": "mail.example.com", "EncryptAlgo": "RSA", "KeyParameter": "2048", "Generate": true},
		{"Domain": "*.shop.example.com", "Remark": "wildcard of the shop", "Generate": true, "SubjectAltName": []string{"shop.example.com"}},
		{"Domain": "例え.example.com", "Organization": "云知", "Province": "湖南", "City": "长沙", "Remark": "renewal 2027"},
		{"Domain": "api.example.com", "EncryptAlgo": "RSA", "KeyParameter": "4096", "Generate": false},
		{"Domain": "sso.example.com", "Generate": true, "Remark": "login, do not let it lapse"},
		{"Domain": "www.example.com", "Generate": true, "SubjectAltName": []string{"example.com", "192.0.2.1"}, "KeyPassword": "a password of a key", "Remark": "public site"},
	} {
		parameters := with(c)
		parameters["Tags"] = []map[string]string{{"TagKey": "team", "TagValue": []string{"web", "core"}[i%2]}}
		s.call(t, "CreateCSR", parameters, nil)
	}
}

// state is a state of the console that people see, and how to come to it from
// the list of some.
type state struct {
	name string
	come func(p *page)
}

func states() []state {
	return []state{
		{"list", func(p *page) { p.waitFor("#range") }},
		{"detail", func(p *page) {
			p.click(`tr[data-id="7"] a`)
			p.waitFor("#inspection .findings, #inspection .icon")
		}},
		{"key shown", func(p *page) {
			p.click("#show-key")
			p.waitFor("#key")
			p.click("#show-password")
			p.waitFor("#password")
		}},
		{"draft", func(p *page) {
			p.click("#back")
			p.click(`tr[data-id="1"] a`)
			p.waitFor("#edit")
		}},
		{"edit", func(p *page) {
			p.click("#edit")
			p.waitFor("#field-Domain")
		}},
		{"edit refused", func(p *page) {
			p.fill("#field-Organization", "")
			p.fill("#field-Country", "Atlantis")
			p.click("#generate")
			p.waitFor("#field-Organization-problem")
		}},
		{"edit refused by the server", func(p *page) {
			p.fill("#field-Organization", "Example")
			p.click("#generate")
			p.waitFor("#said .problem")
		}},
		{"new", func(p *page) {
			p.click("#back")
			p.click("#back")
			p.click("#new")
			p.waitFor("#field-Tags")
		}},
		{"delete", func(p *page) {
			p.click("#back")
			p.click("#select-all")
			p.click("#delete-selected")
			p.waitFor("#confirm")
		}},
		{"filtered", func(p *page) {
			p.click("#cancel")
			p.fill("#filter-domain", "nobody.example.com")
			p.click("#apply")
			p.waitFor("#list .empty")
		}},
	}
}

func TestEveryStateOfTheConsoleIsAccessible(t *testing.T) {
	t.Parallel()
	s := serve(t)
	some(t, s)
	p := open(t, s, "/console/")
	p.signIn(s.key)
	for _, language := range []string{"en", "zh-CN"} {
		p.speak(language)
		for _, state := range states() {
			state.come(p)
			for _, scheme := range []string{"light", "dark"} {
				p.dark(scheme == "dark")
				p.accessible(fmt.Sprintf("%s, %s, %s", state.name, language, scheme))
				p.keep(fmt.Sprintf("console, %s, %s, %s", state.name, language, scheme))
			}
			p.dark(false)
			p.size(390, 844)
			if wide := eval[int](p, `document.documentElement.scrollWidth`); wide > 390 {
				t.Errorf("%s, %s: on a narrow screen the page is %d pixels wide, of 390", state.name, language, wide)
			}
			p.keep(fmt.Sprintf("console, %s, %s, narrow", state.name, language))
			p.size(1280, 800)
		}
		p.click("#clear")
		p.waitFor("#range")
	}
}

func TestTheEmptyConsoleIsAccessibleAndShowsHowToBegin(t *testing.T) {
	t.Parallel()
	s := serve(t)
	p := open(t, s, "/console/")
	p.signIn(s.key)
	p.waitText("#list", "csrd import")
	p.everyLook(func(look string) {
		p.accessible("empty, " + look)
		p.keep("console, empty, " + look)
	})
}
