package acd_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
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

const goodEndpoints = `{"customerExists":true,"contentUrl":"https://content-eu.test/cdproxy","metadataUrl":"https://meta-eu.test/drive/v1///","region":"EU","uploadServiceUrl":"https://up.test/","later":1}`

func TestEndpoints(t *testing.T) {
	mock := httpmock.NewMockTransport()
	mock.RegisterResponder("GET", "https://drive.amazonaws.com/drive/v1/account/endpoint", httpmock.NewStringResponder(200, goodEndpoints))
	mock.RegisterResponder("GET", "https://meta-eu.test/drive/v1/account/info", httpmock.NewStringResponder(200, `{"status":"ACTIVE"}`))
	client := newClientWith(t, mock, nil)
	got, err := client.Account.Endpoints(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if time.Since(got.FetchedAt) > time.Minute {
		t.Errorf("fetched at %v", got.FetchedAt)
	}
	got.FetchedAt = time.Time{}
	want := &acd.Endpoints{CustomerExists: true, ContentURL: "https://content-eu.test/cdproxy", MetadataURL: "https://meta-eu.test/drive/v1///", Region: "EU", UploadServiceURL: "https://up.test/"}
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
		client, mock := scripted(t)
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
			if _, err := client.Account.Info(t.Context()); err != nil || discoveries() != want {
				t.Errorf("day %d: %d discoveries, want %d, %v", day, discoveries(), want, err)
			}
			time.Sleep(24 * time.Hour)
		}
		// The old ones serve on while new ones cannot be had.
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

// The caller who asks for all may give up: the others do not.
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

func TestUsage(t *testing.T) {
	client, mock := scripted(t)
	mock.RegisterResponder("GET", "https://meta.test/drive/v1/account/usage", httpmock.NewStringResponder(200, `{"lastCalculated":"2016-02-03T04:05:06.78Z",
		"photo":{"total":{"bytes":2048,"count":2},"billable":{"bytes":0,"count":0}},"doc":{"total":{"bytes":10,"count":1},"billable":{"bytes":10,"count":1}},"holograms":{"total":{"bytes":1}}}`))
	u, err := client.Account.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := u.Total(), (acd.CategoryUsage{Total: acd.Amount{Bytes: 2058, Count: 3}, Billable: acd.Amount{Bytes: 10, Count: 1}}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if u.LastCalculated.Nanosecond() != 780_000_000 {
		t.Errorf("calculated %v", u.LastCalculated)
	}
}

// No JSON, however odd, may panic (pains row 24), and every node that decodes
// survives being written and read again.
func FuzzPains24Nodes(f *testing.F) {
	f.Add(`{"id":"a","name":"x","kind":"HOLOGRAM","status":"MELTED","parents":null,"contentProperties":{"size":1,"image":{"width":3}},"assets":[{"id":"b"}]}`)
	f.Add(`{"id":"a","createdDate":"2016-05-01T10:00:00.1Z","properties":{"o":{"k":"v"}},"contentProperties":null}`)
	f.Add(`{"id":7}`)
	var body string
	client := newClientWith(f, roundTrip(func(*http.Request) string { return body }), nil, acd.WithEndpoints(testEndpoints),
		acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 1}))
	f.Fuzz(func(t *testing.T, text string) {
		body = text
		n, err := client.Nodes.Get(t.Context(), someID)
		if err != nil {
			return
		}
		written, err := n.MarshalJSON()
		if err != nil {
			t.Fatalf("%+v: %v", n, err)
		}
		body = string(written)
		again, err := client.Nodes.Get(t.Context(), someID)
		if err != nil {
			t.Fatalf("%s: %v", written, err)
		}
		if rewritten, err := again.MarshalJSON(); err != nil || string(rewritten) != string(written) {
			t.Errorf("%s became %s, %v", written, rewritten, err)
		}
	})
}

type roundTrip func(*http.Request) string

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) {
	resp := httpmock.NewStringResponse(200, f(req))
	resp.Request = req
	return resp, nil
}

func TestWholeNodeIsDecoded(t *testing.T) {
	client, mock := scripted(t)
	mock.RegisterNoResponder(httpmock.NewStringResponder(200, `{"eTagResponse":"dliQ4PlIVdA","id":"s3UjpTtKTuKEY1E3VawOzQ","name":"harbour.jpg","kind":"FILE","version":3,"labels":["holiday"],
 "description":"evening light","createdDate":"2016-05-01T10:00:00.000Z","modifiedDate":"2016-05-02T11:30:00.25Z",
 "createdBy":"my-profile-alice","parents":["XZbPfyZbTamPDCbvQkPtUg"],"status":"AVAILABLE","restricted":false,"isShared":false,
 "properties":{"my-profile-alice":{"mtime":"1462096800"}},"tempLink":"https://content.test/cdproxy/templink/x","exclusivelyTrashed":true,
 "contentProperties":{"version":1,"size":56654,"md5":"99D03c5c689002aae5e79c4458ed3bfa","contentType":"image/jpeg","extension":"jpg",
   "contentDate":"2016-04-30T18:22:01.000Z","image":{"make":"ACME","model":"Z1","width":4032,"height":3024,"orientation":"1"},"video":{"duration":1.5},"document":{"authors":["a"]}},
 "assets":[{"id":"a","kind":"ASSET","contentProperties":{"size":5}}],"settings":{"favorite":true}}`))
	got, err := client.Nodes.Get(t.Context(), someID)
	if err != nil {
		t.Fatal(err)
	}
	want := &acd.Node{
		ID: someID, Name: "harbour.jpg", RawName: "harbour.jpg", Kind: acd.KindFile, Status: acd.StatusAvailable, Version: 3, ETag: "dliQ4PlIVdA",
		Parents: []string{"XZbPfyZbTamPDCbvQkPtUg"}, CreatedBy: "my-profile-alice", Labels: []string{"holiday"}, Description: "evening light",
		CreatedDate: time.Date(2016, 5, 1, 10, 0, 0, 0, time.UTC), ModifiedDate: time.Date(2016, 5, 2, 11, 30, 0, 250_000_000, time.UTC),
		Properties: map[string]map[string]string{"my-profile-alice": {"mtime": "1462096800"}}, TempLink: "https://content.test/cdproxy/templink/x", ExclusivelyTrashed: true,
		ContentProperties: acd.ContentProperties{Version: 1, Size: 56654, MD5: "99d03c5c689002aae5e79c4458ed3bfa", ContentType: "image/jpeg", Extension: "jpg",
			ContentDate: time.Date(2016, 4, 30, 18, 22, 1, 0, time.UTC), Image: &acd.Image{Make: "ACME", Model: "Z1", Width: 4032, Height: 3024, Orientation: "1"},
			Video: &acd.Video{Duration: 1.5}, Document: &acd.Document{Authors: []string{"a"}}},
		Assets: []acd.Node{{ID: "a", Kind: acd.KindAsset, ContentProperties: acd.ContentProperties{Size: 5}}}, Settings: acd.Settings{Favorite: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if text := fmt.Sprint(got.LogValue()); strings.Contains(text, "templink") {
		t.Errorf("a log would hold the tempLink: %s", text)
	}
}

func ExampleAccountService_About() {
	ctx := context.Background()
	drive := mocks.NewDrive(mocks.WithQuota(1 << 30))
	drive.WriteFile("film.mp4", make([]byte, 24<<20))
	about, err := drive.Client(ctx).Account.About(ctx, false)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d MiB of %d MiB used\n", about.Used>>20, about.Total>>20)
	// Output: 24 MiB of 1024 MiB used
}
