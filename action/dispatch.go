package action

import (
	"context"
	"time"
)

// Request names an action and carries its parameters, not yet decoded.
type Request struct {
	Version string
	Action  string
	Body    []byte  // the parameters as a JSON object; or, where it is not nil,
	Fields  []Field // the parameters of a form, a query or a multipart body
}

// Dispatcher finds actions by version and name. [Dispatcher.Do] is the only
// door to their handlers.
type Dispatcher struct {
	// Limiter limits the requests of an account; nil for no limit.
	Limiter Limiter
	// Authorizer decides what a caller may do; nil allows everything.
	Authorizer Authorizer
	// Recorder keeps the record of what callers did; nil keeps none.
	Recorder Recorder

	main      string // the product that a request means whose version is unknown
	byVersion map[string]Product
}

// Limiter limits how often an account calls an action.
type Limiter interface {
	// Spend counts a call, where the action's page allows perSecond of them in a
	// second; or fails with [LimitExceeded].
	Spend(ctx context.Context, now time.Time, uin int64, action string, perSecond int) error
}

// Permission is what a caller needs for an action.
type Permission struct {
	Name   string // as policies spell it, "ssl:CreateCSR"
	Writes bool   // the action changes what is stored
}

// Authorizer decides what callers may do.
type Authorizer interface {
	// Authorize returns nil, or fails with [Unauthorized]. It is asked about all
	// that a request is on at once, and allows all of it or none.
	Authorize(ctx context.Context, call *Call, needs Permission, resources []string) error
}

// Recorder keeps the record of what callers did.
type Recorder interface {
	// Begin returns the context of a call of the action that name says, as
	// policies spell it. A store finds in it what to record with a change.
	Begin(ctx context.Context, call *Call, name string) context.Context
	// End records what came of the call, unless a change has recorded it. The
	// action is frequent where [Meta] says so. It returns the error that the call
	// is to fail with: err, that of the call, or another, where the record cannot
	// be written.
	End(ctx context.Context, call *Call, frequent bool, err error) error
}

// NewDispatcher returns a Dispatcher of products, the main one first, each with
// a version of its own.
func NewDispatcher(main Product, others ...Product) *Dispatcher {
	d := &Dispatcher{main: main.name, byVersion: map[string]Product{}}
	for _, p := range append([]Product{main}, others...) {
		if other, twice := d.byVersion[p.version]; twice {
			panic("action: products " + other.name + " and " + p.name + " share version " + p.version)
		}
		d.byVersion[p.version] = p
	}
	return d
}

// Product is the name of the main product.
func (d *Dispatcher) Product() string { return d.main }

// Has reports whether there is such an action.
func (d *Dispatcher) Has(version, name string) bool {
	_, ok := d.byVersion[version].actions[name]
	return ok
}

// Do runs an action for a caller whose signature has been verified: it finds
// the action, counts the call against the account's rate, decodes and checks
// the parameters, asks whether the caller may, and calls the handler; and what
// came of it is on record before it returns. The response is a pointer to the
// action's response type. The error is an [*Error] where a code of the API says
// what is wrong; any other error is for the log alone.
func (d *Dispatcher) Do(ctx context.Context, call *Call, request Request) (any, error) {
	product, ok := d.byVersion[request.Version]
	if !ok {
		return nil, d.Refuse(ctx, call, NoSuchVersion(request.Version, d.main))
	}
	found, ok := product.actions[request.Action]
	if !ok {
		return nil, d.Refuse(ctx, call, InvalidAction(request.Action, product.name, product.version))
	}
	if d.Limiter != nil {
		if err := d.Limiter.Spend(ctx, call.Now, call.Caller.Uin, request.Action, found.rate); err != nil {
			return nil, err // not on record: whoever calls too often would fill it
		}
	}
	call.authorizer = d.Authorizer
	if d.Recorder != nil {
		ctx = d.Recorder.Begin(ctx, call, found.permission.Name)
	}
	response, err := found.do(ctx, call, request, func(resources []string) error {
		if d.Authorizer == nil {
			return nil
		}
		return d.Authorizer.Authorize(ctx, call, found.permission, resources)
	})
	if d.Recorder != nil {
		err = d.Recorder.End(ctx, call, found.frequent, err)
	}
	if err != nil {
		return nil, err
	}
	return response, nil
}

// UnknownAction is the name under which calls are recorded that are of no
// action: the caller's text could be anything.
const UnknownAction = "unknown"

// unknownRate is how many calls of an account in a second are recorded that are
// of no action: these have no rate of their own.
const unknownRate = 10

// Refuse has it on record that a known caller was refused before an action was
// found, and returns what the call is to fail with.
func (d *Dispatcher) Refuse(ctx context.Context, call *Call, refusal *Error) error {
	if d.Recorder == nil || d.Limiter != nil && d.Limiter.Spend(ctx, call.Now, call.Caller.Uin, UnknownAction, unknownRate) != nil {
		return refusal
	}
	return d.Recorder.End(d.Recorder.Begin(ctx, call, UnknownAction), call, false, refusal)
}
