package action_test

import (
	"context"

	"csrd/action"
)

// The toy service of these tests: it greets.
type greeter struct{ greeting string }

type person struct {
	Name string `api:"required" doc:"Whom to greet."`
	Age  *int64 `api:"min=0,max=150"`
}

type greetRequest struct {
	person `api:"required"`
	Times  int64   `api:"default=1,min=1,max=3" doc:"How often."`
	Loud   bool    `doc:"Whether to shout."`
	Title  *string `doc:"Mr, Ms, Dr."`
	Pets   []pet   `api:"max=2"`
	Lucky  []int64 `api:"max=3"`
}

type pet struct {
	Kind string `api:"required"`
	Legs int64
}

type greetResponse struct {
	Text string `doc:"The greeting."`
	Pets *string
	action.Reply
}

func (g *greeter) greet(_ context.Context, call *action.Call, r *greetRequest) (*greetResponse, error) {
	if r.Name == "nobody" {
		return nil, action.Fail("ResourceNotFound", action.Text{En: "There is nobody.", Zh: "没有人。"})
	}
	text := ""
	for range r.Times {
		text += g.greeting + ", "
	}
	if r.Title != nil {
		text += *r.Title + " "
	}
	return &greetResponse{Text: text + r.Name}, nil
}

func toyTable() action.Table[*greeter] {
	return action.Table[*greeter]{
		Product: "toy", Version: "2020-01-01",
		Actions: []action.Action[*greeter]{
			action.Define(action.Meta{
				Name: "Greet", Summary: "Greets someone.",
				Outcomes: []action.Outcome{{Code: "ResourceNotFound", When: "there is nobody"}},
			}, (*greeter).greet),
		},
	}
}
