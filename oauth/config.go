package oauth

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"

	"golang.org/x/oauth2"
)

// These are the URLs of Login with Amazon, the address to which the browser comes back (the same as
// rclone's), and the scopes that the SDK asks for.
const (
	DefaultAuthURL     = "https://www.amazon.com/ap/oa"
	DefaultTokenURL    = "https://api.amazon.com/auth/o2/token"
	DefaultRedirectURL = "http://127.0.0.1:53682/"

	ScopeReadAll = "clouddrive:read_all"
	ScopeWrite   = "clouddrive:write"
)

// Config says who the program is and where it signs in. Only ClientID has no default. A Config is a
// value: it may be copied, and this package never changes it.
type Config struct {
	ClientID     string `json:"client_id"`
	ClientSecret Secret `json:"client_secret,omitzero"`

	// AuthURL and TokenURL are Login with Amazon's if they are empty. Both can point at an OAuth
	// proxy that keeps the real keys. ClientID and ClientSecret are then the keys that the proxy
	// gave to the program.
	AuthURL  string `json:"auth_url,omitzero"`
	TokenURL string `json:"token_url,omitzero"`

	// AuthStyle says where a token request carries the client's keys. The default for Login with
	// Amazon's own TokenURL is the form. The default for any other TokenURL is HTTP Basic, because
	// proxies insist on it. The style is never found out by trying, because each try may make a
	// refresh token invalid.
	AuthStyle oauth2.AuthStyle `json:"auth_style,omitzero"`

	// RedirectURL is the address to which the browser comes back: http on 127.0.0.1 or localhost.
	// It must equal the address that is registered with Login with Amazon, including the last
	// slash. The default is [DefaultRedirectURL]. With port 0 a free port is used; not every server
	// allows that.
	RedirectURL string `json:"redirect_url,omitzero"`

	// Scopes default to [ScopeReadAll] and [ScopeWrite].
	Scopes []string `json:"scopes,omitzero"`

	// HTTPClient gives the transport for token requests. Its cookie jar, timeout and redirect
	// policy are not used. The default is the client in the context (oauth2.HTTPClient), or else
	// http.DefaultClient.
	HTTPClient *http.Client `json:"-"`
}

// oauth2 checks the configuration and sets the defaults.
func (c Config) oauth2() (*oauth2.Config, error) {
	if c.ClientID == "" {
		return nil, ErrNoClientID
	}
	conf := &oauth2.Config{
		ClientID:     c.ClientID,
		ClientSecret: c.ClientSecret.Reveal(),
		RedirectURL:  c.RedirectURL,
		Scopes:       c.Scopes,
		Endpoint:     oauth2.Endpoint{AuthURL: c.AuthURL, TokenURL: c.TokenURL, AuthStyle: c.AuthStyle},
	}
	if conf.RedirectURL == "" {
		conf.RedirectURL = DefaultRedirectURL
	}
	if len(conf.Scopes) == 0 {
		conf.Scopes = []string{ScopeReadAll, ScopeWrite}
	}
	if conf.Endpoint.AuthURL == "" {
		conf.Endpoint.AuthURL = DefaultAuthURL
	}
	if conf.Endpoint.TokenURL == "" {
		conf.Endpoint.TokenURL = DefaultTokenURL
	}
	if conf.Endpoint.AuthStyle == oauth2.AuthStyleAutoDetect {
		conf.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
		if conf.Endpoint.TokenURL == DefaultTokenURL {
			conf.Endpoint.AuthStyle = oauth2.AuthStyleInParams
		}
	}
	return conf, errors.Join(
		secureURL("Config.AuthURL", conf.Endpoint.AuthURL),
		secureURL("Config.TokenURL", conf.Endpoint.TokenURL),
	)
}

// secureURL accepts https, and plain http only on this machine, where nobody can listen. The error
// does not repeat the URL, because a wrong value may be a secret.
func secureURL(setting, raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Host == "" || u.Fragment != "":
		return fmt.Errorf("oauth: %s is not a URL", setting)
	case u.User != nil:
		return fmt.Errorf("oauth: %s holds a user name; the keys belong in ClientID and ClientSecret", setting)
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("oauth: %s is neither https nor on this machine, so that anyone on the way could read the keys", setting)
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// listenAddr returns the address to listen on for a redirect URL.
func listenAddr(redirect string) (addr string, u *url.URL, err error) {
	u, err = url.Parse(redirect)
	if err != nil || u.Scheme != "http" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
		u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" {
		return "", nil, fmt.Errorf("oauth: Config.RedirectURL is not http on 127.0.0.1 or localhost: for any other address sign in headless")
	}
	port := u.Port()
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort("127.0.0.1", port), u, nil
}
