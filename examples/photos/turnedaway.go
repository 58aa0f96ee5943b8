package main

import (
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/acd-sdk/acd/examples/photos/export"
)

// turnedAway ends a program that the service takes for a robot: after five pages for people in a row, each with the
// status 503, every further request fails at once. To go on asking would make it worse.
type turnedAway struct {
	next http.RoundTripper
	row  atomic.Int32
}

const mostPages = 5

func (t *turnedAway) RoundTrip(req *http.Request) (*http.Response, error) {
	if t.row.Load() >= mostPages {
		if req.Body != nil {
			req.Body.Close()
		}
		return nil, export.ErrTurnedAway
	}
	resp, err := t.next.RoundTrip(req)
	switch {
	case err != nil:
	case resp.StatusCode == http.StatusServiceUnavailable && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html"):
		t.row.Add(1)
	default:
		t.row.Store(0)
	}
	return resp, err
}
