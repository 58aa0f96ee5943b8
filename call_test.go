package acd_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"
)

func TestOneExchange(t *testing.T) {
	client, mock := scripted(t, acd.WithUserAgent("backup/1.0"))
	mock.RegisterResponder("GET", "https://meta.test/drive/v1/nodes/"+someID, func(req *http.Request) (*http.Response, error) {
		if diff := cmp.Diff(http.Header{"Authorization": {"Bearer " + testToken}, "User-Agent": {"backup/1.0"}}, req.Header); diff != "" {
			t.Errorf("header (-want +got):\n%s", diff)
		}
		return httpmock.NewStringResponse(200, `{"id":"`+someID+`","name":"a\uff0fb","kind":"FILE","status":"Available","unknown":{"x":1}}`), nil
	})
	n, err := client.Nodes.Get(t.Context(), someID)
	if err != nil {
		t.Fatal(err)
	}
	if n.Name != "a/b" || n.RawName != "a\uff0fb" || n.Status != acd.StatusAvailable || n.Kind != acd.KindFile {
		t.Errorf("node %+v", n)
	}
}

func TestExhaustionTellsTheLastAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, mock := scripted(t)
		mock.RegisterResponder("GET", "=~.*", httpmock.NewStringResponder(429, `{"message":"Rate exceeded"}`))
		_, err := client.Nodes.Get(t.Context(), someID)
		var e *acd.Error
		if !errors.Is(err, acd.ErrRateLimited) || !errors.As(err, &e) || e.Attempts != 10 || e.Message != "Rate exceeded" {
			t.Errorf("error %v", err)
		}
	})
}

func TestCancelledWaitHoldsBothCauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, mock := scripted(t)
		mock.RegisterResponder("GET", "=~.*", httpmock.NewStringResponder(503, ``))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := client.Nodes.Get(ctx, someID)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, acd.ErrUnavailable) {
			t.Errorf("error %v, want the deadline and the service's failure", err)
		}
	})
}

func TestIDsCannotLeaveTheirPlaceInThePath(t *testing.T) {
	client, mock := scripted(t)
	var paths []string
	mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
		paths = append(paths, req.URL.EscapedPath())
		return httpmock.NewStringResponse(404, ""), nil
	})
	for _, id := range []string{"", ".", ".."} {
		if _, err := client.Nodes.Get(t.Context(), id); !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("id %q: error %v, want invalid", id, err)
		}
	}
	for _, id := range []string{"../account", "a/b", "a?b=c", "a#b", "%2e%2e", "a b"} {
		client.Nodes.Get(t.Context(), id)
	}
	want := []string{"/drive/v1/nodes/..%2Faccount", "/drive/v1/nodes/a%2Fb", "/drive/v1/nodes/a%3Fb=c", "/drive/v1/nodes/a%23b", "/drive/v1/nodes/%252e%252e", "/drive/v1/nodes/a%20b"}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("paths (-want +got):\n%s", diff)
	}
}

func TestOperationTravelsInTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, mock := scripted(t)
		var got []acd.Operation
		mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
			op, _ := acd.OperationFromContext(req.Context())
			got = append(got, op)
			return httpmock.NewStringResponse([]int{503, 200}[len(got)-1], `{"id":"`+someID+`"}`), nil
		})
		if _, err := client.Nodes.Get(t.Context(), someID); err != nil {
			t.Fatal(err)
		}
		op := acd.Operation{Name: "Nodes.Get", Method: "GET", Path: "nodes/{id}", Attempt: 1}
		again := op
		again.Attempt = 2
		if diff := cmp.Diff([]acd.Operation{op, again}, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
	if _, ok := acd.OperationFromContext(t.Context()); ok {
		t.Error("an operation without a call")
	}
}

// drippingBody sends its text and then a space every 0.3 s, without end.
type drippingBody struct {
	text string
	done <-chan struct{}
}

func (b *drippingBody) Read(p []byte) (int, error) {
	if n := copy(p, b.text); n > 0 {
		b.text = b.text[n:]
		return n, nil
	}
	select {
	case <-time.After(300 * time.Millisecond):
		return copy(p, " "), nil
	case <-b.done:
		return 0, net.ErrClosed
	}
}

func (b *drippingBody) Close() error { return nil }

// A response that sends white space without end does not delay its call for long, after an error text or
// after complete or incomplete JSON.
func TestAnswersThatDripDoNotHoldCalls(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		text   string
		want   error
	}{
		"an error's text":      {404, `{"message":"no such node"}`, acd.ErrNotFound},
		"half an error":        {403, `{"message":"no`, acd.ErrForbidden},
		"no error text":        {401, "", acd.ErrUnauthorized},
		"after the answer":     {200, `{"id":"` + someID + `","name":"a","kind":"FILE","status":"AVAILABLE"}`, nil},
		"in an answer's midst": {200, `{"id":"`, acd.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, mock := scripted(t, acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 1}))
				mock.RegisterResponder("GET", "=~.*", func(req *http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: tc.status, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: -1,
						Body: &drippingBody{tc.text, req.Context().Done()}, Request: req}, nil
				})
				start := time.Now()
				_, err := client.Nodes.Get(t.Context(), someID)
				if !errors.Is(err, tc.want) || tc.want == nil && err != nil {
					t.Errorf("error %v, want %v", err, tc.want)
				}
				if took := time.Since(start); took > 2500*time.Millisecond {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}
