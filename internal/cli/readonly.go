package cli

import (
	"context"

	"csrd/action"
)

// readOnly is the [action.Authorizer] of a server that changes nothing.
//
// Decision: a read-only server refuses what would change something with AuthFailure.UnauthorizedOperation.
type readOnly struct {
	others action.Authorizer // what it leaves to be decided
}

// Authorize implements [action.Authorizer].
func (r readOnly) Authorize(ctx context.Context, call *action.Call, needs action.Permission, resources []string) error {
	if !needs.Writes {
		return r.others.Authorize(ctx, call, needs, resources)
	}
	return action.Unauthorized(call, needs, "*", action.Text{En: "This server is read-only.", Zh: "此服务器为只读。"})
}
