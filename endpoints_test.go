package acd_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

const goodEndpoints = `{"customerExists":true,"contentUrl":"https://content-eu.drive.amazonaws.com/cdproxy","metadataUrl":"https://cdws.eu-west-1.amazonaws.com/drive/v1///","region":"EU","uploadServiceUrl":"https://up.test/","later":1}`

func TestEndpoints(t *testing.T) {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder("GET", "https://drive.amazonaws.com/drive/v1/account/endpoint", httpmock.NewStringResponder(200, goodEndpoints))
	mock.RegisterResponder("GET", "https://cdws.eu-west-1.amazonaws.com/drive/v1/account/info", httpmock.NewStringResponder(200, `{"status":"ACTIVE"}`))
	client := newClientWith(t, mock, nil)
	got, err := client.Account.Endpoints(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if time.Since(got.FetchedAt) > time.Minute {
		t.Errorf("fetched at %v", got.FetchedAt)
	}
	got.FetchedAt = time.Time{}
	want := &acd.Endpoints{CustomerExists: true, ContentURL: "https://content-eu.drive.amazonaws.com/cdproxy", MetadataURL: "https://cdws.eu-west-1.amazonaws.com/drive/v1///", Region: "EU", UploadServiceURL: "https://up.test/"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := client.Account.Info(t.Context()); err != nil {
		t.Errorf("a call to the discovered host, with one slash: %v", err)
	}
	again := newClientWith(t, mock, nil, acd.WithEndpoints(*want))
	if _, err := again.Account.Info(t.Context()); err != nil {
		t.Error(err)
	}
	if n := mock.GetCallCountInfo()["GET https://drive.amazonaws.com/drive/v1/account/endpoint"]; n != 1 {
		t.Errorf("%d discoveries for two clients, one of which was told", n)
	}
}

func TestHostileEndpoints(t *testing.T) {
	for name, body := range map[string]string{
		"plain http":    `{"customerExists":true,"contentUrl":"http://evil.test/","metadataUrl":"https://meta.test/"}`,
		"no URL":        `{"customerExists":true,"contentUrl":"content","metadataUrl":"https://meta.test/"}`,
		"other scheme":  `{"customerExists":true,"contentUrl":"file:///etc/","metadataUrl":"https://meta.test/"}`,
		"user in URL":   `{"customerExists":true,"contentUrl":"https://a:b@c.test/","metadataUrl":"https://meta.test/"}`,
		"missing":       `{"customerExists":true}`,
		"no drive":      `{"customerExists":false}`,
		"another type":  `{"contentUrl":7}`,
		"not an object": `["x"]`,
	} {
		client, mock := scripted(t, acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 1}))
		mock.RegisterNoResponder(httpmock.NewStringResponder(200, body))
		_, err := client.Account.Endpoints(t.Context())
		var e *acd.Error
		if !errors.As(err, &e) || e.Op != "Account.Endpoints" || mock.GetTotalCallCount() != 1 {
			t.Errorf("%s: error %v after %d requests", name, err, mock.GetTotalCallCount())
		}
		if name == "no drive" && !errors.Is(err, acd.ErrForbidden) {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "a:b") {
			t.Errorf("%s: a password is in %v", name, err)
		}
	}
}

func TestEndpointsAreAskedForAgainAfterThreeDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		client := newClient(t, drive)
		discoveries := func() int { return drive.Counters().ByOp["Account.Endpoints"] }
		for day, want := range []int{1, 1, 1, 2, 2, 2, 3} {
			_, err := client.Account.Info(t.Context())
			synctest.Wait() // wait for the refresh in the background
			if err != nil || discoveries() != want {
				t.Errorf("day %d: %d discoveries, want %d, %v", day, discoveries(), want, err)
			}
			time.Sleep(24 * time.Hour)
		}
		// The old endpoints are used until the client gets new ones.
		time.Sleep(3 * 24 * time.Hour)
		drive.Inject(mocks.Fault{Op: "Account.Endpoints", Status: 403, Body: `{"message":"no"}`})
		if _, err := client.Account.Info(t.Context()); err != nil {
			t.Error(err)
		}
		time.Sleep(30 * 24 * time.Hour)
		if _, err := client.Account.Info(t.Context()); !errors.Is(err, acd.ErrForbidden) {
			t.Errorf("endpoints of more than 30 days: %v", err)
		}
	})
}

// unlimited is a limiter without limits: this test is not about what the client's own limiter does after
// a refused discovery.
type unlimited struct{}

func (unlimited) Acquire(context.Context) (func(acd.Outcome), error) {
	return func(acd.Outcome) {}, nil
}

// Endpoints that are old but still usable are used at once, even if discovery fails. The refresh in the
// background waits longer after each failure.
func TestOldEndpointsServeWhileDiscoveryIsDown(t *testing.T) {
	for name, fault := range map[string]mocks.Fault{
		"refuses":   {Status: 403},
		"is down":   {Status: 503},
		"hangs":     {Delay: mocks.Duration(time.Hour)},
		"resets":    {Reset: true},
		"too often": {Status: 429},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive()
				fresh, err := newClient(t, drive).Account.Endpoints(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				before := drive.Counters().ByOp["Account.Endpoints"]
				fresh.FetchedAt = time.Now().Add(-4 * 24 * time.Hour)
				fault.Op = "Account.Endpoints"
				injected := drive.Inject(fault)
				client := newClient(t, drive, acd.WithEndpoints(*fresh), acd.WithLimiter(unlimited{}),
					acd.WithRetryPolicy(acd.RetryPolicy{Backoff: func(int) time.Duration { return time.Second }}))
				for range 100 {
					ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
					if _, err := client.Account.Info(ctx); err != nil {
						t.Fatal(err)
					}
					cancel()
				}
				time.Sleep(3 * time.Minute) // the first refresh has ended
				first := injected.Fired()
				if first < 1 || first > 10 {
					t.Errorf("%d requests for the first refresh", first)
				}
				begin := time.Now()
				for time.Since(begin) < 24*time.Hour {
					if _, err := client.Account.Info(t.Context()); err != nil {
						t.Fatal(err)
					}
					time.Sleep(10 * time.Second)
				}
				if n := injected.Fired(); n > 31*max(first, 1) {
					t.Errorf("%d requests for endpoints in a day", n)
				}
				injected.Remove()
				time.Sleep(2 * time.Hour)
				if _, err := client.Account.Info(t.Context()); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if n := drive.Counters().ByOp["Account.Endpoints"]; n <= before {
					t.Error("discovery was not asked again")
				}
			})
		})
	}
}

// One caller requests the endpoints for all callers. If its context ends, the other callers still get the
// endpoints.
func TestOneWhoGivesUpTakesNobodyAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		drive.Inject(mocks.Fault{Op: "Account.Endpoints", Delay: mocks.Duration(5 * time.Second), Nth: 1})
		client := newClient(t, drive)
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := client.Account.Info(impatient); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the impatient one: %v", err)
			}
		})
		synctest.Wait()
		for range 20 {
			wg.Go(func() {
				if _, err := client.Account.Info(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if n := drive.Counters().ByOp["Account.Endpoints"]; n != 2 {
			t.Errorf("%d discoveries", n)
		}
	})
}

func TestDiscoveryComesFirstAndOnce(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClient(t, drive)
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if _, err := client.Nodes.Get(t.Context(), drive.RootID()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := drive.Counters().ByOp["Account.Endpoints"]; n != 1 {
		t.Errorf("%d discoveries for 50 callers", n)
	}
}
