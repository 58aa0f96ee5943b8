package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/acd-sdk/acd/internal/wire"
)

// Limit makes every attempt, and every hop of a redirect, wait for its turn.
type Limit struct {
	// Acquire waits for a turn. It returns a function that must be called with the outcome of the
	// attempt; status 0 means that no response came.
	Acquire func(context.Context) (func(status int, retryAfter time.Duration), error)
	// Policy limits the Retry-After that is passed to that function.
	Policy Policy
	Next   http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (l *Limit) RoundTrip(req *http.Request) (*http.Response, error) {
	report, err := l.Acquire(req.Context())
	if err != nil {
		closeBody(req)
		if req.Response == nil { // not nil: an earlier hop of a redirect was sent
			err = &notSentError{err}
		}
		return nil, &PermanentError{err}
	}
	resp, err := l.Next.RoundTrip(req)
	if err != nil {
		report(0, 0)
		return nil, err
	}
	report(resp.StatusCode, l.Policy.clamp(wire.RetryAfter(resp.Header, time.Now())))
	return resp, nil
}

// notSentError means that an attempt got no turn, so that nothing was sent.
type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

// CloseIdleConnections does nothing. go-retryablehttp calls it after every failure, but the
// connection pool belongs to the caller.
func (l *Limit) CloseIdleConnections() {}
