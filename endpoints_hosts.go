package acd

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// amazonCountries are the ends of Amazon's own shop domains. They are listed one by one, because under any other end
// the name amazon may belong to somebody else.
func amazonCountries() []string {
	return []string{
		"ae", "ca", "cn", "co.jp", "co.uk", "co.za", "com", "com.au", "com.be", "com.br", "com.mx", "com.tr",
		"de", "eg", "es", "fr", "ie", "in", "it", "nl", "pl", "sa", "se", "sg",
	}
}

// metadataHost is the shape of the metadata hosts that discovery has named, such as cdws.us-east-1.amazonaws.com.
var metadataHost = regexp.MustCompile(`^cdws\.[a-z]{2}(-[a-z]+)+-[0-9]+\.amazonaws\.com$`)

// mayNameEndpoints says whether the token may be taken to a host because a discovery that was asked at asked
// said so: it is the host that was asked, loopback, or one of Amazon's that serve the API. amazonaws.com as a whole is
// not: everybody can rent a name below it. Any other host takes [WithEndpoints].
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

// cameFrom makes sure that discovery was answered by a host that may name endpoints: a redirect may have led elsewhere.
func cameFrom(asked *url.URL, resp *http.Response) error {
	if resp.Request == nil || resp.Request.URL == nil {
		return nil // a transport of the caller's own that follows no redirects
	}
	if host := resp.Request.URL.Hostname(); !mayNameEndpoints(asked, host) {
		return fmt.Errorf("discovery was redirected to %q, which is no host of the service; see WithEndpoints", host)
	}
	return nil
}
