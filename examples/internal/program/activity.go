package program

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/acd-sdk/acd"
)

// Activity knows which request is running, and counts requests.
type Activity struct {
	requests, retries atomic.Int64

	mu   sync.Mutex
	open int    // requests whose response was not closed yet
	last string // operation of the last request
	try  int
	// failed is how the previous attempt failed, "" if it did not fail.
	failed string
}

// Requests returns how many requests were made, and how many of them were retries.
func (a *Activity) Requests() (all, repeated int64) { return a.requests.Load(), a.retries.Load() }

// Activity returns the activity of the console.
func (c *Console) Activity() *Activity { return c.activity }

// Transport returns a transport that sends requests through next and watches them.
func (c *Console) Transport(next http.RoundTripper) http.RoundTripper {
	return &watched{c.activity, next}
}

type watched struct {
	a    *Activity
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (w *watched) RoundTrip(req *http.Request) (*http.Response, error) {
	op, ok := acd.OperationFromContext(req.Context())
	if !ok {
		op = acd.Operation{Name: "the sign-in", Attempt: 1}
	}
	w.a.requests.Add(1)
	if op.Attempt > 1 {
		w.a.retries.Add(1)
	}
	w.a.begin(op)
	resp, err := w.next.RoundTrip(req)
	if err != nil {
		w.a.end(op, ending(err))
		return nil, err
	}
	how := ""
	switch code := resp.StatusCode; {
	case code >= http.StatusInternalServerError, code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code == http.StatusUnauthorized:
		how = fmt.Sprintf("status %d", resp.StatusCode)
	}
	resp.Body = &answer{ReadCloser: resp.Body, end: sync.OnceFunc(func() { w.a.end(op, how) })}
	return resp, nil
}

// answer is a response body. The request counts as running until the body is closed.
type answer struct {
	io.ReadCloser
	end func()
}

// Close implements io.Closer.
func (a *answer) Close() error {
	a.end()
	return a.ReadCloser.Close()
}

// ending says in a few words why there is no response. The text of the error itself is not used,
// because it may contain an address with a secret.
func ending(err error) string {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "the name of the server is not found"
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return "no connection"
	}
	return "no answer"
}

func (a *Activity) begin(op acd.Operation) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open++
	if op.Name != a.last || op.Attempt == 1 {
		a.failed = ""
	}
	a.last, a.try = op.Name, op.Attempt
}

// end notes how an attempt ended; how is "" if it did not fail. A failure is shown until another
// attempt has ended.
func (a *Activity) end(op acd.Operation, how string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.open--
	a.last, a.try, a.failed = op.Name, op.Attempt, how
}

// String says which request is running, and how often it was tried, "" if none is running.
func (a *Activity) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.failed != "":
		return fmt.Sprintf("waiting for %s, tried %d times: %s", a.last, a.try, a.failed)
	case a.open > 0:
		return "waiting for " + a.last
	}
	return ""
}
