package transport

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A transport closes a body that it does not need any more. A Read that waits for the bandwidth
// then ends. This holds for the body of the request and of the response.
func TestThrottledReadEndsWithItsBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := &Throttle{Up: NewBandwidth(1), Down: NewBandwidth(1), Next: roundTripper(func(req *http.Request) (*http.Response, error) {
			endsWithItsBody(t, req.Body)
			return answer(req, 200, "a long answer"), nil
		})}
		req := request(t, &Call{}, "POST")
		req.Body = io.NopCloser(strings.NewReader("a long body"))
		resp, err := rt.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		endsWithItsBody(t, resp.Body)
	})
}

func endsWithItsBody(t *testing.T, body io.ReadCloser) {
	t.Helper()
	start := time.Now()
	for range 2 { // the first Read does not wait
		if n, err := body.Read(make([]byte, 100)); n != 1 || err != nil {
			t.Fatalf("%d bytes, %v, want one at a time", n, err)
		}
	}
	if took := time.Since(start); took != time.Second {
		t.Errorf("two bytes took %v", took)
	}
	time.AfterFunc(time.Second/2, func() { _ = body.Close() })
	if _, err := body.Read(make([]byte, 100)); !errors.Is(err, errAttemptOver) || time.Since(start) != 3*time.Second/2 {
		t.Errorf("after %v: %v", time.Since(start), err)
	}
}
