package acd_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
)

func TestThumbnail(t *testing.T) {
	client, mock := scripted(t)
	answer := func(contentType string) func(*http.Request) (*http.Response, error) {
		return func(req *http.Request) (*http.Response, error) {
			if got := req.URL.Query().Get("viewBox"); got != "128" {
				t.Errorf("viewBox %q", got)
			}
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(strings.NewReader("picture")), ContentLength: 7}, nil
		}
	}
	url := "https://content.test/cdproxy/nodes/" + someID + "/content"
	mock.RegisterResponder("GET", url, answer("image/jpeg"))
	if got, err := client.Content.Thumbnail(t.Context(), someID, 128); err != nil || got.ContentType != "image/jpeg" || string(got.Data) != "picture" {
		t.Errorf("%+v, %v", got, err)
	}
	mock.RegisterResponder("GET", url, answer("text/html"))
	if _, err := client.Content.Thumbnail(t.Context(), someID, 128); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("a page passed for a picture: %v", err)
	}
	if _, err := client.Content.Thumbnail(t.Context(), someID, 0); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("a square of nothing: %v", err)
	}
}
