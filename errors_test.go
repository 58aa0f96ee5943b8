package acd_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/jarcoal/httpmock"
)

func TestErrorsAreSorted(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		want   []error
		code   string
	}{
		"unknown id":       {404, `{"logref":"l","message":"m","code":"NODE_NOT_FOUND"}`, []error{acd.ErrNotFound, fs.ErrNotExist}, "NODE_NOT_FOUND"},
		"unknown route":    {404, `<UnknownOperationException/>`, []error{acd.ErrNotFound}, "UnknownOperationException"},
		"no permission":    {403, `{"message":"Insufficient permissions granted for operation: purgeNode"}`, []error{acd.ErrForbidden, fs.ErrPermission}, ""},
		"full":             {403, `{"code":"NO_ACTIVE_SUBSCRIPTION_FOUND","message":"File size exceeds account allowance."}`, []error{acd.ErrQuotaExceeded}, "NO_ACTIVE_SUBSCRIPTION_FOUND"},
		"conflict":         {409, `{"code":"NAME_ALREADY_EXISTS","info":{"nodeId":"mCO-sea6SteN5FMhrZFaNg"}}`, []error{acd.ErrExists, fs.ErrExist}, "NAME_ALREADY_EXISTS"},
		"bad request":      {400, `{"message":"Invalid filter: x"}`, []error{acd.ErrInvalid}, ""},
		"precondition":     {412, ``, []error{acd.ErrChanged}, ""},
		"rate":             {429, `{}`, []error{acd.ErrRateLimited}, ""},
		"outage":           {503, `<html>oops</html>`, []error{acd.ErrUnavailable}, ""},
		"timeout":          {504, ``, []error{acd.ErrUnavailable}, ""},
		"token":            {401, `{"message":"Token has expired"}`, []error{acd.ErrUnauthorized, fs.ErrPermission}, ""},
		"token in a 400":   {400, `{"message":"com.amazon...: HTTP status code=[401] Token has expired"}`, []error{acd.ErrUnauthorized}, ""},
		"stray redirect":   {304, ``, []error{acd.ErrUnavailable}, ""},
		"storage (upload)": {507, `{"errorCode":"InsufficientStorage"}`, []error{acd.ErrQuotaExceeded}, "InsufficientStorage"},
	} {
		t.Run(name, func(t *testing.T) {
			client, mock := scripted(t, acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 1}))
			mock.RegisterResponder("GET", "https://meta.test/drive/v1/nodes/"+someID, func(*http.Request) (*http.Response, error) {
				resp := httpmock.NewStringResponse(tc.status, tc.body)
				resp.Header.Set("x-amzn-RequestId", "req-1")
				return resp, nil
			})
			_, err := client.Nodes.Get(t.Context(), someID)
			for _, want := range tc.want {
				if !errors.Is(err, want) {
					t.Errorf("error %v is no %v", err, want)
				}
			}
			var e *acd.Error
			if !errors.As(err, &e) {
				t.Fatalf("%T is no *Error", err)
			}
			if e.Op != "Nodes.Get" || e.Target != someID || e.StatusCode != tc.status || e.Code != tc.code || e.RequestID != "req-1" || e.Attempts != 1 {
				t.Errorf("%#v", e)
			}
			if text := err.Error(); !strings.Contains(text, someID) || !strings.Contains(text, "Nodes.Get") || strings.Contains(text, "sesame") {
				t.Errorf("text %q", text)
			}
		})
	}
}

func TestIsRetryable(t *testing.T) {
	for err, want := range map[error]bool{
		acd.ErrUnavailable: true, acd.ErrRateLimited: true, acd.ErrIncomplete: true, acd.ErrNotFound: false, acd.ErrOutcomeUnknown: false,
		fmt.Errorf("%w: %w", acd.ErrIncomplete, &acd.NodeError{ID: "a"}): false,
		fmt.Errorf("%w: %w", acd.ErrNotReplayable, acd.ErrUnavailable):   false, errors.Join(context.Canceled, acd.ErrUnavailable): false,
	} {
		if got := acd.IsRetryable(err); got != want {
			t.Errorf("%v: %v, want %v", err, got, want)
		}
	}
}
