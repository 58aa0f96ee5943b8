package transport

import (
	"context"
	"net/http"
	"time"

	"github.com/acd-sdk/acd/internal/wire"
)

// Limit lets every attempt, and every hop of a redirect, wait its turn.
type Limit struct {
	// Acquire waits for a turn; the function that it returns is told how the
	// attempt ended (status 0: no answer).
	Acquire func(context.Context) (func(status int, retryAfter time.Duration), error)
	// Policy cuts down the Retry-After that Acquire's function is told.
	Policy Policy
	Next   http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (l *Limit) RoundTrip(req *http.Request) (*http.Response, error) {
	report, err := l.Acquire(req.Context())
	if err != nil {
		closeBody(req)
		if req.Response == nil { // else a hop before this one was sent
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

// notSentError says that an attempt got no turn.
type notSentError struct{ err error }

func (e *notSentError) Error() string { return e.err.Error() }
func (e *notSentError) Unwrap() error { return e.err }

// CloseIdleConnections does nothing: go-retryablehttp calls it after every
// failure, and the pool is the caller's.
func (l *Limit) CloseIdleConnections() {}
