package transport

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// The rest of a dropped response is read for a limited time only.
func TestDroppedBodyThatDripsIsBrokenOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		rt := &Stall{Limit: time.Minute, Next: roundTripper(func(req *http.Request) (*http.Response, error) {
			resp := answer(req, 200, "")
			resp.Body = &drip{every: 300 * time.Millisecond, left: 100_000, done: req.Context().Done()}
			return resp, nil
		})}
		resp, err := rt.RoundTrip(request(t, &Call{}, "GET"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Drop(resp.Body); err != nil || time.Since(start) > needlessFor {
			t.Errorf("error %v after %v", err, time.Since(start))
		}
	})
}
