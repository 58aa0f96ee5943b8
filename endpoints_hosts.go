package acd

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// amazonCountries returns the endings of Amazon's own shop domains. They are listed one by one: under any
// other ending, the name amazon may belong to somebody else.
func amazonCountries() []string {
	return []string{
		"ae", "ca", "cn", "co.jp", "co.uk", "co.za", "com", "com.au", "com.be", "com.br", "com.mx", "com.tr",
		"de", "eg", "es", "fr", "ie", "in", "it", "nl", "pl", "sa", "se", "sg",
	}
}

// metadataHost matches the metadata hosts that discovery is known to send, such as
// cdws.us-east-1.amazonaws.com.
var metadataHost = regexp.MustCompile(`^cdws\.[a-z]{2}(-[a-z]+)+-[0-9]+\.amazonaws\.com$`)

// mayNameEndpoints reports whether host may receive the token, if only discovery named it. asked is the
// URL of discovery. Allowed are the host of asked, loopback, and Amazon's hosts of this API. Other hosts
// below amazonaws.com are not allowed, because everybody can rent a name there. To use any other host, a
// program needs [WithEndpoints].
func mayNameEndpoints(asked *url.URL, host string) bool {
	host = strings.ToLower(host)
	if host == strings.ToLower(asked.Hostname()) || isLoopback(host) || metadataHost.MatchString(host) {
		return true
	}
	if host == "drive.amazonaws.com" || strings.HasSuffix(host, ".drive.amazonaws.com") {
		return true
	}
	_, country, found := strings.Cut("."+host, ".amazon.")
	return found && slices.Contains(amazonCountries(), country)
}

// cameFrom returns an error if a redirect led discovery to a host that may not name endpoints.
func cameFrom(asked *url.URL, resp *http.Response) error {
	if resp.Request == nil || resp.Request.URL == nil {
		return nil // a transport of the caller that sets no request; it has followed no redirect
	}
	if host := resp.Request.URL.Hostname(); !mayNameEndpoints(asked, host) {
		return fmt.Errorf("discovery was redirected to %q, which is no host of the service; see WithEndpoints", host)
	}
	return nil
}
