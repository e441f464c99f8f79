package browsertest

import (
	"strings"
	"testing"
)

func TestSigningInShowsTheListAndSigningOutForgetsTheKey(t *testing.T) {
	t.Parallel()
	s := serve(t)
	p := open(t, s, "/console/")
	p.signIn(s.key)
	p.click("#sign-out")
	p.waitFor("#sign-in")
	kept := eval[string](p, `document.documentElement.outerHTML + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)`)
	if strings.Contains(kept, s.key.SecretKey) {
		t.Error("the SecretKey is still in the page")
	}
}

func TestTheSignInIsAccessible(t *testing.T) {
	t.Parallel()
	s := serve(t)
	p := open(t, s, "/console/")
	p.waitFor("#sign-in")
	p.everyLook(func(look string) { p.accessible("sign-in, " + look) })
}
