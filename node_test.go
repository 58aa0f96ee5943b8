package acd_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"
)

// No JSON, however odd, may cause a panic. Every node that decodes must be the same after it is
// written and read again.
func FuzzNodes(f *testing.F) {
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
