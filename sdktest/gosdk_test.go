package sdktest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common"
	sdkerrors "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"
	sdkhttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
	"github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/profile"
)

func TestGoSDKWorksUnmodified(t *testing.T) {
	for _, f := range server.forms(
		form{"localhost", server.endpoint.withName("localhost")},
		form{"path", server.endpoint.withPath("/gw/api")}, // sent, but signed as /
	) {
		t.Run(f.name, func(t *testing.T) {
			runScenarios(t, func(_ *testing.T, c credential) sdk { return newGoSDK(f.endpoint, modes[0], c) })
		})
	}
}

// In any mode but TC3 by POST, the SDK's CommonRequest sends no parameters of
// the action: what is left to try is a call that needs none.
func TestGoSDKIsAnsweredInEveryMode(t *testing.T) {
	for _, m := range modes {
		t.Run(m.String(), func(t *testing.T) {
			s := newGoSDK(server.endpoint, m, server.credential)
			mustCall[struct{ Total int64 }](t, s, "DescribeCSRSet", map[string]any{})
			wantError(t, s, "MissingParameter", "DescribeCSR", map[string]any{})
			wrong := newGoSDK(server.endpoint, m, credential{secretID: server.credential.secretID, secretKey: server.credential.secretKey + "x"})
			wantError(t, wrong, "AuthFailure.SignatureFailure", "DescribeCSRSet", map[string]any{})
		})
	}
}

func TestGoSDKTakesTemporaryCredentialsInEveryMode(t *testing.T) {
	for i, m := range modes {
		t.Run(m.String(), func(t *testing.T) {
			newTemporary(t, fmt.Sprintf("go-%d", i)).check(t, func(_ *testing.T, c credential) sdk { return newGoSDK(server.endpoint, m, c) })
		})
	}
}

// goSDK calls actions with the CommonRequest of the Go SDK.
type goSDK struct{ client *common.Client }

func newGoSDK(e endpoint, m mode, c credential) goSDK {
	settings := profile.NewClientProfile()
	settings.HttpProfile.Scheme = strings.ToUpper(e.scheme)
	settings.HttpProfile.Endpoint = e.host + e.path
	settings.HttpProfile.ReqMethod = m.http
	settings.SignMethod = m.sign
	return goSDK{common.NewCommonClient(common.NewTokenCredential(c.secretID, c.secretKey, c.token), "", settings)}
}

func (s goSDK) call(action string, parameters map[string]any) (json.RawMessage, error) {
	request := sdkhttp.NewCommonRequest("ssl", "2019-12-05", action)
	if err := request.SetActionParameters(parameters); err != nil {
		return nil, fmt.Errorf("set the parameters: %w", err)
	}
	response := sdkhttp.NewCommonResponse()
	if err := s.client.Send(request, response); err != nil {
		return nil, goSDKError(err)
	}
	var envelope struct{ Response json.RawMessage }
	if err := json.Unmarshal(response.GetBody(), &envelope); err != nil {
		return nil, fmt.Errorf("read the response: %w", err)
	}
	return envelope.Response, nil
}

func (goSDK) knowsSubjectAltName() bool { return true }

// goSDKError tells what the server answered from what the SDK has to say
// itself, which has the same type.
func goSDKError(err error) error {
	var failure *sdkerrors.TencentCloudSDKError
	if !errors.As(err, &failure) || strings.HasPrefix(failure.Code, "ClientError") {
		return err
	}
	return &apiError{failure.GetCode(), failure.GetMessage(), failure.GetRequestId()}
}
