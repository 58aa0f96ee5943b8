package acd_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
	"github.com/acd-sdk/acd/mocks"
)

func asksForInfo(t *testing.T, client *acd.Client) {
	t.Helper()
	if _, err := client.Account.Info(t.Context()); err != nil {
		t.Error(err)
	}
}

// With a store, a program that starts often requests the endpoints only once in three days.
func TestEndpointStoreSparesDiscovery(t *testing.T) {
	for name, newStore := range map[string]func(t *testing.T) func() acd.EndpointStore{
		"file": func(t *testing.T) func() acd.EndpointStore {
			path := filepath.Join(t.TempDir(), "endpoints")
			return func() acd.EndpointStore { return acd.NewFileEndpointStore(path) }
		},
		"memory": func(*testing.T) func() acd.EndpointStore {
			store := new(acd.MemoryEndpointStore)
			return func() acd.EndpointStore { return store }
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := newStore(t)
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive()
				discoveries := func() int { return drive.Counters().ByOp[mocks.OpAccountEndpoints] }
				for day, want := range []int{1, 1, 1, 2, 2, 2, 3} {
					client := newClient(t, drive, acd.WithEndpointStore(store())) // a new run of the program
					var wg sync.WaitGroup
					for range 8 {
						wg.Go(func() { asksForInfo(t, client) })
					}
					wg.Wait()
					synctest.Wait() // wait for the refresh in the background
					if discoveries() != want {
						t.Errorf("day %d: %d discoveries, want %d", day, discoveries(), want)
					}
					time.Sleep(24 * time.Hour)
				}
				time.Sleep(31 * 24 * time.Hour) // the stored endpoints are now too old to be used
				drive.Inject(mocks.Fault{Op: mocks.OpAccountEndpoints, Status: 403, Body: `{"message":"no"}`})
				if _, err := newClient(t, drive, acd.WithEndpointStore(store())).Account.Info(t.Context()); !errors.Is(err, acd.ErrForbidden) {
					t.Errorf("endpoints of more than 30 days: %v", err)
				}
			})
		})
	}
}

func TestFileEndpointStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "endpoints")
	store := acd.NewFileEndpointStore(path)
	if got, err := store.Load(t.Context()); got != nil || err != nil {
		t.Errorf("no file: %v, %v", got, err)
	}
	want := acd.Endpoints{CustomerExists: true, ContentURL: "https://c.test/", MetadataURL: "https://m.test/", Region: "EU", FetchedAt: time.Now().UTC().Round(0)}
	if err := store.Save(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	got, err := acd.NewFileEndpointStore(path).Load(t.Context())
	if diff := cmp.Diff(&want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v: %v", info.Mode(), err)
	}
	for _, text := range []string{"", "{}", "[]", `{"metadataUrl":`, "something else"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := store.Load(t.Context()); !errors.Is(err, acd.ErrInvalid) || got != nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := store.Save(ended, want); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
}

// The stored endpoints decide which host gets the token. Therefore they are checked like those of
// discovery. If the store cannot be read, calls still work and the store is not overwritten.
func TestEndpointStoreIsNotBelievedBlindly(t *testing.T) {
	now := time.Now()
	for name, tc := range map[string]struct {
		change func(e *acd.Endpoints)
		text   string // content of the file, instead of endpoints
		kept   bool   // the file must not change
		asked  int
		first  bool // the program first calls Account.Endpoints
	}{
		"good":                                  {change: func(*acd.Endpoints) {}, kept: true, asked: 0},
		"a metadata host":                       {change: func(e *acd.Endpoints) { e.MetadataURL = "https://evil.test/drive/v1/" }, asked: 1},
		"a content host":                        {change: func(e *acd.Endpoints) { e.ContentURL = "https://evil.test/cdproxy/" }, asked: 1},
		"plain http":                            {change: func(e *acd.Endpoints) { e.MetadataURL = "http://drive.amazonaws.com/drive/v1/" }, asked: 1},
		"no date":                               {change: func(e *acd.Endpoints) { e.FetchedAt = time.Time{} }, asked: 1},
		"a date in the future":                  {change: func(e *acd.Endpoints) { e.FetchedAt = now.Add(10000 * time.Hour) }, asked: 1},
		"too old":                               {change: func(e *acd.Endpoints) { e.FetchedAt = now.Add(-31 * 24 * time.Hour) }, asked: 1},
		"somebody else's file":                  {text: "dear diary", kept: true, asked: 1},
		"somebody else's, and the program asks": {text: "dear diary", kept: true, asked: 1, first: true},
		"something else's JSON":                 {text: `{"token":"x"}`, kept: true, asked: 1},
	} {
		t.Run(name, func(t *testing.T) {
			server := foreign.Start(t)
			path := filepath.Join(t.TempDir(), "endpoints")
			if tc.text == "" {
				e := acd.Endpoints{CustomerExists: true, ContentURL: server.URL + "/cdproxy/", MetadataURL: server.URL + "/drive/v1/", FetchedAt: now}
				tc.change(&e)
				text, err := json.Marshal(e)
				if err != nil {
					t.Fatal(err)
				}
				tc.text = string(text)
			}
			if err := os.WriteFile(path, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			var log memoryLog
			client := foreignClient(t, server, acd.WithEndpointStore(acd.NewFileEndpointStore(path)), log.option(),
				acd.WithHTTPClient(&http.Client{Transport: onlyLoopback{t}}))
			if tc.first {
				if _, err := client.Account.Endpoints(t.Context()); err != nil {
					t.Error(err)
				}
			}
			asksForInfo(t, client)
			asksForInfo(t, client)
			if n := len(server.Requests("GET account/endpoint")); n != tc.asked {
				t.Errorf("%d discoveries, want %d", n, tc.asked)
			}
			text, err := os.ReadFile(path)
			if err != nil || (string(text) == tc.text) != tc.kept {
				t.Errorf("the file holds %s: %v", text, err)
			}
			if warned := strings.Contains(log.String(), `"level":"WARN"`); warned != (tc.kept && tc.asked > 0) {
				t.Errorf("log:\n%s", log.String())
			}
		})
	}
}

// onlyLoopback is a transport that fails the test if the client calls another host than 127.0.0.1.
type onlyLoopback struct{ t *testing.T }

func (o onlyLoopback) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Hostname() != "127.0.0.1" {
		o.t.Errorf("%s was called", r.URL.Host)
		return nil, errors.New("not in a test")
	}
	return http.DefaultTransport.RoundTrip(r)
}

// If the store cannot be written, the client logs a message at level Warn.
func TestEndpointStoreThatCannotBeWritten(t *testing.T) {
	drive := mocks.NewDrive()
	var log memoryLog
	store := acd.NewFileEndpointStore(filepath.Join(t.TempDir(), "no directory", "endpoints"))
	client := newClient(t, drive, acd.WithEndpointStore(store), log.option())
	asksForInfo(t, client)
	if !strings.Contains(log.String(), `"level":"WARN"`) {
		t.Errorf("log:\n%s", log.String())
	}
	if _, err := acd.NewClient(t.Context(), nil, acd.WithEndpointStore(nil)); err == nil {
		t.Error("a nil store is taken")
	}
}

// Account.Endpoints always asks the service, even if there are stored endpoints, and saves the new ones.
func TestAccountEndpointsPassesTheStoreBy(t *testing.T) {
	server := foreign.Start(t)
	store := new(acd.MemoryEndpointStore)
	client := foreignClient(t, server, acd.WithEndpointStore(store))
	asksForInfo(t, client)
	first, _ := store.Load(t.Context())
	got, err := foreignClient(t, server, acd.WithEndpointStore(store)).Account.Endpoints(t.Context())
	if err != nil || len(server.Requests("GET account/endpoint")) != 2 {
		t.Errorf("%d discoveries, error %v", len(server.Requests("GET account/endpoint")), err)
	}
	if kept, _ := store.Load(t.Context()); first == nil || kept == nil || !kept.FetchedAt.Equal(got.FetchedAt) {
		t.Errorf("kept is %+v, and was %+v", kept, first)
	}
}
