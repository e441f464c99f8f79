package ssl_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"csrd/action"
	"csrd/csr"
)

// The captured requests are signed with these.
const (
	capturedID  = "AKIDEXAMPLE0123456789abcdefghijklmno"
	capturedKey = "SKexample0123456789ABCDEFGHIJKLM"
	// capturedToken is the one that some of them carry.
	capturedToken = "tok/en+VALUE=="
)

var capturedTimestamp = regexp.MustCompile(`(?i)(?:x-tc-timestamp: |[?&]Timestamp=)(\d+)`)

// Every request that an official SDK really sent, in every form and with every
// signature method, is answered as it should be, down to the text of the
// parameters.
func TestCapturedRequestsOfOfficialSDKsAreAnswered(t *testing.T) {
	var files []string
	for _, folder := range []string{"../tc3/testdata/captures", "../sigv1/testdata/captures"} {
		found, err := filepath.Glob(folder + "/*.http")
		if err != nil || len(found) == 0 {
			t.Fatalf("no captured request found in %s: %v", folder, err)
		}
		files = append(files, found...)
	}
	h := newHarness(t)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".http")
		t.Run(name, func(t *testing.T) {
			raw := h.readCapture(t, file)
			answer := h.replay(t, raw)
			want := action.Code("")
			switch {
			case strings.Contains(name, "skipsign"):
				want = action.CodeInvalidAuthorization
			case strings.Contains(name, "octetstream"):
				want = action.CodeUnsupportedOperation
			case strings.Contains(name, "multipart"):
				want = action.CodeUnknownParameter // a file was sent with it, which this action does not take
			case name == "cpp-tc3-post-CreateCSR":
				want = action.CodeMissingParameter // recorded with fewer parameters
			}
			if answer.Error.Code != want {
				t.Fatalf("answered %q (%s), want %q", answer.Error.Code, answer.Error.Message, want)
			}
			// The host is signed by every method; another one is refused as such.
			if want != action.CodeInvalidAuthorization && want != action.CodeUnsupportedOperation {
				forged := regexp.MustCompile(`(?m)^Host: .`).ReplaceAll(raw, []byte("Host: x"))
				if forgery := h.replay(t, forged); forgery.Error.Code != action.CodeSignatureFailure {
					t.Errorf("with another host: answered %q (%s)", forgery.Error.Code, forgery.Error.Message)
				}
			}
			// A token that was never issued is refused, though TC3 does not sign it.
			if another := bytes.Replace(raw, []byte(capturedToken), []byte("tok/en+OTHER=="), 1); !bytes.Equal(another, raw) && want == "" {
				if forgery := h.replay(t, another); forgery.Error.Code != action.CodeTokenFailure {
					t.Errorf("with another token: answered %q (%s)", forgery.Error.Code, forgery.Error.Message)
				}
			}
			if !strings.HasSuffix(name, "CreateCSR") || want != "" {
				return
			}
			c, err := h.store.Get(t.Context(), capturedOwner, answer.Id)
			must(t, err)
			got := c.Details
			if got.Domain != "例え.example.com" || got.Organization != "A & B + C/D=E*~'()! 'é" || got.Department != "IT " ||
				got.Email != "a+b@example.com" || got.Province != "Guang dong" || got.City != "深圳" || got.Country != "CN" ||
				got.EncryptAlgo != "RSA" || got.KeyParameter != "2048" || got.Remark != "" || c.Status != csr.Generated {
				t.Errorf("the record is %+v", c)
			}
		})
	}
}

// readCapture reads a captured request, and sets the clock to its time.
func (h *harness) readCapture(t *testing.T, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(file)
	must(t, err)
	seconds, err := strconv.ParseInt(string(capturedTimestamp.FindSubmatch(raw)[1]), 10, 64)
	must(t, err)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = time.Unix(seconds, 0)
	return raw
}

// replayed is what is looked at of an answer.
type replayed struct {
	Id    int64
	Error struct {
		Code    action.Code
		Message string
	}
}

// replay sends the bytes of a request as they are.
func (h *harness) replay(t *testing.T, raw []byte) (answer replayed) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
	must(t, err)
	defer conn.Close()
	_, err = conn.Write(raw)
	must(t, err)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	var envelope struct{ Response replayed }
	if err := json.Unmarshal(bytes.TrimSpace(body), &envelope); err != nil {
		t.Fatalf("answered %q: %v", body, err)
	}
	return envelope.Response
}
