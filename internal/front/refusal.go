package front

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"csrd/action"
)

// Decision: what HTTP itself cannot take is told in an envelope too, in English, and the connection closed: InvalidRequest
// for a malformed head, UnsupportedProtocol for another version of HTTP or a port that speaks TLS, UnsupportedOperation for
// a transfer encoding or an Expect that is not known, RequestSizeLimitExceeded for a head above 256 KB.

// The answers that net/http writes by itself begin so, up to the status and
// behind its line; a handler's have a Date between. Its answer to an unknown
// Expect has one too, and a status that no handler of ours gives.
var (
	ownProtocol = []byte("HTTP/1.1 ")
	ownOldOne   = []byte("HTTP/1.0 ") // to a client that speaks it, but for a head that cannot be read
	ownHeaders  = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")
	ownExpect   = []byte("417 ")
)

// refusalOf returns what an answer that net/http wrote by itself says, as the
// API says it; nil for the answer of a handler.
func refusalOf(written []byte) *action.Error {
	line, ok := bytes.CutPrefix(written, ownProtocol)
	if !ok {
		if line, ok = bytes.CutPrefix(written, ownOldOne); !ok {
			return nil
		}
	}
	if bytes.HasPrefix(line, ownExpect) {
		return action.Fail(action.CodeUnsupportedOperation, action.Text{
			En: "The header `Expect` is not supported: it must be `100-continue`.",
			Zh: "不支持请求头 `Expect` 的取值：须为 `100-continue`。",
		})
	}
	end := bytes.IndexByte(line, '\r')
	if end < 0 || !bytes.HasPrefix(line[end:], ownHeaders) {
		return nil
	}
	status, why, _ := strings.Cut(string(line[:end]), ": ")
	switch status[:min(3, len(status))] {
	case "431":
		return tooLarge(partHead, maxHead, false)
	case "501":
		return action.Fail(action.CodeUnsupportedOperation, action.Text{
			En: "The header `Transfer-Encoding` is not supported: it must be `chunked`.",
			Zh: "不支持请求头 `Transfer-Encoding` 的取值：须为 `chunked`。",
		})
	case "505":
		return action.Fail(action.CodeUnsupportedProtocol, action.Text{
			En: "The version of HTTP is not supported: it must be HTTP/1.1 or HTTP/1.0.",
			Zh: "不支持的 HTTP 版本：须为 HTTP/1.1 或 HTTP/1.0。",
		})
	}
	if why == "" {
		why = "its first line or a header cannot be read"
	}
	return action.Fail(action.CodeInvalidRequest, action.Text{
		En: "The request is not one of HTTP: %s.",
		Zh: "请求不符合 HTTP 规范：%s。",
	}, why)
}

// plainOnTLS is for a client that speaks plain HTTP to a port that speaks TLS.
func plainOnTLS() *action.Error {
	return action.Fail(action.CodeUnsupportedProtocol, action.Text{
		En: "This port speaks TLS: use https.",
		Zh: "此端口使用 TLS：请使用 https。",
	})
}

// How long, and how much, a refused client may still send: to close before it
// is read would take the answer from the client.
const (
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 1 << 20
)

// refuse answers on a connection what reached no handler, and says that
// nothing follows.
func (a *API) refuse(c net.Conn, why *action.Error) error {
	id := a.NewRequestID()
	from := c.RemoteAddr().String()
	if peer, err := peerAddress(from); err == nil {
		from = peer.String()
	}
	a.Log.Info("request", slog.String("request_id", id), slog.String("action", ""), slog.String("from", from), slog.String("code", string(why.Code)))
	a.Metrics.requests.WithLabelValues(action.UnknownAction, string(why.Code)).Inc()

	body := marshalEnvelope(id, nil, why, action.English)
	response := http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Close: true,
		Header:        http.Header{},
		ContentLength: int64(len(body)),
		Body:          io.NopCloser(bytes.NewReader(body)),
	}
	setEnvelopeHeaders(response.Header, id)
	if err := response.Write(c); err != nil {
		return err
	}
	if err := closeWrite(c); err != nil {
		return err
	}
	if err := c.SetReadDeadline(time.Now().Add(lingerTime)); err != nil {
		return err
	}
	_, _ = io.CopyN(io.Discard, c, lingerBytes) // however it ends, the answer was sent
	return nil
}
