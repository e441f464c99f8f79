package browsertest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestExplorerCallsEveryAction(t *testing.T) {
	s := serve(t)
	for _, spec := range specs() {
		t.Run(spec.Name, func(t *testing.T) {
			parameters := s.parametersFor(t, spec)
			p := explore(t, s, spec, parameters)
			p.signIn(s.key)
			p.click("#call")
			p.waitText("#code", "OK")
			requestID := p.text("#request-id")
			line := s.logged(t, requestID)
			if line.Action != spec.Name || line.Code != "OK" {
				t.Errorf("the server has the call as %+v", line)
			}
			if got := p.text("#http-status"); got != "HTTP 200" {
				t.Errorf("the status is %q", got)
			}
			if got := p.text("#duration"); !strings.HasSuffix(got, " ms") {
				t.Errorf("the duration is %q", got)
			}
			if eval[bool](p, `Boolean(document.querySelector('#show-secrets'))`) {
				p.click("#show-secrets")
			}
			sameJSON(t, "the body that is shown as sent", p.value("#request-body"), parameters)
			headers := p.value("#request-headers")
			for _, want := range []string{"X-TC-Action: " + spec.Name, "Authorization: TC3-HMAC-SHA256 Credential=" + s.key.SecretID + "/", "Content-Type: application/json", "Host: " + strings.TrimPrefix(s.url, "http://")} {
				if !strings.Contains(headers, want) {
					t.Errorf("the headers that are shown lack %q:\n%s", want, headers)
				}
			}
			if got := p.value("#response-headers"); !strings.Contains(strings.ToLower(got), "x-tc-requestid: "+requestID) {
				t.Errorf("the response's headers are shown as\n%s", got)
			}
			var envelope struct{ Response map[string]any }
			must(t, json.Unmarshal([]byte(p.value("#response")), &envelope))
			for _, field := range spec.Result {
				if _, shown := envelope.Response[field.Name]; !shown {
					t.Errorf("the response that is shown has no %s", field.Name)
				}
			}
		})
	}
}

// logged is the line of the log of a request.
func (s *site) logged(t *testing.T, requestID string) (line struct {
	Action, Code string
	RequestID    string `json:"request_id"`
}) {
	t.Helper()
	for _, text := range slices.Backward(s.lines()) {
		if json.Unmarshal([]byte(text), &line) == nil && line.RequestID == requestID {
			return line
		}
	}
	t.Fatalf("the log has no request %s", requestID)
	return line
}

func TestExplorerShowsWhatTheServerRefuses(t *testing.T) {
	s := serve(t)
	p := open(t, s, "/explorer/#DescribeCSR?CSRId=4711")
	p.waitText("#action-title", "DescribeCSR")
	p.signIn(s.key)
	p.click("#call")
	p.waitText("#code", "InvalidParameter.InvalidCSRId")
	requestID := p.text("#request-id")
	p.waitText(".problem", requestID)
	p.waitText(".problem", "4711")

	// What is not of its type is sent as it was typed, for the server to refuse.
	p.fill("#field-CSRId", "twelve")
	p.waitText("[data-parameter=CSRId] .field-problem", "Not an integer")
	p.click("#call")
	p.waitText("#code", "InvalidParameter")
	p.wait(`!document.querySelector('#code').innerText.includes('.')`)
	sameJSON(t, "the body", p.value("#request-body"), map[string]any{"CSRId": "twelve"})
	p.accessible("a refused call")
}

func TestExplorerHasNoRequestOfItsOwnBeforeItIsAsked(t *testing.T) {
	s := serve(t)
	p := open(t, s, "/explorer/")
	for _, tab := range []string{"code", "docs", "history", "signature", "call"} {
		p.click(fmt.Sprintf("[data-tab=%s]", tab))
		p.wait(fmt.Sprintf(`document.querySelector('[data-tab=%s]').getAttribute('aria-selected') === 'true'`, tab))
	}
	for _, line := range s.lines() {
		if strings.Contains(line, `"msg":"request"`) {
			t.Errorf("a call was made: %s", line)
		}
	}
}
