package front

import (
	"context"
	"errors"
	"net/http"
	"time"

	"csrd/action"
	"csrd/internal/cam"
	"csrd/tc3"
)

// authenticate verifies the signature of a request and says whose it is.
func (a *API) authenticate(ctx context.Context, now time.Time, r *http.Request, body []byte) (action.Caller, error) {
	var key cam.AccessKey
	lookup := func(ctx context.Context, secretID string) (tc3.Key, error) {
		if !cam.ValidSecretID(secretID) {
			return tc3.Key{}, action.Errorf(action.CodeInvalidSecretID, "The SecretId is not valid: it must have 1 to 128 letters, digits, _ or -.")
		}
		var err error
		if key, err = a.Keys.Find(ctx, secretID); err != nil {
			return tc3.Key{}, err
		}
		return tc3.Key{Version: key.Version, Secret: func() (string, error) {
			secret, err := a.Keys.Secret(ctx, key)
			return string(secret), err
		}}, nil
	}
	_, err := a.verifier.Verify(ctx, now, &tc3.Request{
		Method: r.Method, Path: r.URL.EscapedPath(), RawQuery: r.URL.RawQuery, Host: r.Host, Header: r.Header, Body: body,
	}, lookup)
	if err != nil {
		return action.Caller{}, authFailure(err, now)
	}
	return action.Caller{Uin: int64(key.Owner), SecretID: key.SecretID}, nil
}

// authFailure maps what the verification found to the API's codes, with the
// texts seen from the real service.
func authFailure(err error, now time.Time) error {
	var syntax *tc3.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return action.Errorf(action.CodeInvalidAuthorization,
			"The request `Authorization` header does not conform to tencentcloud standards: %s %s.", syntax.Part, syntax.Reason)
	case errors.Is(err, tc3.ErrExpired):
		return action.Errorf(action.CodeSignatureExpire,
			"Signature expired. Please use local time and enable NTP service for time synchronization to avoid a deviation between `Timestamp` and the server time %d.", now.Unix())
	case errors.Is(err, cam.ErrNoKey):
		return action.Errorf(action.CodeSecretIDNotFound, "The SecretId is not found, please ensure that your SecretId is correct.")
	case errors.Is(err, tc3.ErrMismatch):
		return action.Errorf(action.CodeSignatureFailure, "The provided credentials could not be validated. Please check your signature is correct.")
	}
	return err
}
