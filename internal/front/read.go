package front

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"

	"csrd/action"
	"csrd/sigv1"
	"csrd/tc3"
)

// The most bytes of a request by its form (API pages "Request Structure" and
// "Signature v3").
const (
	MaxBody    = 10 << 20 // POST signed with TC3
	maxForm    = 1 << 20  // POST signed with v1
	maxQuery   = 32 << 10 // GET
	maxHeaders = 64 << 10 // of any request
)

// maxParts bounds the parts of a multipart body.
const maxParts = 1000

// The media types of a body.
const (
	typeJSON      = "application/json"
	typeForm      = "application/x-www-form-urlencoded"
	typeMultipart = "multipart/form-data"
)

// input is a request as it was read, its parameters not yet typed.
type input struct {
	v1         bool              // signed with signature v1; else with TC3
	raw        []byte            // the body as it was sent: what TC3 signs; overwritten once it was answered
	body       []byte            // the parameters as JSON; or
	fields     []action.Field    // flat, not nil: of a query, a form or a multipart body
	parameters []sigv1.Parameter // all of a v1 request: what it signs
}

// Decision: a form signed with TC3, an octet stream and any other content type are UnsupportedOperation; a GET with neither
// Authorization nor X-TC-Timestamp counts as v1.

// read takes a request in one of the forms of the API:
//
//	POST application/json                   TC3
//	POST multipart/form-data                TC3
//	POST application/x-www-form-urlencoded  v1
//	GET                                     TC3 or v1
//
// A GET is signed with TC3 where it has one of TC3's headers, else with v1.
func read(w http.ResponseWriter, r *http.Request) (*input, error) {
	in := &input{}
	switch r.Method {
	case http.MethodGet:
		return in, in.readQuery(r)
	case http.MethodPost:
	default:
		return nil, action.Fail(action.CodeUnsupportedProtocol, action.Text{
			En: "The request method `%s` is not supported: it must be GET or POST.",
			Zh: "不支持请求方法 `%s`：须为 GET 或 POST。",
		}, r.Method)
	}
	mediaType, options := mediaTypeOf(r.Header.Get("Content-Type"))
	limit := int64(MaxBody)
	switch mediaType {
	case typeJSON, typeMultipart:
	case typeForm:
		if r.Header.Get("Authorization") != "" {
			return nil, action.Fail(action.CodeUnsupportedOperation, action.Text{
				En: "A form goes with signature v1; with " + tc3.Algorithm + " send " + typeJSON + ", " + typeMultipart + " or GET.",
				Zh: "表单须使用签名方法 v1；使用 " + tc3.Algorithm + " 时请发送 " + typeJSON + "、" + typeMultipart + " 或 GET。",
			})
		}
		in.v1, limit = true, maxForm
	default:
		return nil, action.Fail(action.CodeUnsupportedOperation, action.Text{
			En: "The content type `%.64s` is not supported: it must be " + typeJSON + ", " + typeForm + " or " + typeMultipart + ".",
			Zh: "不支持 Content-Type `%.64s`：须为 " + typeJSON + "、" + typeForm + " 或 " + typeMultipart + "。",
		}, r.Header.Get("Content-Type"))
	}
	if headerSize(r) > maxHeaders {
		return nil, tooLarge(partHeaders, maxHeaders, in.v1)
	}
	var err error
	if in.raw, err = readBody(w, r, limit, in.v1); err != nil {
		return nil, err
	}
	switch mediaType {
	case typeForm:
		in.parameters, err = parseParameters(string(in.raw))
	case typeMultipart:
		in.fields, err = parseMultipart(in.raw, options["boundary"])
	default:
		in.body = in.raw
	}
	if err != nil {
		clear(in.raw)
	}
	return in, err
}

// mediaTypeOf returns the media type of a Content-Type, "" where it is none.
func mediaTypeOf(contentType string) (mediaType string, options map[string]string) {
	if contentType == typeJSON { // as most clients send it
		return typeJSON, nil
	}
	mediaType, options, err := mime.ParseMediaType(contentType)
	if err != nil {
		return "", nil
	}
	return mediaType, options
}

func (in *input) readQuery(r *http.Request) error {
	in.v1 = r.Header.Get("Authorization") == "" && r.Header.Get(tc3.HeaderTimestamp) == ""
	if headerSize(r) > maxHeaders {
		return tooLarge(partHeaders, maxHeaders, in.v1)
	}
	if len(r.URL.RawQuery) > maxQuery {
		return tooLarge(partQuery, maxQuery, in.v1)
	}
	parameters, err := parseParameters(r.URL.RawQuery)
	if err != nil {
		return err
	}
	if in.v1 {
		in.parameters = parameters
	} else {
		in.fields = fieldsOf(parameters)
	}
	return nil
}

// firstRead is up to which size a body has its place at once.
const firstRead = 1 << 10

// readBody reads a body, which the caller overwrites.
func readBody(w http.ResponseWriter, r *http.Request, limit int64, v1 bool) ([]byte, error) {
	capacity := min(max(r.ContentLength, 0), firstRead) // a small body grows as it comes
	if r.ContentLength > smallBody {                    // it has its place
		capacity = min(r.ContentLength, limit) + bytes.MinRead
	}
	body, err := readAll(http.MaxBytesReader(w, r.Body, limit), int(capacity))
	switch {
	case errors.As(err, new(*http.MaxBytesError)):
		return nil, tooLarge(partBody, limit, v1)
	case err != nil:
		return nil, action.Fail(action.CodeInvalidParameter, action.Text{
			En: "The request body could not be read to its end.",
			Zh: "请求体未能读取完整。",
		}).Because(err)
	}
	return body, nil
}

// headerSize is what the headers of a request take as they are sent.
func headerSize(r *http.Request) int {
	size := len("Host: \r\n") + len(r.Host)
	for name, values := range r.Header {
		for _, value := range values {
			size += len(name) + len(": \r\n") + len(value)
		}
	}
	return size
}

// The parts of a request that can be too large.
var (
	partHead    = action.Text{En: "head", Zh: "请求行与请求头"}
	partHeaders = action.Text{En: "header section", Zh: "请求头"}
	partQuery   = action.Text{En: "query", Zh: "查询参数"}
	partBody    = action.Text{En: "body", Zh: "请求体"}
)

// tooLarge has, for v1, the code and the text of the real service.
func tooLarge(part action.Text, limit int64, v1 bool) *action.Error {
	if v1 {
		return action.Fail(action.CodeSignatureFailure, action.Text{
			En: "The provided credentials could not be validated because of exceeding request size limit, please use new signature method `" + tc3.Algorithm + "`.",
			Zh: "请求大小超过限制，无法验证签名，请使用新的签名方法 `" + tc3.Algorithm + "`。",
		})
	}
	return action.Fail(action.CodeRequestSizeLimitExceeded, action.Text{
		En: "The " + part.En + " of the request is larger than %d bytes.",
		Zh: "请求的" + part.Zh + "超过 %d 字节。",
	}, limit)
}

func parseParameters(raw string) ([]sigv1.Parameter, error) {
	parameters, err := sigv1.ParseParameters(raw)
	switch {
	case errors.Is(err, sigv1.ErrNoEquals):
		return nil, action.Fail(action.CodeInvalidParameter, action.Text{
			En: "Url key and value should be splited by `=`.", // as the real service has it
			Zh: "Url 的键和值须以 `=` 分隔。",
		})
	case err != nil:
		return nil, action.Fail(action.CodeInvalidParameter, action.Text{
			En: "A parameter is not encoded as percent-encoding has it.",
			Zh: "参数的百分号编码有误。",
		})
	}
	return parameters, nil
}

// fieldsOf returns parameters as fields; never nil.
func fieldsOf(parameters []sigv1.Parameter) []action.Field {
	fields := make([]action.Field, len(parameters))
	for i, p := range parameters {
		fields[i] = action.Field{Name: p.Name, Value: p.Value}
	}
	return fields
}

// parseMultipart reads a body of parts, one for each parameter; a list or an
// object is a part of JSON.
func parseMultipart(body []byte, boundary string) ([]action.Field, error) {
	// No cause goes with it: the package quotes what it cannot read.
	malformed := action.Fail(action.CodeInvalidRequest, action.Text{
		En: "The multipart body is malformed.",
		Zh: "multipart 请求体格式有误。",
	})
	if boundary == "" {
		return nil, malformed
	}
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	fields := []action.Field{}
	for len(fields) <= maxParts {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return fields, nil
		}
		if err != nil {
			return nil, malformed
		}
		value, err := io.ReadAll(part)
		if err != nil || part.FormName() == "" {
			return nil, malformed
		}
		mediaType, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")) // none is as text
		fields = append(fields, action.Field{Name: part.FormName(), Value: string(value), IsJSON: mediaType == typeJSON})
	}
	return nil, malformed
}
