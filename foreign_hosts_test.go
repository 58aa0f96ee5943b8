package acd_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
)

// oneNet sends the requests for every host to one listener, without TLS even for https. It records
// the headers that each host received.
type oneNet struct {
	target string
	mu     sync.Mutex
	sent   map[string][]http.Header // by host
}

func (n *oneNet) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	n.sent[r.URL.Hostname()] = append(n.sent[r.URL.Hostname()], r.Header.Clone())
	n.mu.Unlock()
	copied := r.Clone(r.Context())
	copied.URL.Scheme, copied.Host = "http", r.URL.Host
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, n.target)
	}}
	return transport.RoundTrip(copied)
}

// leaked returns the hosts that received a token or a cookie, except the wanted ones.
func (n *oneNet) leaked(wanted ...string) (hosts []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for host, heads := range n.sent {
		for _, head := range heads {
			secret := head.Get("Authorization") != "" || head.Get("Cookie") != "" || head.Get("X-Amz-Access-Token") != ""
			if secret && !strings.Contains(" "+strings.Join(wanted, " ")+" ", " "+host+" ") {
				hosts = append(hosts, host)
				break
			}
		}
	}
	return hosts
}

// askDiscovery makes a call with endpoints from a discovery URL.
func askDiscovery(t *testing.T, discovery string, hooks ...foreign.Hook) (*oneNet, error) {
	t.Helper()
	s := foreign.New(hooks...)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	network := &oneNet{target: strings.TrimPrefix(server.URL, "http://"), sent: map[string][]http.Header{}}
	c := foreignClient(t, s, acd.WithDiscoveryURL(discovery), acd.WithHTTPClient(&http.Client{Transport: network}))
	_, err := c.Nodes.Get(t.Context(), s.Root())
	if err == nil {
		_, err = c.Content.Upload(t.Context(), s.Root(), "a.txt", strings.NewReader("x"))
	}
	return network, err
}

func endpointsAt(metadata, content string) http.HandlerFunc {
	return foreign.SayJSON(200, map[string]any{"customerExists": true, "metadataUrl": metadata, "contentUrl": content})
}

// Endpoints are refused if their host is not Amazon's, not loopback and not the host that was
// asked, even if its name looks like Amazon's. No token may be sent there, and the call must fail.
func TestEndpointsOnForeignHostsAreNotBelieved(t *testing.T) {
	const asked = "https://drive.amazonaws.com/drive/v1/account/endpoint"
	hosts := []string{
		"evil.example", "drive.amazonaws.com.evil.example", "evil-drive.amazonaws.com", "notdrive.amazonaws.com", "amazonaws.com",
		"s3.amazonaws.com", "bucket.s3.amazonaws.com", "bucket.s3-eu-west-1.amazonaws.com", "ec2-1-2-3-4.compute.amazonaws.com",
		"cdws.us-east-1.amazonaws.com.evil.example", "evil.cdws.us-east-1.amazonaws.com", "cdws.evil.us-east-1.amazonaws.com", "xcdws.us-east-1.amazonaws.com",
		"api.execute-api.us-east-1.amazonaws.com", "lambda-url.us-east-1.on.aws",
		"myamazon.com", "amazon.com.evil.example", "amazon.evil.example", "amazon.xx", "amazon.zip", "www-amazon.com", "amazon.co", "xn--amzon-3ve.com",
		"169.254.169.254", "10.0.0.1", "0.0.0.0", "[fd00::1]", "127.0.0.1.evil.example", "localhost.evil.example",
		"drive.amazonaws.com@evil.example", "drive.amazonaws.com%2f@evil.example", "evil.example#.drive.amazonaws.com", "evil.example\\.drive.amazonaws.com",
	}
	for _, host := range hosts {
		for what, answer := range map[string]http.HandlerFunc{
			"metadata": endpointsAt("https://"+host+"/drive/v1/", "https://content-na.drive.amazonaws.com/cdproxy/"),
			"content":  endpointsAt("https://cdws.us-east-1.amazonaws.com/drive/v1/", "https://"+host+"/cdproxy/"),
		} {
			network, err := askDiscovery(t, asked, foreign.Instead("GET account/endpoint", answer))
			if err == nil {
				t.Errorf("%s at %s: the call went through", what, host)
			}
			if leaked := network.leaked("drive.amazonaws.com", "cdws.us-east-1.amazonaws.com", "content-na.drive.amazonaws.com"); len(leaked) > 0 {
				t.Errorf("%s at %s: a token went to %v", what, host, leaked)
			}
		}
	}
}

// Endpoints on Amazon's own hosts are accepted.
func TestEndpointsOnAmazonsHostsAreBelieved(t *testing.T) {
	const asked = "https://drive.amazonaws.com/drive/v1/account/endpoint"
	for _, hosts := range [][2]string{
		{"drive.amazonaws.com", "content-na.drive.amazonaws.com"},
		{"cdws.us-east-1.amazonaws.com", "content-na.drive.amazonaws.com"},
		{"cdws.eu-west-1.amazonaws.com", "content-eu.drive.amazonaws.com"},
		{"www.amazon.com", "content-na.drive.amazonaws.com"},
		{"www.amazon.de", "content-eu.drive.amazonaws.com"},
		{"www.amazon.co.uk", "content-eu.drive.amazonaws.com"},
		{"www.amazon.co.jp", "content-fe.drive.amazonaws.com"},
		{"amazon.ca", "content-na.drive.amazonaws.com"},
	} {
		network, err := askDiscovery(t, asked, foreign.Instead("GET account/endpoint", endpointsAt("https://"+hosts[0]+"/drive/v1/", "https://"+hosts[1]+"/cdproxy/")))
		if err != nil {
			t.Errorf("%v: %v (%v)", hosts, err, network.leaked())
		}
	}
}

// If the caller gave a discovery URL, endpoints on the same host are accepted, but not on other
// hosts of its domain.
func TestEndpointsOnTheAskedHost(t *testing.T) {
	const asked = "https://proxy.corp.example/drive/v1/account/endpoint"
	for host, believed := range map[string]bool{"proxy.corp.example": true, "other.corp.example": false, "sub.proxy.corp.example": false, "corp.example": false} {
		network, err := askDiscovery(t, asked, foreign.Instead("GET account/endpoint", endpointsAt("https://"+host+"/drive/v1/", "https://"+host+"/cdproxy/")))
		if (err == nil) != believed {
			t.Errorf("%s: %v", host, err)
		}
		if leaked := network.leaked("proxy.corp.example"); len(leaked) > 0 {
			t.Errorf("%s: a token went to %v", host, leaked)
		}
	}
}

// If discovery was redirected to a foreign host, its response is refused, even if it names
// endpoints on Amazon's hosts or on loopback.
func TestDiscoveryRedirectedToAForeignHostIsNotBelieved(t *testing.T) {
	const asked = "https://drive.amazonaws.com/drive/v1/account/endpoint"
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, to := range []string{"https://evil.example/answer", "http://evil.example/answer", "https://bucket.s3.amazonaws.com/answer", "https://drive.amazonaws.com.evil.example/answer", "//evil.example/answer"} {
			for _, endpoints := range []string{"https://evil.example", "https://drive.amazonaws.com"} {
				network, err := askDiscovery(t, asked, func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						switch {
						case r.URL.Path == "/answer":
							endpointsAt(endpoints+"/drive/v1/", endpoints+"/cdproxy/")(w, r)
						case strings.HasSuffix(r.URL.Path, "/account/endpoint"):
							http.Redirect(w, r, to, code)
						default:
							next.ServeHTTP(w, r)
						}
					})
				})
				if err == nil {
					t.Errorf("%d to %s, endpoints at %s: believed", code, to, endpoints)
				}
				if leaked := network.leaked("drive.amazonaws.com"); len(leaked) > 0 {
					t.Errorf("%d to %s, endpoints at %s: a token went to %v", code, to, endpoints, leaked)
				}
			}
		}
	}
}

// If discovery was redirected from one of Amazon's own hosts to another, its response is accepted.
func TestDiscoveryRedirectedAmongAmazonsHostsIsBelieved(t *testing.T) {
	for _, to := range []string{"https://cdws.eu-west-1.amazonaws.com/drive/v1/account/endpoint2", "https://www.amazon.de/drive/v1/account/endpoint2"} {
		network, err := askDiscovery(t, "https://drive.amazonaws.com/drive/v1/account/endpoint", func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case strings.HasSuffix(r.URL.Path, "/account/endpoint2"):
					endpointsAt("https://cdws.eu-west-1.amazonaws.com/drive/v1/", "https://content-eu.drive.amazonaws.com/cdproxy/")(w, r)
				case strings.HasSuffix(r.URL.Path, "/account/endpoint"):
					http.Redirect(w, r, to, http.StatusFound)
				default:
					next.ServeHTTP(w, r)
				}
			})
		})
		if err != nil {
			t.Errorf("%s: %v (%v)", to, err, network.leaked())
		}
	}
}

// Discovery must fail if an endpoint is not a URL to which requests can be sent.
func TestEndpointsThatAreNoURLs(t *testing.T) {
	for _, bad := range []string{"", "drive", "/drive/v1/", "ftp://drive.amazonaws.com/", "file:///etc/passwd", "http://drive.amazonaws.com/drive/v1/", "https://", "https://:443/", "javascript:x", "https://drive.amazonaws.com:port/", "https://user:pass@drive.amazonaws.com/"} {
		network, err := askDiscovery(t, "https://drive.amazonaws.com/drive/v1/account/endpoint", foreign.Instead("GET account/endpoint", endpointsAt(bad, bad)))
		if err == nil {
			t.Errorf("%q: believed; a token went to %v", bad, network.leaked())
		}
	}
}
