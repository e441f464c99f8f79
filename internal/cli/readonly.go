package cli

import (
	"context"

	"csrd/action"
)

// readOnly is the [action.Authorizer] of a server that changes nothing.
//
// Decision: a read-only server refuses what would change something with AuthFailure.UnauthorizedOperation.
type readOnly struct{}

// Authorize implements [action.Authorizer].
func (readOnly) Authorize(_ context.Context, call *action.Call, needs action.Permission) error {
	if !needs.Writes {
		return nil
	}
	return action.Unauthorized(call, needs, "*", action.Text{En: "This server is read-only.", Zh: "此服务器为只读。"})
}
