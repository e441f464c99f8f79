// Package action is the mechanism by which an action of the API is one value:
// its metadata, its request and response types and its handler. It knows no
// CSRs, no HTTP and no store.
//
// A service lists its actions in a [Table]; [Table.Bind] ties the table to the
// service's state, and a [Dispatcher] is then the only way to reach a handler.
// The command line and the documents read the same table unbound.
package action

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"
)

// Meta is what is known of an action besides its types.
type Meta struct {
	Name    string // as on the wire, for example "DescribeCSRSet"
	Summary string // one line
	Doc     string `json:",omitempty"` // what a caller has to know besides; may be empty
	// SummaryZh and DocZh are the same in Chinese.
	SummaryZh string
	DocZh     string `json:",omitempty"`
	Example   Example
	Rate      int  // requests a second that an account may make, by the action's page
	Writes    bool `json:",omitempty"` // changes what is stored
	Frequent  bool `json:",omitempty"` // reads no single record: where it succeeds the audit record may leave it out
	Outcomes  []Outcome
}

// An Outcome is an error code that the action's page documents, besides the
// common ones.
type Outcome struct {
	Code Code
	When string
	// WhenZh is the same in Chinese, where csrd answers with it.
	WhenZh string
	// Never says why csrd does not answer with it; empty where it does.
	Never string `json:",omitempty"`
}

// An Example is a request of an action and its answer, for documents: both
// stand in the action's transcript.
type Example struct {
	Parameters string // a JSON object
	Response   string // the JSON object Response, PEM shortened to <PEM label>
}

// Caller is who sent a request, as its signature proved.
type Caller struct {
	Uin      int64  // the account
	User     string // "" for the account's root
	SecretID string
	// Policy bounds what a temporary credential may do besides what its user
	// may: a policy document, or "" for no other bound.
	Policy string
}

// Call is what is known of a request besides its parameters.
type Call struct {
	Caller    Caller
	From      string // the address it came from
	RequestID string
	Now       time.Time

	// What came to be known while the call was answered, for the audit record:
	Resources []string // what it is on, as policies name them; nil where it names none
	KeyRead   bool     // a private key or its password was opened for the answer

	authorizer Authorizer
}

// Allowed reports whether the caller has a permission besides that of the
// action. The error says that it could not be decided.
func (c *Call) Allowed(ctx context.Context, needs Permission, resource string) (bool, error) {
	if c.authorizer == nil {
		return true, nil
	}
	err := c.authorizer.Authorize(ctx, c, needs, []string{resource})
	var wire *Error
	if errors.As(err, &wire) && wire.Code == CodeUnauthorizedOperation {
		return false, nil
	}
	return err == nil, err
}

// Reply is embedded last in every response, so that a response without a
// RequestId does not compile.
type Reply struct {
	RequestId string `doc:"Unique id of the request, to be named when asking about it." zh:"请求的唯一 ID，询问该请求时请提供。"`
}

func (r *Reply) reply() *Reply { return r }

// Appender is a response that encodes itself: for one that is encoded so often
// that reflection would cost most of it.
type Appender interface {
	// AppendJSON appends the response as encoding/json writes it where it escapes
	// no HTML.
	AppendJSON(dst []byte) []byte
}

// Spec is an action as its readers see it: everything but the handler.
type Spec struct {
	Meta
	Params []Param // of the request
	Result []Param // of the response
}

// Action is an action of a service with state S. [Define] makes it.
type Action[S any] struct {
	Spec
	do func(S, context.Context, *Call, Request, authorize) (any, error)
}

// authorize decides whether the caller may do the action to all of the resources.
type authorize func(resources []string) error

// AnyResource stands for all that there is, as in policies.
const AnyResource = "*"

// named is a request on single resources.
type named interface {
	// Resources are what the request is on, as policies name them.
	Resources(call *Call) []string
}

// resourcesOf are what policies decide a request on: [AnyResource] where it
// names none.
func resourcesOf(request any, call *Call) []string {
	if on, ok := request.(named); ok {
		return on.Resources(call)
	}
	return []string{AnyResource}
}

// Define makes an action of its metadata and its handler, a method expression.
// Request and response types are read from the handler. It panics on a request
// or response type that [Param] cannot describe: a mistake of the programmer,
// found by any test.
func Define[S, Req, Resp any, P interface {
	*Resp
	reply() *Reply
}](meta Meta, handle func(S, context.Context, *Call, *Req) (*Resp, error)) Action[S] {
	params := paramsOf(reflect.TypeFor[Req]())
	return Action[S]{
		Spec: Spec{Meta: meta, Params: params, Result: paramsOf(reflect.TypeFor[Resp]())},
		do: func(service S, ctx context.Context, call *Call, r Request, authorize authorize) (any, error) {
			request := new(Req)
			if err := decode(params, r, reflect.ValueOf(request).Elem()); err != nil {
				return nil, err
			}
			call.Resources = resourcesOf(request, call)
			if err := authorize(call.Resources); err != nil {
				return nil, err
			}
			response, err := handle(service, ctx, call, request)
			if err != nil {
				return nil, err
			}
			P(response).reply().RequestId = call.RequestID
			return response, nil
		},
	}
}

// Table is the ordered list of a product's actions under one version of its
// API. The version names the product: no two products share one.
type Table[S any] struct {
	Product string // "ssl"
	Version string // "2019-12-05"
	Actions []Action[S]
}

// Specs returns the actions without their handlers, in order.
func (t Table[S]) Specs() []Spec {
	specs := make([]Spec, len(t.Actions))
	for i, a := range t.Actions {
		specs[i] = a.Spec
	}
	return specs
}

// Product is a [Table] bound to the state of its service.
type Product struct {
	name    string
	version string
	actions map[string]bound
}

// bound is an action tied to the state it works on.
type bound struct {
	rate       int
	frequent   bool
	permission Permission
	do         func(ctx context.Context, call *Call, r Request, authorize authorize) (any, error)
}

// Bind ties the table to the state its handlers work on.
func (t Table[S]) Bind(service S) Product {
	p := Product{t.Product, t.Version, map[string]bound{}}
	for _, a := range t.Actions {
		if _, twice := p.actions[a.Name]; twice {
			panic(fmt.Sprintf("action: %s stands twice in the table of %s", a.Name, t.Product))
		}
		p.actions[a.Name] = bound{
			a.Rate,
			a.Frequent,
			Permission{Name: t.Product + ":" + a.Name, Writes: a.Writes},
			func(ctx context.Context, call *Call, r Request, authorize authorize) (any, error) {
				return a.do(service, ctx, call, r, authorize)
			},
		}
	}
	return p
}
