package acd_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// crowded makes a drive with the given number of files in the folder "many".
func crowded(t testing.TB, files int, opts ...mocks.Option) (drive *mocks.Drive, folder string) {
	t.Helper()
	drive = mocks.NewDrive(opts...)
	for i := range files {
		if _, err := drive.WriteFile(fmt.Sprintf("many/%04d", i), nil); err != nil {
			t.Fatal(err)
		}
	}
	folder, _ = drive.Lookup("many")
	return drive, folder
}

// The service loses a page that it answered with a 429, and its page tokens expire. Whatever
// happens during a listing, every node must come, and none twice.
func TestListingsLoseNothingAndRepeatNothing(t *testing.T) {
	const files = 1050
	for name, tc := range map[string]struct {
		fault mocks.Fault
		slow  time.Duration // how long the caller takes for the 300th node
		want  error
	}{
		"a page fails once":                    {mocks.Fault{Nth: 3, Times: 1, Status: 503}, 0, nil},
		"a page is lost to a 429":              {mocks.Fault{Nth: 3, Times: 1, Status: 429, LosePage: true}, 0, nil},
		"two pages are lost":                   {mocks.Fault{Nth: 3, Times: 2, Status: 429, LosePage: true}, 0, nil},
		"a connection breaks":                  {mocks.Fault{Nth: 4, Times: 1, At: mocks.InAnswer, Reset: true}, 0, nil},
		"the caller is slower than the tokens": {mocks.Fault{Nth: 100}, 11 * time.Minute, nil},
		"count says more than there is":        {mocks.Fault{CountBy: 7}, 0, nil},
		"every page fails":                     {mocks.Fault{Status: 503}, 0, acd.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive, folder := crowded(t, files)
				tc.fault.Op = "Nodes.Children"
				injected := drive.Inject(tc.fault)
				seen := map[string]int{}
				var err error
				for n, e := range newClient(t, drive).Nodes.Children(t.Context(), folder, acd.ListOptions{}) {
					if err = e; e != nil {
						break
					}
					if seen[n.ID]++; len(seen) == 300 {
						time.Sleep(tc.slow)
					}
				}
				if !errors.Is(err, tc.want) {
					t.Fatalf("error %v, want %v", err, tc.want)
				}
				if tc.want == nil && len(seen) != files {
					t.Errorf("%d of %d nodes came", len(seen), files)
				}
				for id, n := range seen {
					if n != 1 {
						t.Errorf("%s came %d times", id, n)
					}
				}
				if tc.slow == 0 && injected.Fired() == 0 {
					t.Error("the fault did not fire")
				}
			})
		})
	}
}

// A listing must go on after an empty page. These are pages that a broken service may send.
func TestOddPages(t *testing.T) {
	page := func(next string, ids ...int) string {
		body := fmt.Sprintf(`{"count":%d,"nextToken":%s,"data":[`, 4, next)
		for i, id := range ids {
			if i > 0 {
				body += ","
			}
			body += fmt.Sprintf(`{"id":"node-%d","name":"n%d","kind":"FILE","status":"AVAILABLE"}`, id, id)
		}
		return body + "]}"
	}
	for name, tc := range map[string]struct {
		pages map[string]string // by token
		want  int
		err   error
	}{
		"an empty page is not the end": {map[string]string{"": page(`"a"`, 1, 2), "a": page(`"b"`), "b": page("null", 3, 4)}, 4, nil},
		"an empty token is the end":    {map[string]string{"": page(`""`, 1, 2)}, 2, nil},
		"a token that repeats":         {map[string]string{"": page(`"a"`, 1), "a": page(`"a"`, 2)}, 2, acd.ErrIncomplete},
		"tokens that go round":         {map[string]string{"": page(`"a"`, 1), "a": page(`"b"`, 2), "b": page(`"c"`, 3), "c": page(`"a"`, 4)}, 4, acd.ErrIncomplete},
		"nodes that come twice":        {map[string]string{"": page(`"a"`, 1, 2), "a": page("null", 2, 3)}, 3, nil},
	} {
		t.Run(name, func(t *testing.T) {
			client, mock := scripted(t)
			mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
				if req.URL.Query().Has("offset") {
					return httpmock.NewStringResponse(200, `{"count":9,"data":[]}`), nil
				}
				return httpmock.NewStringResponse(200, tc.pages[req.URL.Query().Get("startToken")]), nil
			})
			got := 0
			var err error
			for _, e := range client.Nodes.List(t.Context(), acd.ListOptions{}) {
				if err = e; e == nil {
					got++
				}
			}
			if got != tc.want || !errors.Is(err, tc.err) {
				t.Errorf("%d nodes, error %v; want %d, %v", got, err, tc.want, tc.err)
			}
			if n := mock.GetTotalCallCount(); n > 20 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// If a page is lost in each run, the listing must end with ErrIncomplete after a limited number of
// runs.
func TestListingThatNeverGetsWholeIsIncomplete(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, mock := scripted(t)
		calls := 0
		mock.RegisterNoResponder(func(req *http.Request) (*http.Response, error) {
			if calls++; calls%2 == 1 {
				return httpmock.NewStringResponse(429, "{}"), nil
			}
			return httpmock.NewStringResponse(200, `{"count":2,"data":[{"id":"`+strconv.Itoa(1)+`","status":"AVAILABLE"}]}`), nil
		})
		nodes := 0
		var err error
		for _, e := range client.Nodes.List(t.Context(), acd.ListOptions{}) {
			if err = e; e == nil {
				nodes++
			}
		}
		if nodes != 1 || !errors.Is(err, acd.ErrIncomplete) || !acd.IsRetryable(err) {
			t.Errorf("%d nodes, error %v", nodes, err)
		}
	})
}

func TestListingsArePaged(t *testing.T) {
	drive := mocks.NewDrive()
	want := map[string]bool{}
	for i := range 450 {
		name := fmt.Sprintf("file %03d", i)
		want[name] = true
		if _, err := drive.WriteFile("many/"+name, nil); err != nil {
			t.Fatal(err)
		}
	}
	folder, _ := drive.Lookup("many")
	client := newClient(t, drive)
	children := client.Nodes.Children(t.Context(), folder, acd.ListOptions{})
	for range 2 { // a new range starts from the beginning
		got := map[string]bool{}
		for n, err := range children {
			if err != nil {
				t.Fatal(err)
			}
			got[n.Name] = true
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	before := drive.Counters().ByOp["Nodes.Children"]
	for range children {
		break
	}
	if got := drive.Counters().ByOp["Nodes.Children"] - before; before != 6 || got != 1 {
		t.Errorf("%d requests for two ranges of three pages, %d after a break", before, got)
	}
	for _, err := range client.Nodes.Children(t.Context(), folder, acd.ListOptions{PageSize: 201}) {
		if !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("a page of 201: %v", err)
		}
	}
}

func TestChildrenLeavesOutWhatIsNotThere(t *testing.T) {
	drive := mocks.NewDrive()
	drive.WriteFile("folder/real", []byte("x"))
	folder, _ := drive.Lookup("folder")
	drive.Inject(mocks.Fault{Op: "Nodes.Children", Bogus: 3, Nameless: 2})
	var names []string
	for n, err := range newClient(t, drive).Nodes.Children(t.Context(), folder, acd.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, n.Name)
	}
	if diff := cmp.Diff([]string{"real"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestBadAnswersNameFieldAndNode(t *testing.T) {
	client, mock := scripted(t)
	for body, want := range map[string][]string{
		`{"id":"abc","parents":"root"}`:                   {`"parents"`, `"abc"`},
		`{"id":"abc","version":"three"}`:                  {`"version"`, `"abc"`},
		`{"id":"abc","contentProperties":{"size":"big"}}`: {`"contentProperties.size"`, `"abc"`},
	} {
		mock.Reset()
		mock.RegisterNoResponder(jsonResponder(body))
		_, err := client.Nodes.Get(t.Context(), someID)
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%s: error %v does not name %s", body, err, w)
			}
		}
		if mock.GetTotalCallCount() != 1 {
			t.Errorf("%s: asked %d times", body, mock.GetTotalCallCount())
		}
	}
}
