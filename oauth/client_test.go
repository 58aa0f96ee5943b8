package oauth_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

// The client looks for these interfaces in a token source.
var (
	_ acd.ContextTokenSource = (*oauth.TokenSource)(nil)
	_ acd.TokenInvalidator   = (*oauth.TokenSource)(nil)
)

// TestClientRepeatsAfter401: the drive rejects a token that has not expired, in many requests at
// once. One refresh is enough for all of them.
func TestClientRepeatsAfter401(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		server, store, ts := signedIn(t, mocks.WithAuthRotation(), mocks.WithAuthIssued(drive.AddToken))
		client, err := acd.NewClient(t.Context(), ts,
			acd.WithHTTPClient(&http.Client{Transport: drive}),
			acd.WithDiscoveryURL("https://drive.test/drive/v1/account/endpoint"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Nodes.Root(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := asked(server); n != 0 {
			t.Errorf("%d refreshes of a fresh token", n)
		}
		drive.ExpireTokens()
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				if _, err := client.Nodes.Root(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		stored, err := store.Load(t.Context())
		if n := asked(server); n != 1 || err != nil || !server.Valid(stored.AccessToken) {
			t.Errorf("%d refreshes, %v, want 1", n, err)
		}
	})
}

// TestDeadSessionIsReportedAtOnce: the client does not retry, and its error is ErrUnauthorized and
// ErrSignInAgain.
func TestDeadSessionIsReportedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		server, _, ts := signedIn(t, mocks.WithAuthIssued(drive.AddToken))
		client, err := acd.NewClient(t.Context(), ts,
			acd.WithHTTPClient(&http.Client{Transport: drive}),
			acd.WithDiscoveryURL("https://drive.test/drive/v1/account/endpoint"))
		if err != nil {
			t.Fatal(err)
		}
		drive.ExpireTokens()
		server.RevokeAll()
		start := time.Now()
		for range 4 {
			if _, err := client.Nodes.Root(t.Context()); !errors.Is(err, oauth.ErrSignInAgain) || !errors.Is(err, acd.ErrUnauthorized) {
				t.Errorf("got %v, want ErrUnauthorized and ErrSignInAgain", err)
			}
		}
		if asked(server) != 1 || time.Since(start) != 0 {
			t.Errorf("%d token requests in %v, want one at once", asked(server), time.Since(start))
		}
	})
}
