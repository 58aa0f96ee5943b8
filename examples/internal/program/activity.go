package program

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/acd-sdk/acd"
)

// Activity knows which request is waited for, and counts.
type Activity struct {
	requests, retries atomic.Int64

	mu   sync.Mutex
	last string // what the last request was for
	try  int
	end  string // how it ended, "" while it has not
}

// Requests is how many requests were made, and how many of them repeat another.
func (a *Activity) Requests() (all, repeated int64) { return a.requests.Load(), a.retries.Load() }

// Activity is what the console watches.
func (c *Console) Activity() *Activity { return c.activity }

// Transport watches the requests that go through next.
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
	w.a.note(op, "")
	resp, err := w.next.RoundTrip(req)
	if err != nil {
		w.a.note(op, ending(err))
		return nil, err
	}
	if resp.StatusCode >= http.StatusBadRequest {
		w.a.note(op, fmt.Sprintf("status %d", resp.StatusCode))
	}
	return resp, nil
}

// ending says in a few words why no answer came. The error itself may hold an address with a secret.
func ending(err error) string {
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "the name of the server is not found"
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return "no connection"
	}
	return "no answer"
}

// note keeps the end of an attempt until another attempt has ended.
func (a *Activity) note(op acd.Operation, end string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if end == "" && op.Name == a.last && op.Attempt > 1 {
		end = a.end
	}
	a.last, a.try, a.end = op.Name, op.Attempt, end
}

// String says what is waited for, and how often it was tried; "" before the first request.
func (a *Activity) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.last == "":
		return ""
	case a.end != "":
		return fmt.Sprintf("waiting for %s, tried %d times: %s", a.last, a.try, a.end)
	}
	return "waiting for " + a.last
}
