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
			runScenarios(t, func(_ *testing.T, c credential) sdk { return newGoSDK(f.endpoint, c) })
		})
	}
}

// goSDK calls actions with the CommonRequest of the Go SDK.
type goSDK struct{ client *common.Client }

func newGoSDK(e endpoint, c credential) goSDK {
	settings := profile.NewClientProfile()
	settings.HttpProfile.Scheme = strings.ToUpper(e.scheme)
	settings.HttpProfile.Endpoint = e.host + e.path
	return goSDK{common.NewCommonClient(common.NewCredential(c.secretID, c.secretKey), "", settings)}
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
