// Package transport is the chain of floors under every call: retry over limit
// over auth over stall over the caller's http.RoundTripper. Each floor is tested alone.
package transport

import (
	"context"
	"net/url"
	"time"
)

// Op is an operation as a value: errors print it, retry reads it, the log names it.
type Op struct {
	Name   string // "Nodes.Get"
	Method string
	Path   string // "nodes/{id}"; an opaque URL such as a tempLink has none
	// Replay says that a second send does no harm, so that an attempt whose
	// outcome is unknown may simply be repeated.
	Replay bool
	// NoToken says that the operation never carries credentials, whatever its host.
	NoToken bool
}

// Call is one logical call on its way down the floors, and what they learned
// about it. It belongs to the goroutine that makes the call; only Body is
// touched from others.
type Call struct {
	Op Op
	// Hosts are the base URLs of the account: credentials go nowhere else.
	Hosts []*url.URL
	Body  *Body

	Attempts int
	// Lost is set once an attempt ended without saying whether it took effect.
	Lost bool
	// Verdict is what the last attempt meant.
	Verdict Verdict
	// Answer is what the last attempt that failed said.
	Answer Answer
	// RenewErr is why there is no other token than the one that was rejected.
	RenewErr error

	token   string // the access token of the last attempt
	renewed bool   // a 401 was already answered with another token
	delay   time.Duration
}

type callKey struct{}

// WithCall returns a context that carries call.
func WithCall(ctx context.Context, call *Call) context.Context {
	return context.WithValue(ctx, callKey{}, call)
}

// CallFrom returns the call that ctx carries, or nil.
func CallFrom(ctx context.Context) *Call {
	call, _ := ctx.Value(callKey{}).(*Call)
	return call
}
