package main

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
)

// errTurnedAway ends a command whose requests the service answers with pages for people.
var errTurnedAway = errors.New("the service answered five requests in a row with a page that says it is not available: it may take this program, or this address, for a robot; wait for some hours, or run it from a connection at home, and run the same command again")

// turnedAway ends a command that the service takes for a robot: after five pages for people in a row, each with the
// status 503. To go on asking would make it worse. The command's context is what ends, so that nothing is tried again.
type turnedAway struct {
	next http.RoundTripper
	end  context.CancelCauseFunc
	row  atomic.Int32
}

const mostPages = 5

func (t *turnedAway) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	switch {
	case err != nil:
	case resp.StatusCode == http.StatusServiceUnavailable && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html"):
		if t.row.Add(1) == mostPages {
			t.end(errTurnedAway)
		}
	default:
		t.row.Store(0)
	}
	return resp, err
}
