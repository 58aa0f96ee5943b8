package acd_test

import (
	"context"
	"errors"
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
			return httpmock.NewStringResponse([]int{503, 200}[len(got)-1], `{"id":"x"}`), nil
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
