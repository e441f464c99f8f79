package front

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

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
func writeEnvelope(w http.ResponseWriter, requestID string, response any, err *action.Error, language action.Language) {
	body := marshalEnvelope(requestID, response, err, language)
	defer clear(body) // it may have a private key
	setEnvelopeHeaders(w.Header(), requestID)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // the client is gone: nobody is left to tell
}

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
