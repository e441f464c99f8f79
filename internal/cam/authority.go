package cam

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/policy"
	"csrd/internal/wire"
)

// Authority decides what users may do, by the policies that are attached to
// them. It is an [action.Authorizer], safe for concurrent use. A change of
// policies reaches it within a second.
type Authority struct {
	store      PolicyStore
	remembered *memory[userName, []policy.Named]
}

type userName struct {
	owner csr.Owner
	name  string
}

var _ action.Authorizer = (*Authority)(nil)

// NewAuthority returns an Authority over the policies of a store.
func NewAuthority(store PolicyStore) *Authority {
	return &Authority{store: store, remembered: newMemory[userName, []policy.Named]()}
}

// Decision: where the policies of a user cannot be read the answer is FailedOperation.CAMAuthorizedFail, also of actions
// whose page does not list it. AuthFailure.UnauthorizedOperation names the first resource that is refused.

// Decision: the root of an account may do everything in it. A user may do what the policies attached to the user allow,
// and with a temporary credential only what its own policy allows too.

// Authorize implements [action.Authorizer]. Where it cannot decide the error is
// FailedOperation.CAMAuthorizedFail, and nothing is done.
func (a *Authority) Authorize(ctx context.Context, call *action.Call, needs action.Permission, resources []string) error {
	if call.Caller.User == "" && call.Caller.Policy == "" {
		return nil // the root: Decide would allow each
	}
	for _, resource := range resources {
		decision, err := a.Decide(ctx, call.Caller, requestOf(call, needs, resource))
		if err != nil {
			return action.Fail(wire.CodeCAMAuthorizedFail, action.Text{
				En: "Whether you are authorized could not be decided, and nothing was done. Please try again later.",
				Zh: "暂时无法完成 CAM 鉴权，未执行任何操作，请稍后重试。",
			}).Because(err).AsFault()
		}
		if !decision.Allowed {
			return action.Unauthorized(call, needs, resource, action.Text{}).Because(fmt.Errorf("not authorized: %s", decision.Reason))
		}
	}
	return nil
}

// requestOf is what policies decide of a call.
func requestOf(call *action.Call, needs action.Permission, resource string) policy.Request {
	address, _ := netip.ParseAddr(call.From) // where it cannot be read it is not known
	return policy.Request{
		Account: call.Caller.Uin, Action: needs.Name, Resource: resource, Address: address, Now: call.Now,
		Values: map[string]string{policy.KeyUser: call.Caller.User, policy.KeySecretID: call.Caller.SecretID},
	}
}

// Decide decides by the policies of the caller's user, and by the policy of its
// temporary credential.
func (a *Authority) Decide(ctx context.Context, caller action.Caller, r policy.Request) (policy.Decision, error) {
	decision := policy.Decision{Allowed: true, Reason: "The root of an account may do everything in it."}
	if caller.User != "" {
		documents, err := a.policiesOf(ctx, userName{csr.Owner(caller.Uin), caller.User})
		if err != nil {
			return policy.Decision{}, err
		}
		decision = policy.Decide(documents, r)
	}
	if !decision.Allowed || caller.Policy == "" {
		return decision, nil
	}
	document, err := parsePolicy(caller.Policy)
	if err != nil {
		return policy.Decision{}, fmt.Errorf("the policy of the temporary credential: %w", err)
	}
	return policy.Decide([]policy.Named{{Name: "of the temporary credential", Document: document}}, r), nil
}

// policiesOf reads the policies of a user, from memory where they are fresh.
func (a *Authority) policiesOf(ctx context.Context, user userName) ([]policy.Named, error) {
	now := time.Now()
	if documents, ok := a.remembered.get(user, now); ok {
		return documents, nil
	}
	attached, err := a.store.PoliciesOf(ctx, user.owner, user.name)
	if err != nil {
		return nil, fmt.Errorf("read the policies of the user %q: %w", user.name, err)
	}
	documents, err := Documents(attached)
	if err != nil {
		return nil, err
	}
	a.remembered.put(user, documents, now)
	return documents, nil
}

// Documents reads the documents of policies, and of the presets among them.
func Documents(attached []Policy) ([]policy.Named, error) {
	documents := make([]policy.Named, 0, len(attached))
	for _, p := range attached {
		text := p.Document
		if text == "" {
			text = presetText(p.Name)
		}
		document, err := parsePolicy(text)
		if err != nil {
			return nil, fmt.Errorf("the policy %q: %w", p.Name, err)
		}
		documents = append(documents, policy.Named{Name: p.Name, Document: document})
	}
	return documents, nil
}

// parsePolicy reads a document that was checked when it was saved. An action
// that it names and that is gone since is no mistake.
func parsePolicy(text string) (*policy.Document, error) { return policy.Parse([]byte(text), nil) }

func presetText(name string) string {
	for _, preset := range policy.Presets() {
		if preset.Name == name {
			return preset.Text
		}
	}
	return ""
}
