package acd_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
)

func TestDoGoesThroughAllFloors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		n := &photosNet{hosts: hosts{www: site(hosts{"search": func(r *http.Request) (int, http.Header, string) {
			if tries++; tries == 1 {
				return 429, nil, `{"message":"Rate exceeded"}`
			}
			return 200, nil, `{"count":7}`
		}})}}
		client := photosClient(t, n)
		resp, err := client.Do(t.Context(), acd.Call{Op: "Library.Search", Path: "search", Query: url.Values{"filters": {"type:(PHOTOS)"}}})
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if text, err := io.ReadAll(resp.Body); err != nil || string(text) != `{"count":7}` || tries != 2 {
			t.Errorf("%q, %v after %d attempts", text, err, tries)
		}
		_, err = client.Do(t.Context(), acd.Call{Op: "Library.Odd", Target: "thing", Path: "nowhere"})
		failed, ok := errors.AsType[*acd.Error](err)
		if !ok || !errors.Is(err, acd.ErrNotFound) || failed.Op != "Library.Odd" || failed.Target != "thing" || failed.StatusCode != 404 {
			t.Errorf("%+v", err)
		}
	})
}

// If Decode returns an error, the attempt has failed and is retried.
func TestDoDecodesEachAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		n := &photosNet{hosts: hosts{www: site(hosts{"search": func(*http.Request) (int, http.Header, string) {
			tries++
			return 200, nil, strings.Repeat("x", tries)
		}})}}
		_, err := photosClient(t, n).Do(t.Context(), acd.Call{Path: "search", Decode: func(resp *http.Response) error {
			if text, _ := io.ReadAll(resp.Body); len(text) < 3 {
				return errors.New("too short")
			}
			return nil
		}})
		if err != nil || tries != 3 {
			t.Errorf("%v after %d attempts", err, tries)
		}
	})
}

// A write whose response was lost is retried only if the caller says that this does no harm and if the
// body can be read again.
func TestDoRepeatsWhatItMay(t *testing.T) {
	tests := []struct {
		name  string
		call  acd.Call
		tries int
		err   error
	}{
		{"a POST", acd.Call{Method: "POST", Body: strings.NewReader("{}")}, 1, acd.ErrUnavailable},
		{"a repeatable POST", acd.Call{Method: "POST", Body: strings.NewReader("{}"), Repeatable: true}, 10, acd.ErrUnavailable},
		{"of a stream", acd.Call{Method: "POST", Body: io.MultiReader(strings.NewReader("{}")), Repeatable: true}, 1, acd.ErrNotReplayable},
		{"a GET", acd.Call{}, 10, acd.ErrUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &photosNet{hosts: hosts{www: site(hosts{"x": says(500, `{}`)})}}
				tt.call.Path = "x"
				_, err := photosClient(t, n).Do(t.Context(), tt.call)
				if tries := len(n.to(www)) - 1; tries != tt.tries || !errors.Is(err, tt.err) {
					t.Errorf("%d attempts, want %d: %v", tries, tt.tries, err)
				}
			})
		})
	}
}

func TestDoRefusesWhatWouldGoElsewhere(t *testing.T) {
	calls := map[string]acd.Call{
		"another host":      {Path: "//evil.test/x"},
		"a whole URL":       {Path: "https://evil.test/x"},
		"an absolute path":  {Path: "/x"},
		"a way up":          {Path: "nodes/../../x"},
		"an escaped way up": {Path: "nodes/%2e%2e/x"},
		"a query":           {Path: "nodes?x=1"},
		"credentials":       {Path: "nodes", Header: http.Header{"Cookie": {"mine"}}},
		"a token":           {Path: "nodes", Header: http.Header{"x-amz-access-token": {"mine"}}},
		"no such base":      {Path: "nodes", Base: acd.Base(99)},
	}
	n := &photosNet{}
	client := photosClient(t, n)
	for name, call := range calls {
		if _, err := client.Do(t.Context(), call); !errors.Is(err, acd.ErrInvalid) || len(n.sent) > 0 {
			t.Errorf("%s: %v, %d requests", name, err, len(n.sent))
		}
	}
}

// Only some accounts have all base URLs. A call to a base URL that the account does not have is an error.
func TestDoOnEachBase(t *testing.T) {
	wants := map[acd.Base]string{
		acd.BaseMetadata:   "https://www.amazon.de/drive/v1/x",
		acd.BaseContent:    "https://content-eu.drive.amazonaws.com/cdproxy/x",
		acd.BaseDownload:   "https://download-photos.amazon.de/x",
		acd.BaseUpload:     "https://content-eu.drive.amazonaws.com/x",
		acd.BaseThumbnails: "https://thumbnails-photos.amazon.de/v1/x",
		acd.BaseGroups:     "https://www.amazon.de/cdrs/drive/v2/x",
	}
	n := &photosNet{hosts: hosts{}}
	for _, raw := range wants {
		u, _ := url.Parse(raw)
		n.hosts[u.Host] = says(200, `{}`)
	}
	client := photosClient(t, n)
	for base, want := range wants {
		resp, err := client.Do(t.Context(), acd.Call{Path: "x", Base: base})
		if err != nil {
			t.Errorf("%v: %v", base, err)
			continue
		}
		resp.Body.Close()
		last := n.sent[len(n.sent)-1]
		if got := "https://" + last.URL.Host + last.URL.Path; got != want || last.Header.Get("Cookie") == "" {
			t.Errorf("%v: %s with %v", base, got, last.Header)
		}
	}
	classic, err := acd.NewClient(t.Context(), nil, acd.WithHTTPClient(&http.Client{Transport: n}),
		acd.WithEndpoints(acd.Endpoints{MetadataURL: "https://www.amazon.de/drive/v1", ContentURL: "https://www.amazon.de/c"}))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := classic.Do(t.Context(), acd.Call{Path: "x", Base: acd.BaseGroups}); !errors.Is(err, acd.ErrInvalid) || !strings.Contains(err.Error(), "groups") {
		t.Error(err)
	}
}

// The search of this test has more than 9,999 results, and the service sends no page tokens. DoPages
// must get every result by its offset.
func TestDoPagesGoesOnByOffset(t *testing.T) {
	m := &manyPhotos{dates: make([]time.Time, 12345)}
	n := &photosNet{hosts: hosts{www: site(hosts{"search": m.unlimited})}}
	count := 0
	for node, err := range photosClient(t, n).DoPages(t.Context(), acd.Call{Op: "Library.Search", Path: "search", Query: url.Values{"filters": {"type:(PHOTOS)"}}}) {
		if err != nil {
			t.Fatal(err)
		}
		if node.RawName == "" {
			t.Fatal("a node that was not adopted")
		}
		count++
	}
	if count != len(m.dates) || m.requests != 62 {
		t.Errorf("%d nodes in %d requests", count, m.requests)
	}
}
