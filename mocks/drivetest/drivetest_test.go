package drivetest_test

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/mocks/drivetest"
)

const (
	token     = "Atza|drivetest"
	discovery = "/drive/v1/account/endpoint"
)

// A clock runs at normal speed and can be moved forward.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// A maker makes a drive, in memory or in a directory.
type maker func(t *testing.T, opts ...mocks.Option) *mocks.Drive

func inDirectory(t *testing.T, opts ...mocks.Option) *mocks.Drive {
	t.Helper()
	drive, err := mocks.OpenDrive(t.TempDir(), opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := drive.Close(); err != nil {
			t.Error(err)
		}
	})
	return drive
}

// onHosts returns a drive in memory that has a host for each service and compresses JSON.
func onHosts(_ *testing.T, opts ...mocks.Option) *mocks.Drive {
	hosts := mocks.Hosts{Discovery: "drive.test", Metadata: "cdws.test", Content: "content.test", Storage: "s3.test"}
	return mocks.NewDrive(append(opts, mocks.WithHosts(hosts), mocks.WithGzip())...)
}

func inMemory(_ *testing.T, opts ...mocks.Option) *mocks.Drive { return mocks.NewDrive(opts...) }

// A reach makes a target from a drive and from the server where the customer signs in.
type reach func(t *testing.T, drive *mocks.Drive, login *mocks.AuthServer) drivetest.Target

// overSocket returns a target that listens on sockets.
func overSocket(t *testing.T, drive *mocks.Drive, login *mocks.AuthServer) drivetest.Target {
	return listen(t, drive, login)
}

func listen(t *testing.T, drive http.Handler, login *mocks.AuthServer) drivetest.Target {
	server, loginServer := httptest.NewServer(drive), httptest.NewServer(login)
	t.Cleanup(server.Close)
	t.Cleanup(loginServer.Close)
	return drivetest.Target{
		DiscoveryURL: server.URL + discovery,
		HTTPClient:   &http.Client{Transport: server.Client().Transport},
		OAuth:        signIn(loginServer.URL, login),
	}
}

// inProcess returns a target without sockets.
func inProcess(_ *testing.T, drive *mocks.Drive, login *mocks.AuthServer) drivetest.Target {
	return drivetest.Target{
		DiscoveryURL: "https://drive.test" + discovery,
		HTTPClient:   &http.Client{Transport: loginElse{login, drive}},
		NoSockets:    true,
		OAuth:        signIn("https://login.test", login),
	}
}

// loginElse sends requests for login.test to login, and all other requests to the drive.
type loginElse struct{ login, drive http.RoundTripper }

func (l loginElse) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "login.test" {
		return l.login.RoundTrip(r)
	}
	return l.drive.RoundTrip(r)
}

func signIn(base string, login *mocks.AuthServer) *drivetest.OAuth {
	return &drivetest.OAuth{
		AuthURL:      base + mocks.AuthPath,
		TokenURL:     base + mocks.TokenPath,
		TokenInfoURL: base + mocks.TokenInfoPath,
		ClientID:     mocks.AuthClientID,
		ClientSecret: mocks.AuthClientSecret,
		RedirectURI:  "http://127.0.0.1:53682/",
		Scope:        "clouddrive:read_all clouddrive:write",
		Revoke:       login.Revoke,
	}
}

func options(v drivetest.Variant) []mocks.Option {
	var opts []mocks.Option
	add := func(on bool, opt mocks.Option) {
		if on {
			opts = append(opts, opt)
		}
	}
	if v.Site != "" {
		opts = append(opts, mocks.WithPhotos(v.Site), mocks.WithHosts(mocks.Hosts{Discovery: "drive.test"}))
	}
	add(v.FirstParty, mocks.WithFirstParty())
	add(v.Quota > 0, mocks.WithQuota(v.Quota))
	add(v.MaxUpload > 0, mocks.WithMaxUpload(v.MaxUpload))
	add(v.RedirectAt > 0, mocks.WithRedirectFrom(v.RedirectAt))
	add(v.StrictFilters, mocks.WithStrictFilters())
	add(v.Photos, mocks.WithPhotos())
	add(v.EmptyChunked, mocks.WithChunkedEmptyFiles())
	add(v.IndexLag > 0, mocks.WithIndexLag(v.IndexLag))
	add(v.History > 0, mocks.WithChangeHistory(v.History))
	add(v.Pending > 0, mocks.WithPending(v.Pending))
	add(v.Rate > 0, mocks.WithRateLimit(v.Rate, v.Burst, v.RetryAfter))
	add(v.WrapExpired, mocks.WithWrappedExpiry())
	return opts
}

// target returns a new drive as a target with all fields that the drive supports.
func target(t *testing.T, make maker, reach reach, v drivetest.Variant) drivetest.Target {
	clock := &clock{}
	drive := make(t, append(options(v), mocks.WithToken(token), mocks.WithClock(clock.now))...)
	login := mocks.NewAuthServer(mocks.WithAuthApproval(), mocks.WithAuthClock(clock.now), mocks.WithAuthIssued(drive.AddToken))
	target := reach(t, drive, login)
	target.Token = token
	if v.Site != "" {
		target.Cookie = drive.NewSession().Header()
	}
	target.FirstParty = v.FirstParty
	target.Fake = true
	target.Advance = clock.advance
	target.Issue = func(_ testing.TB, scopes ...string) string {
		other := "Atza|" + rand.Text()
		drive.AddToken(other, time.Time{}, scopes...)
		return other
	}
	target.Expired = func(testing.TB) string {
		other := "Atza|" + rand.Text()
		drive.AddToken(other, clock.now().Add(-time.Minute))
		return other
	}
	target.Fresh = func(t *testing.T, v drivetest.Variant) drivetest.Target {
		return newTarget(t, make, reach, v)
	}
	return target
}

// newTarget calls target. Inside target, a variable hides the function of that name.
func newTarget(t *testing.T, make maker, reach reach, v drivetest.Variant) drivetest.Target {
	return target(t, make, reach, v)
}

func TestConformance(t *testing.T) {
	for _, tt := range []struct {
		name  string
		make  maker
		reach reach
	}{
		{"memory by socket", inMemory, overSocket},
		{"memory in process", inMemory, inProcess},
		{"directory by socket", inDirectory, overSocket},
		{"directory in process", inDirectory, inProcess},
		{"hosts in process", onHosts, inProcess},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			drivetest.Run(t, target(t, tt.make, tt.reach, drivetest.Variant{}))
		})
	}
}

// TestRealDrive runs the suite against the drive that two environment variables name.
func TestRealDrive(t *testing.T) {
	url, token := os.Getenv("ACD_DRIVETEST_DISCOVERY_URL"), os.Getenv("ACD_DRIVETEST_TOKEN")
	if url == "" || token == "" {
		t.Skip("set ACD_DRIVETEST_DISCOVERY_URL and ACD_DRIVETEST_TOKEN to run the suite against a drive of your own")
	}
	drivetest.Run(t, drivetest.Target{
		DiscoveryURL: url,
		Token:        token,
		HTTPClient:   &http.Client{Transport: patient{http.DefaultTransport}, Timeout: 5 * time.Minute},
		Settle:       30 * time.Second,
	})
}

// patient waits and sends the request again if a real service answers 429 or 503.
type patient struct{ next http.RoundTripper }

func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	for wait := time.Second; ; wait *= 2 {
		resp, err := p.next.RoundTrip(r)
		if err != nil || resp.StatusCode != http.StatusTooManyRequests && resp.StatusCode != http.StatusServiceUnavailable ||
			wait > time.Minute || r.Body != nil && r.Body != http.NoBody && r.GetBody == nil {
			return resp, err
		}
		resp.Body.Close()
		select {
		case <-time.After(wait):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
		if r.GetBody != nil {
			r = r.Clone(r.Context())
			if r.Body, err = r.GetBody(); err != nil {
				return nil, err
			}
		}
	}
}
