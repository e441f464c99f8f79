package front

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/cam"
	"csrd/sigv1"
	"csrd/tc3"
)

// authenticate verifies the signature of a request and says whose it is.
func (a *API) authenticate(ctx context.Context, x *exchange, in *input) (action.Caller, error) {
	verify := a.verifyTC3
	if in.v1 {
		verify = a.verifyV1
	}
	key, err := verify(ctx, x, in)
	if errors.Is(err, csr.ErrUnavailable) {
		return action.Caller{}, keyUnavailable(err)
	}
	if err != nil {
		return action.Caller{}, a.slowDown(ctx, x, authFailure(err, x.call.Now))
	}
	a.Keys.Used(key, x.call.Now)
	return action.Caller{Uin: int64(key.Owner), User: key.User, SecretID: key.SecretID, Policy: key.Policy}, nil
}

// Decision: an access key that cannot be read now, for the store or the key service that keeps the master key is away,
// is ServiceUnavailable, before any action's own FailedOperation.SystemError can be.

func keyUnavailable(cause error) error {
	return action.Fail(action.CodeServiceUnavailable, action.Text{
		En: "The access key cannot be verified now. Please try again later.",
		Zh: "暂时无法验证密钥，请稍后重试。",
	}).Because(cause).AsFault()
}

func (a *API) verifyTC3(ctx context.Context, x *exchange, in *input) (key cam.AccessKey, err error) {
	lookup := func(ctx context.Context, secretID string) (tc3.Key, error) {
		if key, err = a.findKey(ctx, x, secretID); err != nil {
			return tc3.Key{}, err
		}
		return tc3.Key{Version: key.Version, Secret: func() (string, error) {
			secret, err := a.Keys.Secret(ctx, key)
			return string(secret), err
		}}, nil
	}
	r := x.request
	authorization, err := a.verifier.Verify(ctx, x.call.Now, &tc3.Request{
		Method: r.Method, Path: pathOf(r), RawQuery: r.URL.RawQuery, Host: signedHostOf(r), Header: r.Header, Body: in.raw,
	}, lookup)
	if authorization != nil {
		x.common.SecretID = authorization.SecretID
	}
	if err != nil {
		return key, err
	}
	if a.RequireSignedAction && !slices.Contains(authorization.SignedHeaders, "x-tc-action") {
		return key, &tc3.SyntaxError{Part: "SignedHeaders", Reason: tc3.Reason{
			En: "not valid, this server requires `x-tc-action` to be signed", Zh: "无效，此服务器要求对 `x-tc-action` 签名",
		}}
	}
	return key, a.checkBinding(x, authorization)
}

// checkBinding looks for a signature that comes again as something else.
func (a *API) checkBinding(x *exchange, authorization *tc3.Authorization) error {
	if !a.bindings.rebound(x.call.Now, authorization.Signature, &x.common) {
		return nil
	}
	a.Metrics.rebound.Inc()
	a.Log.Warn("a signature came again with another action, version or token",
		"request_id", x.call.RequestID, "secret_id", authorization.SecretID, "from", x.call.From, "refused", a.BindSignatures)
	if !a.BindSignatures {
		return nil
	}
	return action.Fail(action.CodeSignatureFailure, action.Text{
		En: "The provided credentials could not be validated: this signature was used with another action, version or token. Please sign again.",
		Zh: "请求签名验证失败：该签名已用于其他接口、版本或 Token，请重新签名。",
	})
}

// Decision: more than ten refused signatures a second for a SecretId and address, or a hundred for an address, are
// RequestLimitExceeded, told a second late; a good signature is never delayed by them.

// slowDown tells an address no more than so many refusals of a signature a
// second, and holds back the answer to more. A good signature is never delayed:
// it is verified first.
func (a *API) slowDown(ctx context.Context, x *exchange, err error) error {
	key := failureKey{address: x.call.From}
	if cam.ValidSecretID(x.common.SecretID) { // anything else would be remembered at any length
		key.secretID = strings.Clone(x.common.SecretID)
	}
	var wire *action.Error
	if !errors.As(err, &wire) ||
		a.failures.Allow(x.call.Now, failureKey{address: x.call.From}, 10*a.FailuresPerSecond) && a.failures.Allow(x.call.Now, key, a.FailuresPerSecond) {
		return err
	}
	select {
	case a.held <- struct{}{}:
		hold, cancel := context.WithTimeout(ctx, a.RefusalDelay)
		<-hold.Done()
		cancel()
		<-a.held
	default:
	}
	return action.LimitExceeded(a.FailuresPerSecond).Because(err)
}

func (a *API) verifyV1(ctx context.Context, x *exchange, in *input) (key cam.AccessKey, err error) {
	if at, err := tc3.ParseTimestamp(x.common.Timestamp); err != nil || tc3.Expired(x.call.Now, at) {
		return key, tc3.ErrExpired
	}
	if key, err = a.findKey(ctx, x, x.common.SecretID); err != nil {
		return key, err
	}
	secret, err := a.Keys.Secret(ctx, key)
	if err != nil {
		return key, err
	}
	r := x.request
	return key, sigv1.Verify(&sigv1.Request{
		HTTPMethod: r.Method, Host: signedHostOf(r), Path: pathOf(r), Parameters: in.parameters,
	}, sigv1.Method(x.common.SignatureMethod), string(secret), x.common.Signature)
}

func (a *API) findKey(ctx context.Context, x *exchange, secretID string) (cam.AccessKey, error) {
	if !cam.ValidSecretID(secretID) {
		return cam.AccessKey{}, action.Fail(action.CodeInvalidSecretID, action.Text{
			En: "The SecretId is not valid: it must have 1 to 128 letters, digits, _ or -.",
			Zh: "SecretId 无效：须为 1 至 128 个字母、数字、_ 或 -。",
		})
	}
	key, err := a.lookUp(ctx, x, secretID)
	if err == nil {
		x.secretID = key.SecretID
	}
	return key, err
}

// Decision: a token is looked at with its SecretId, before the signature, as the SecretKey is in it; one that was not
// issued here with that SecretId, has expired or was revoked is AuthFailure.TokenFailure.

// lookUp finds an access key, or the temporary one that a token stands for.
func (a *API) lookUp(ctx context.Context, x *exchange, secretID string) (cam.AccessKey, error) {
	if x.common.Token == "" {
		return a.Keys.Find(ctx, secretID)
	}
	return a.Tokens.Find(ctx, x.call.Now, secretID, x.common.Token)
}

// authFailure maps what the verification found to the API's codes, with the
// texts seen from the real service.
func authFailure(err error, now time.Time) error {
	var syntax *tc3.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return action.Fail(action.CodeInvalidAuthorization, action.Text{
			En: "The request `Authorization` header does not conform to tencentcloud standards: %[1]s %[2]s.",
			Zh: "请求头 `Authorization` 不符合腾讯云规范：%[1]s %[3]s。",
		}, syntax.Part, syntax.Reason.En, syntax.Reason.Zh)
	case errors.Is(err, tc3.ErrExpired):
		return action.Fail(action.CodeSignatureExpire, action.Text{
			En: "Signature expired. Please use local time and enable NTP service for time synchronization to avoid a deviation between `Timestamp` and the server time %d.",
			Zh: "签名已过期。请使用本地时间并启用 NTP 时间同步，避免 `Timestamp` 与服务器时间 %d 存在偏差。",
		}, now.Unix())
	case errors.Is(err, cam.ErrNoKey):
		return action.Fail(action.CodeSecretIDNotFound, action.Text{
			En: "The SecretId is not found, please ensure that your SecretId is correct.",
			Zh: "SecretId不存在，请输入正确的密钥。",
		})
	case errors.Is(err, cam.ErrToken):
		return action.Fail(action.CodeTokenFailure, action.Text{
			En: "The token is not valid: it was not issued for this SecretId, has expired or was revoked.",
			Zh: "Token 无效：并非为此 SecretId 签发、已过期或已被撤销。",
		}).Because(err)
	case errors.Is(err, tc3.ErrMismatch), errors.Is(err, sigv1.ErrMismatch):
		return action.Fail(action.CodeSignatureFailure, action.Text{
			En: "The provided credentials could not be validated. Please check your signature is correct.",
			Zh: "请求签名验证失败，请检查您的签名计算是否正确。",
		})
	}
	return err
}
