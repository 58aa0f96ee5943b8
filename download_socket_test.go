package acd_test

import (
	"io"
	"log"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// This test downloads over real connections, where net/http reports faults in its own words.
func TestDownloadOverSockets(t *testing.T) {
	content := pattern(1<<20 + 5)
	for _, http2 := range []bool{false, true} {
		for name, tc := range map[string]struct {
			fault mocks.Fault
			drive []mocks.Option
			opts  []acd.Option
		}{
			"plain":               {},
			"reset in mid-body":   {fault: mocks.Fault{At: mocks.InAnswer, Reset: true, Times: 5}},
			"truncated":           {fault: mocks.Fault{At: mocks.InAnswer, Truncate: true, Times: 5}},
			"reset":               {fault: mocks.Fault{Reset: true, Times: 5}},
			"stalled":             {fault: mocks.Fault{At: mocks.InAnswer, BytesPerSecond: 1, Times: 2}},
			"redirected":          {drive: []mocks.Option{mocks.WithRedirectFrom(1)}},
			"tempLink":            {opts: []acd.Option{acd.WithTempLinkThreshold(1)}},
			"tempLink to storage": {drive: []mocks.Option{mocks.WithRedirectFrom(1)}, opts: []acd.Option{acd.WithTempLinkThreshold(1)}},
		} {
			t.Run(map[bool]string{true: "HTTP/2 ", false: "HTTP/1 "}[http2]+name, func(t *testing.T) {
				t.Parallel()
				drive := mocks.NewDrive(tc.drive...)
				server := httptest.NewUnstartedServer(drive)
				server.EnableHTTP2 = http2
				server.Config.ErrorLog = log.New(io.Discard, "", 0)
				server.StartTLS()
				defer server.Close()
				id, err := drive.WriteFile("f", []byte(content))
				if err != nil {
					t.Fatal(err)
				}
				client, err := acd.NewClient(t.Context(), drive.TokenSource(), append([]acd.Option{
					acd.WithHTTPClient(server.Client()), acd.WithDiscoveryURL(server.URL + "/drive/v1/account/endpoint"),
					acd.WithRetryPolicy(acd.RetryPolicy{BaseDelay: time.Millisecond}), acd.WithStallTimeout(200 * time.Millisecond),
				}, tc.opts...)...)
				if err != nil {
					t.Fatal(err)
				}
				n, err := client.Nodes.Get(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				if tc.fault.Times > 0 {
					tc.fault.Op = "Content.Download"
					defer func(i *mocks.Injected) {
						if i.Fired() == 0 {
							t.Error("the fault did not fire")
						}
					}(drive.Inject(tc.fault))
				}
				w := &buffer{}
				if err := client.Content.Download(t.Context(), n, w, acd.WithPartSize(64<<10)); err != nil || string(w.data) != content {
					t.Errorf("%d bytes, %v", len(w.data), err)
				}
				mocks.AssertNoLeaks(t, drive)
			})
		}
	}
}

// If the token expires during a download, the client gets a new one when it reconnects.
func TestTokenExpiresInMidDownload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := pattern(1000)
		drive, client, n := onDrive(t, content)
		drive.Inject(mocks.Fault{Op: "Content.Download", At: mocks.InAnswer, Reset: true, Times: 1})
		r, err := client.Content.Open(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		got := make([]byte, 1000)
		if _, err := io.ReadFull(r, got[:100]); err != nil {
			t.Fatal(err)
		}
		drive.ExpireTokens()
		if _, err := io.ReadFull(r, got[100:]); err != nil {
			t.Fatal(err)
		}
		if string(got) != content {
			t.Error("other bytes")
		}
	})
}
