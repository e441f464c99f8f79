package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"csrd/ssl"
	"csrd/tc3"
)

// client calls actions as an SDK does.
type client struct {
	endpoint   string
	credential tc3.Credential
	http       *http.Client
}

// apiError is an error that the server answered with. Any other error of a
// call says that there was no answer.
type apiError struct{ Code, Message, RequestId string }

func (e *apiError) Error() string { return e.Code + ": " + e.Message }

func (c *client) request(action string, parameters any) (*http.Request, error) {
	body, err := json.Marshal(parameters)
	if err != nil {
		return nil, err
	}
	endpoint, err := url.Parse(c.endpoint)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(http.MethodPost, c.endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-TC-Action", action)
	request.Header.Set("X-TC-Version", ssl.Version)
	tc3.Sign(&tc3.Request{Method: http.MethodPost, Host: endpoint.Host, Header: request.Header, Body: body},
		c.credential, ssl.Product, time.Now(), "x-tc-action")
	return request, nil
}

// call calls an action and decodes what it answers into response, a pointer.
func (c *client) call(action string, parameters, response any) error {
	request, err := c.request(action, parameters)
	if err != nil {
		return err
	}
	return c.send(request, response)
}

func (c *client) send(request *http.Request, response any) error {
	answer, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	var envelope struct{ Response json.RawMessage }
	var failure struct {
		Error     *apiError
		RequestId string
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return fmt.Errorf("answer %q: %w", body, err)
	}
	if err := json.Unmarshal(envelope.Response, &failure); err != nil {
		return fmt.Errorf("answer %q: %w", body, err)
	}
	if failure.Error != nil {
		failure.Error.RequestId = failure.RequestId
		return failure.Error
	}
	return json.Unmarshal(envelope.Response, response)
}

// parameters of an action.
type parameters map[string]any

// draftOf are the parameters of CreateCSR for a draft with an ECC key.
func draftOf(domain, remark string) parameters {
	return parameters{
		"Domain": domain, "Organization": "Example", "Department": "IT", "Email": "admin@example.com",
		"Province": "Guangdong", "City": "Shenzhen", "Country": "CN",
		"EncryptAlgo": "ECC", "KeyParameter": "prime256v1", "Generate": false, "Remark": remark,
	}
}

// with returns the parameters with one more.
func (p parameters) with(name string, value any) parameters {
	changed := parameters{name: value}
	for n, v := range p {
		if n != name {
			changed[n] = v
		}
	}
	return changed
}

// csrPage is a CSR as DescribeCSR answers it.
type csrPage struct {
	Id                           int64
	Domain, Remarks, OwnerUin    string
	EncryptAlgo                  string
	Status                       int64
	KeyPassword, CSR, PrivateKey *string
	RequestId                    string
}

func (c *client) create(p parameters) (id int64, err error) {
	var response struct{ Id int64 }
	err = c.call("CreateCSR", p, &response)
	return response.Id, err
}

func (c *client) modify(id int64, p parameters) error {
	return c.call("ModifyCSR", p.with("CSRId", id), new(struct{}))
}

func (c *client) delete(ids ...int64) (deleted []int64, err error) {
	var response struct{ Success []int64 }
	err = c.call("BatchDeleteCSR", parameters{"CSRIds": ids}, &response)
	return response.Success, err
}

func (c *client) describe(id int64) (page csrPage, err error) {
	err = c.call("DescribeCSR", parameters{"CSRId": id}, &page)
	return page, err
}

// list reads all pages of DescribeCSRSet. The number it says must be that of
// the records.
func (c *client) list() ([]csrPage, error) {
	const limit = 100
	var all []csrPage
	for {
		var response struct {
			Total int
			Set   []csrPage
		}
		if err := c.call("DescribeCSRSet", parameters{"Limit": limit, "Offset": len(all)}, &response); err != nil {
			return nil, err
		}
		all = append(all, response.Set...)
		if len(response.Set) < limit {
			if len(all) != response.Total {
				return nil, fmt.Errorf("Total is %d, and there are %d", response.Total, len(all))
			}
			return all, nil
		}
	}
}

// rootCredential reads what a first start without a terminal leaves.
func rootCredential(data string) (tc3.Credential, error) {
	return readCredential(filepath.Join(data, "root-credentials"))
}

// readCredential reads a file of credentials as csrd writes them.
func readCredential(path string) (tc3.Credential, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return tc3.Credential{}, err
	}
	var c tc3.Credential
	for line := range strings.Lines(string(text)) {
		switch name, value, _ := strings.Cut(strings.TrimSpace(line), "="); name {
		case "CSRD_SECRET_ID":
			c.SecretID = value
		case "CSRD_SECRET_KEY":
			c.SecretKey = value
		}
	}
	return c, nil
}

// rootClient is a client with the key that the server left in its data directory.
func rootClient(t *testing.T, s *server, data string) *client {
	t.Helper()
	credential, err := rootCredential(data)
	if err != nil {
		t.Fatal(err)
	}
	return clientOf(t, s, credential)
}

func clientOf(t *testing.T, s *server, credential tc3.Credential) *client {
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{s.endpoint, credential, &http.Client{Transport: transport, Timeout: patience}}
}
