package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"csrd/tc3"
)

// signer signs requests to a server at one time. csrd takes them for five
// minutes.
type signer struct {
	host string
	at   time.Time
}

// request is one that is ready to be sent, and what begins its right answer.
type request struct {
	raw    []byte
	prefix []byte
}

// sign returns a request as official clients send it, signed with TC3. It ends
// with its body.
func (s signer) sign(uin int64, action string, parameters any) []byte {
	body, err := json.Marshal(parameters)
	if err != nil {
		panic(err) // parameters are structs and maps of texts and numbers
	}
	r := &tc3.Request{
		Method: http.MethodPost, Path: "/", Host: s.host, Body: body,
		Header: http.Header{"Content-Type": {"application/json"}, "X-Tc-Action": {action}, "X-Tc-Version": {"2019-12-05"}},
	}
	tc3.Sign(r, tc3.Credential{SecretID: secretID(uin), SecretKey: secretKey}, "ssl", s.at)
	return fmt.Appendf(nil, "POST / HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nX-TC-Action: %s\r\nX-TC-Version: 2019-12-05\r\nX-TC-Timestamp: %s\r\nAuthorization: %s\r\nContent-Length: %s\r\n\r\n%s",
		s.host, action, r.Header.Get(tc3.HeaderTimestamp), r.Header.Get("Authorization"), strconv.Itoa(len(body)), body)
}

type listParameters struct {
	Offset      int64
	Limit       int64
	Domain      string `json:",omitempty"`
	EncryptAlgo string `json:",omitempty"`
}

// list returns the signed request for a page of what a filter finds.
func (s signer) list(of *found, f filter, offset, limit int64) request {
	return request{
		raw:    s.sign(of.uin, "DescribeCSRSet", listParameters{offset, limit, f.domain, f.algo}),
		prefix: of.page(offset),
	}
}
