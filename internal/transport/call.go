// Package transport is the chain of floors under every call: retry over limit
// over auth over stall over the caller's http.RoundTripper. Each floor is tested alone.
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
	// Secret says that the path is itself a right to read, so that no text may show it.
	Secret bool
	// Content says that a success is content, of any type, and not JSON.
	Content bool
}

// Call is one logical call on its way down the floors, and what they learned
// about it. It belongs to the goroutine that makes the call; only Body is
// touched from others.
type Call struct {
	Op Op
	// Hosts are the base URLs of the account: credentials go nowhere else.
	Hosts []*url.URL
	Body  *Body
	// MaxAttempts replaces that of the [Policy] if it is not 0.
	MaxAttempts int

	Attempts int
	// Lost is set once an attempt ended without saying whether it took effect.
	Lost bool
	// Verdict is what the last attempt meant.
	Verdict Verdict
	// Answer is what the last attempt that failed said.
	Answer Answer
	// RenewErr is why there are no other credentials than those that were rejected.
	RenewErr error

	// secrets are what the call's requests carried and no text may tell.
	secrets redact.Secrets
	token   string        // the access token of the last attempt
	signed  *http.Request // the last attempt, if the authenticator signed it
	fresh   bool          // the authenticator has other credentials than those of the last attempt
	renewed bool          // a 401 was already answered with other credentials
	delay   time.Duration
}

// Clean takes the call's secrets, and what looks like one, out of text that came from outside. It is the one way of
// such text into an error or a log. A nil call knows no secrets.
func (c *Call) Clean(text string) string {
	if c == nil {
		return redact.Text(text, nil)
	}
	return redact.Text(text, c.secrets)
}

// CleanError is err, or if its text holds a secret an error with the same text without it, which does not lead to err.
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

// cleanedError stands for an error whose text held a secret. It is a [net.Error] if that was one.
type cleanedError struct {
	text    string
	network bool
}

func (e *cleanedError) Error() string { return e.text }

// Timeout implements [net.Error].
func (e *cleanedError) Timeout() bool { return false }

// Temporary implements [net.Error].
func (e *cleanedError) Temporary() bool { return e.network }

// clean cleans all that an answer says.
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
