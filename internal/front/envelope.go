package front

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"

	"csrd/action"
)

// envelope is the outermost object of every response.
type envelope struct {
	Response any
}

type failure struct {
	Error     wireError
	RequestId string
}

type wireError struct {
	Code    action.Code
	Message string
}

// writeEnvelope writes a response, or an error where there is one. An error
// too has status 200: SDKs take any other for a failure of the transport. And
// the content type has no charset: the Python SDK takes an error with one for
// a success.
func (a *API) writeEnvelope(w http.ResponseWriter, requestID string, response any, err *action.Error, language action.Language) {
	if response, ok := response.(action.Appender); ok && err == nil {
		buffer := a.buffers.Get().(*[]byte)
		body := response.AppendJSON(append((*buffer)[:0], `{"Response":`...))
		body = append(body, '}')
		sendEnvelope(w, requestID, body)
		if cap(body) <= maxBuffer {
			*buffer = body
			a.buffers.Put(buffer)
		}
		return
	}
	sendEnvelope(w, requestID, marshalEnvelope(requestID, response, err, language))
}

// sendEnvelope overwrites the body once it was written: it may have a private key.
func sendEnvelope(w http.ResponseWriter, requestID string, body []byte) {
	defer clear(body)
	setEnvelopeHeaders(w.Header(), requestID)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the client is gone: nobody is left to tell
}

// maxBuffer is up to which size a buffer is used again: that of a long page.
const maxBuffer = 64 << 10

func newBuffers() *sync.Pool { return &sync.Pool{New: func() any { return new([]byte) }} }

func setEnvelopeHeaders(h http.Header, requestID string) {
	h.Set("Content-Type", "application/json")
	h.Set(headerRequestID, requestID)
}

func marshalEnvelope(requestID string, response any, err *action.Error, language action.Language) []byte {
	if err != nil {
		response = failure{wireError{err.Code, err.Message(language)}, requestID}
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(envelope{response}); err != nil {
		panic(err) // response types are structs of texts and numbers
	}
	return body.Bytes()[:body.Len()-1] // without the encoder's line end
}
