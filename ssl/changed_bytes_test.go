package ssl_test

import (
	"bytes"
	"regexp"
	"slices"
	"testing"

	"csrd/action"
)

// signedRegion is a part of a request that its signature covers, and the codes
// with which another byte in it may be refused: that of the signature, or one
// of a check before it.
type signedRegion struct {
	name  string
	match *regexp.Regexp // its first group is the part, or else the whole
	codes []action.Code
}

// What TC3 signs as SDKs use it. Of the port of the host the Node.js SDKs sign
// nothing; the path, the action, the version, the region, the language and the
// token no SDK signs.
func tc3Regions(payload signedRegion) []signedRegion {
	return []signedRegion{
		{"the method", regexp.MustCompile(`^[A-Z]+`), []action.Code{action.CodeUnsupportedProtocol}},
		{"the host", regexp.MustCompile(`\r\n(?i:host): ([^:\r]+)`), []action.Code{action.CodeSignatureFailure, action.CodeInvalidRequest}},
		{"Content-Type", regexp.MustCompile(`\r\n(?i:content-type): ([^\r]+)`),
			[]action.Code{action.CodeSignatureFailure, action.CodeUnsupportedOperation, action.CodeInvalidRequest}},
		{"X-TC-Timestamp", regexp.MustCompile(`\r\n(?i:x-tc-timestamp): ([^\r]+)`),
			[]action.Code{action.CodeSignatureFailure, action.CodeSignatureExpire, action.CodeInvalidParameter, action.CodeInvalidAuthorization}},
		{"Authorization", regexp.MustCompile(`\r\n(?i:authorization): ([^\r]+)`),
			[]action.Code{action.CodeSignatureFailure, action.CodeInvalidAuthorization, action.CodeSecretIDNotFound, action.CodeInvalidSecretID,
				action.CodeTokenFailure}}, // of a token that goes with another SecretId
		payload,
	}
}

// What v1 signs: the method, the host, the path and every parameter.
func v1Regions(parameters string) []signedRegion {
	return []signedRegion{
		{"the method", regexp.MustCompile(`^[A-Z]+`), []action.Code{action.CodeUnsupportedProtocol}},
		{"the path", regexp.MustCompile(`^[A-Z]+ (/)`), []action.Code{action.CodeInvalidRequest}},
		{"the host", regexp.MustCompile(`\r\n(?i:host): ([^\r]+)`), []action.Code{action.CodeSignatureFailure, action.CodeInvalidRequest}},
		{"the parameters", regexp.MustCompile(parameters), []action.Code{
			action.CodeSignatureFailure, action.CodeSignatureExpire, action.CodeSecretIDNotFound, action.CodeInvalidSecretID,
			action.CodeMissingParameter, action.CodeInvalidParameter, action.CodeInvalidParameterValue, action.CodeInvalidRequest,
		}},
	}
}

// Any byte changed of what a method signs is refused by the whole server, with
// the code of what is wrong.
func TestEveryChangedByteOfWhatIsSignedIsRefused(t *testing.T) {
	const (
		query = `^GET /\?([^ ]+)`
		body  = `(?s)\r\n\r\n(.+)`
	)
	signature := []action.Code{action.CodeSignatureFailure}
	jsonBody := signedRegion{"the body", regexp.MustCompile(body), signature}
	tc3Query := signedRegion{"the query", regexp.MustCompile(query), append(signature, action.CodeInvalidParameter, action.CodeInvalidRequest)}
	for file, regions := range map[string][]signedRegion{
		"../tc3/testdata/captures/gointl-tc3-post-CreateCSR.http":     tc3Regions(jsonBody),
		"../tc3/testdata/captures/nodeintl-tc3-post-CreateCSR.http":   tc3Regions(jsonBody),
		"../tc3/testdata/captures/gointl-tc3-get-DescribeCSRSet.http": tc3Regions(tc3Query),
		"../tc3/testdata/captures/nodecn-tc3-multipart.http": tc3Regions(
			signedRegion{"the body", regexp.MustCompile(body), append(signature, action.CodeInvalidRequest)}),
		"../tc3/testdata/captures/go-common-tc3-post-unsigned-token.http": tc3Regions( // the body is not signed: that it is not, is
			signedRegion{"X-TC-Content-SHA256", regexp.MustCompile(`\r\n(?i:x-tc-content-sha256): ([^\r]+)`), signature}),
		"../sigv1/testdata/captures/gointl-hmacsha1-get-CreateCSR.http":           v1Regions(query),
		"../sigv1/testdata/captures/gointl-hmacsha1-post-DescribeCSRSet.http":     v1Regions(body),
		"../sigv1/testdata/captures/gointl-hmacsha256-get-DescribeCSRSet.http":    v1Regions(query),
		"../sigv1/testdata/captures/nodeintl-hmacsha256-post-BatchDeleteCSR.http": v1Regions(body),
		"../sigv1/testdata/captures/ruby-hmacsha256-post-127-CreateCSR.http":      v1Regions(body),
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			h := newHarness(t)
			raw := h.readCapture(t, file)
			if code := h.replay(t, raw).Error.Code; code == action.CodeSignatureFailure {
				t.Fatal("it is refused as it is")
			}
			for _, region := range regions {
				found := region.match.FindSubmatchIndex(raw)
				if found == nil {
					t.Fatalf("it has no %s", region.name)
				}
				for i := found[len(found)-2]; i < found[len(found)-1]; i++ {
					changed := bytes.Clone(raw)
					changed[i] ^= 1
					if answer := h.replay(t, changed); !slices.Contains(region.codes, answer.Error.Code) {
						t.Errorf("%s, byte %d changed from %q to %q: answered %q (%s), want one of %v",
							region.name, i, raw[i], changed[i], answer.Error.Code, answer.Error.Message, region.codes)
					}
				}
			}
		})
	}
}
