// Package recorder puts the calls of the API on record.
package recorder

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"csrd/action"
	"csrd/csr"
	"csrd/internal/audit"
	"csrd/internal/wire"
)

// timeout is the time that an entry has to be written once the call is over,
// also where the caller has gone away.
const timeout = 10 * time.Second

// Recorder is the [action.Recorder] of a store.
type Recorder struct {
	store   audit.Store
	keys    *audit.Keys
	every   int64
	metrics *Metrics
	lists   atomic.Int64 // frequent reads that succeeded
}

var _ action.Recorder = (*Recorder)(nil)

// New returns a Recorder. Of the frequent reads that succeed it records every
// so many, none for 0; metrics counts what it records and leaves out.
func New(store audit.Store, keys *audit.Keys, every int64, metrics *Metrics) *Recorder {
	return &Recorder{store: store, keys: keys, every: every, metrics: metrics}
}

// Begin implements [action.Recorder].
func (r *Recorder) Begin(ctx context.Context, call *action.Call, name string) context.Context {
	return audit.With(ctx, audit.NewPending(r.keys, audit.Entry{
		Time:      call.Now,
		RequestID: call.RequestID,
		Actor:     audit.Actor{Kind: audit.Caller, User: call.Caller.User, SecretID: call.Caller.SecretID, Address: call.From},
		Action:    name,
		Outcome:   audit.OK,
	}, r.metrics.Entry))
}

// Decision: a call whose entry in the audit record cannot be written fails with FailedOperation.SystemError; what it would
// have changed is not changed, and what it would have shown is not shown.

// End implements [action.Recorder].
func (r *Recorder) End(ctx context.Context, call *action.Call, frequent bool, failure error) error {
	pending, err := audit.From(ctx)
	if err != nil {
		return err
	}
	if failure == nil && pending.Appended() {
		return nil
	}
	if failure == nil && frequent && !r.sampled() {
		r.metrics.leftOut(pending.Action())
		return nil
	}
	pending.Set(outcome(failure), names(call.Resources), failure == nil && call.KeyRead)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	err = r.store.Append(ctx, csr.Owner(call.Caller.Uin))
	var wireError *action.Error
	switch {
	case err == nil, errors.As(failure, &wireError) && wireError.Fault:
		return failure // a store that fails the call may take no entry either
	case failure != nil && !errors.As(failure, &wireError):
		return errors.Join(failure, err)
	}
	return wire.Error(err, action.CodeInternalError)
}

// sampled reports whether it is the turn of a frequent read to be recorded.
func (r *Recorder) sampled() bool { return r.every > 0 && r.lists.Add(1)%r.every == 0 }

// outcome is the code that a call is answered with.
func outcome(failure error) string {
	var wireError *action.Error
	switch {
	case failure == nil:
		return audit.OK
	case errors.As(failure, &wireError):
		return string(wireError.Code)
	}
	return string(action.CodeInternalError)
}

// names are what entries call resources, which policies name with their account
// before; none for all that there is.
func names(resources []string) []string {
	var names []string
	for _, r := range resources {
		if r != action.AnyResource {
			names = append(names, r[strings.LastIndexByte(r, ':')+1:])
		}
	}
	return names
}
