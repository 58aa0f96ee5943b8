package webdav_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/webdav"
)

// ask makes a request without a socket. It is for tests in which time is simulated.
func ask(t *testing.T, h http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		req.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

// A change by another program is seen after three seconds.
func TestChangesFromElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := seed(t, "folder/old")
		h := webdav.New(drive.Client(t.Context()))
		sees := func(path string) bool {
			alone := ask(t, h, "PROPFIND", "/folder/"+path, "", "Depth: 0").Code == 207
			if listed := strings.Contains(ask(t, h, "PROPFIND", "/folder", "", "Depth: 1").Body.String(), "/folder/"+path); listed != alone {
				t.Errorf("%s: listed %v, there %v", path, listed, alone)
			}
			return alone
		}
		sees("old")
		if _, err := drive.WriteFile("folder/new", []byte("x")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3*time.Second + time.Millisecond)
		if !sees("new") || !sees("old") {
			t.Error("a new file is not seen")
		}
	})
}

// A listing was read before a change of this program, and arrives after it. It is not kept.
func TestListingThatAChangeOvertakes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := seed(t, "folder/old")
		h := webdav.New(drive.Client(t.Context()))
		ask(t, h, "PROPFIND", "/folder", "", "Depth: 0")
		slow := drive.Inject(mocks.Fault{Op: "Nodes.Children", At: mocks.InAnswer, Delay: mocks.Duration(time.Second), Times: 1})
		done := make(chan struct{})
		go func() {
			defer close(done)
			ask(t, h, "PROPFIND", "/folder", "", "Depth: 1")
		}()
		synctest.Wait()
		if w := ask(t, h, "PUT", "/folder/new", "x"); w.Code != 201 || slow.Fired() != 1 {
			t.Fatal(w.Code, slow.Fired())
		}
		<-done
		if w := ask(t, h, "PROPFIND", "/folder", "", "Depth: 1"); !strings.Contains(w.Body.String(), "/folder/new") {
			t.Error("the new file is not shown")
		}
	})
}

// The service's listings do not show new files at once. But clients look for the files that they
// wrote at once.
func TestListingsThatLagBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive(mocks.WithIndexLag(8 * time.Second))
		h := webdav.New(drive.Client(t.Context()))
		for _, step := range []struct {
			method, path, to string
			status           int
			shown            []string
		}{
			{"MKCOL", "/folder", "", 201, []string{"/", "/folder/"}},
			{"PUT", "/f", "", 201, []string{"/", "/f", "/folder/"}},
			{"PUT", "/f", "", 204, []string{"/", "/f", "/folder/"}},
			{"COPY", "/f", "/g", 201, []string{"/", "/f", "/folder/", "/g"}},
			{"MOVE", "/f", "/folder/f", 201, []string{"/", "/folder/", "/g"}},
			{"MOVE", "/folder/f", "/g", 204, []string{"/", "/folder/", "/g"}},
			{"DELETE", "/folder", "", 204, []string{"/", "/g"}},
		} {
			body := ""
			if step.method == "PUT" {
				body = "content at " + time.Now().String()
			}
			if w := ask(t, h, step.method, step.path, body, "Destination: "+step.to); w.Code != step.status {
				t.Fatalf("%s %s: %d %s", step.method, step.path, w.Code, w.Body)
			}
			for _, wait := range []time.Duration{0, 3*time.Second + 1} { // first from the view, then from the drive
				time.Sleep(wait)
				var shown []string
				for part := range strings.SplitSeq(ask(t, h, "PROPFIND", "/", "", "Depth: 1").Body.String(), "<D:href>") {
					if path, _, ok := strings.Cut(part, "</D:href>"); ok {
						shown = append(shown, path)
					}
				}
				if diff := cmp.Diff(step.shown, shown); diff != "" {
					t.Errorf("%v after %s %s: %s", wait, step.method, step.path, diff)
				}
			}
		}
	})
}

func TestLocksEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := webdav.New(seed(t, "f").Client(t.Context()))
		ask(t, h, "LOCK", "/f", lockBody, "Timeout: Infinite")
		if w := ask(t, h, "PUT", "/F", "x"); w.Code != 423 {
			t.Errorf("while it is locked: %d", w.Code)
		}
		time.Sleep(time.Hour + time.Second)
		if w := ask(t, h, "PUT", "/f", "x"); w.Code != 204 {
			t.Errorf("after an hour: %d", w.Code)
		}
	})
}

// Many clients work at the same time, each in its own folder and all in a common one.
func TestManyClients(t *testing.T) {
	drive := mocks.NewDrive()
	url := serveClient(t, drive.Client(t.Context(), acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 1})))
	do(t, "MKCOL", url+"/all", "").want(t, 201)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			own := fmt.Sprintf("%s/own%d", url, i)
			do(t, "MKCOL", own, "").want(t, 201)
			for j := range 10 {
				name := fmt.Sprintf("f%d-%d", i, j)
				do(t, "PUT", own+"/"+name, name).want(t, 201)
				do(t, "PUT", own+"/._"+name, name).want(t, 201)
				do(t, "PROPFIND", url+"/all", "", "Depth: 1").want(t, 207)
				do(t, "MOVE", own+"/"+name, "", "Destination: "+url+"/all/"+name).want(t, 201)
				do(t, "PROPPATCH", url+"/all/"+name, patchOf("p", name)).want(t, 207)
				if r := do(t, "GET", url+"/all/"+name, "").want(t, 200); r.body != name {
					t.Errorf("%s holds %s", name, r.body)
				}
			}
			do(t, "DELETE", own, "").want(t, 204)
		})
	}
	wg.Wait()
	if n := len(live(drive)); n != 81 {
		t.Errorf("%d nodes", n)
	}
	if n := len(listed(t, url+"/all")); n != 81 {
		t.Errorf("%d are shown", n)
	}
}
