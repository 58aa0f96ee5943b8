// Package transport is the chain of http.RoundTrippers under every call. The layers are, from the
// top: retry, limit, auth, stall, and the caller's http.RoundTripper. Each layer is tested alone.
package transport

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/acd-sdk/acd/internal/redact"
)

// Op describes an operation. Errors print it, the retry layer reads it, and the log names it.
type Op struct {
	Name   string // "Nodes.Get"
	Method string
	Path   string // "nodes/{id}"; empty for an opaque URL such as a tempLink
	// Replay says that a second send does no harm. So an attempt with an unknown outcome may be
	// repeated.
	Replay bool
	// NoToken says that the operation never carries credentials, to any host.
	NoToken bool
	// Secret says that the path alone gives the right to read. So no error and no log may show the
	// path.
	Secret bool
	// Content says that a success is content of any type, and not JSON.
	Content bool
}

// Call is one logical call on its way down the layers, and what the layers learned about it. It
// belongs to the goroutine that makes the call. Other goroutines use only Body.
type Call struct {
	Op Op
	// Hosts are the base URLs of the account. Credentials go nowhere else.
	Hosts []*url.URL
	Body  *Body
	// MaxAttempts replaces the MaxAttempts of the [Policy], unless it is 0.
	MaxAttempts int

	Attempts int
	// Lost is set when an attempt has ended and it is unknown whether it took effect.
	Lost bool
	// Verdict is the verdict on the last attempt.
	Verdict Verdict
	// Answer is the outcome of the last attempt that failed.
	Answer Answer
	// RenewErr is the reason why the rejected credentials could not be replaced.
	RenewErr error

	// secrets are the secrets that the call's requests carried. No error and no log may show them.
	secrets redact.Secrets
	token   string        // the access token of the last attempt
	signed  *http.Request // the last attempt, if the authenticator signed it
	fresh   bool          // the authenticator has newer credentials than the last attempt used
	renewed bool          // other credentials were already tried after a 401
	delay   time.Duration
}

// Clean removes the call's secrets, and everything that looks like a secret, from text that came
// from outside. All such text must go through Clean before it enters an error or a log. A nil call
// has no secrets of its own.
func (c *Call) Clean(text string) string {
	if c == nil {
		return redact.Text(text, nil)
	}
	return redact.Text(text, c.secrets)
}

// CleanError returns err if its text holds no secret. Otherwise it returns an error with the
// cleaned text, which does not wrap err.
func (c *Call) CleanError(err error) error {
	if err == nil {
		return nil
	}
	if p, ok := err.(*PermanentError); ok { //nolint:errorlint // the mark is ours, and outermost
		return &PermanentError{c.CleanError(p.Err)}
	}
	text := err.Error()
	if clean := c.Clean(text); clean != text {
		_, network := errors.AsType[net.Error](err)
		return &cleanedError{clean, network}
	}
	return err
}

// cleanedError replaces an error whose text held a secret. Its network field says whether the
// replaced error was a [net.Error].
type cleanedError struct {
	text    string
	network bool
}

func (e *cleanedError) Error() string { return e.text }

// Timeout implements [net.Error].
func (e *cleanedError) Timeout() bool { return false }

// Temporary implements [net.Error].
func (e *cleanedError) Temporary() bool { return e.network }

// clean removes secrets from everything that a response says.
func (c *Call) clean(a Answer) Answer {
	a.Err = c.CleanError(a.Err)
	a.RequestID = c.Clean(a.RequestID)
	b := &a.Body
	b.Code, b.Message, b.LogRef = c.Clean(b.Code), c.Clean(b.Message), c.Clean(b.LogRef)
	if b.ConflictID != c.Clean(b.ConflictID) {
		b.ConflictID = ""
	}
	return a
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
