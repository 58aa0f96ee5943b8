package transport

import (
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// drip returns one byte at a time, with a pause before each, as long as there are bytes left.
type drip struct {
	every time.Duration
	left  int
	done  <-chan struct{}
}

func (d *drip) Read(p []byte) (int, error) {
	select {
	case <-time.After(d.every):
	case <-d.done:
		return 0, errors.New("connection closed")
	}
	if d.left == 0 {
		return 0, io.EOF
	}
	d.left--
	p[0] = '.'
	return 1, nil
}

func (d *drip) Close() error { return nil }

func TestSlowPassesAndStalledBreaks(t *testing.T) {
	for name, tc := range map[string]struct {
		every time.Duration
		want  error
	}{
		"a slow drip passes":    {59 * time.Second, nil},
		"a stall is broken off": {61 * time.Second, ErrStalled},
	} {
		t.Run("answer/"+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rt := &Stall{Limit: time.Minute, Next: roundTripper(func(req *http.Request) (*http.Response, error) {
					resp := answer(req, 200, "")
					resp.Body = &drip{every: tc.every, left: 100, done: req.Context().Done()}
					return resp, nil
				})}
				resp, err := rt.RoundTrip(request(t, &Call{}, "GET"))
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				if _, err := io.Copy(io.Discard, resp.Body); !errors.Is(err, tc.want) {
					t.Errorf("error %v, want %v", err, tc.want)
				}
			})
		})
		t.Run("request/"+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rt := &Stall{Limit: time.Minute, Next: roundTripper(func(req *http.Request) (*http.Response, error) {
					buf := make([]byte, 1)
					for { // a network that takes one byte at a time
						if _, err := req.Body.Read(buf); err == io.EOF {
							return answer(req, 200, ""), nil
						}
						select {
						case <-time.After(tc.every):
						case <-req.Context().Done():
							return nil, req.Context().Err()
						}
					}
				})}
				req := request(t, &Call{}, "POST")
				req.Body = &drip{every: 0, left: 50}
				resp, err := rt.RoundTrip(req)
				if !errors.Is(err, tc.want) {
					t.Fatalf("error %v, want %v", err, tc.want)
				}
				if resp != nil {
					resp.Body.Close()
				}
			})
		})
	}
}

func TestSlowSourceIsNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := &Stall{Limit: time.Minute, Next: roundTripper(func(req *http.Request) (*http.Response, error) {
			return answer(req, 200, ""), nil
		})}
		req := request(t, &Call{}, "POST")
		req.Body = &drip{every: time.Hour, left: 3}
		resp, err := rt.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	})
}

func TestSilentServerIsBrokenOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rt := &Stall{Limit: time.Minute, Next: roundTripper(func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		})}
		start := time.Now()
		if _, err := rt.RoundTrip(request(t, &Call{}, "GET")); !errors.Is(err, ErrStalled) || time.Since(start) != time.Minute {
			t.Errorf("error %v after %v", err, time.Since(start))
		}
	})
}

// The body of a redirect or of an error is read for a limited time, even if it never stalls.
func TestNeedlessBodyThatDripsIsBrokenOff(t *testing.T) {
	for _, status := range []int{302, 400, 404, 503} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			rt := &Stall{Limit: time.Minute, Next: roundTripper(func(req *http.Request) (*http.Response, error) {
				resp := answer(req, status, "")
				resp.Body = &drip{every: 300 * time.Millisecond, left: 100_000, done: req.Context().Done()}
				return resp, nil
			})}
			resp, err := rt.RoundTrip(request(t, &Call{}, "GET"))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			got, err := io.ReadAll(resp.Body)
			if took := time.Since(start); err == nil || took > needlessFor || len(got) == 0 {
				t.Errorf("status %d: %d bytes, error %v after %v", status, len(got), err, took)
			}
		})
	}
}
