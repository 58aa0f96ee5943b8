package mocks

import (
	"net/http"
	"slices"
	"strings"
)

// own records the hosts in the response to account/endpoint as hosts of the drive.
func (j *journal) own(c *call) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.owned == nil {
		j.owned = map[string]bool{}
	}
	for _, host := range append(c.d.opt.hosts.credentialed(), c.host()) {
		j.owned[host] = true
	}
}

// leak returns what the request carried to a place where it must not go, or "".
func (j *journal) leak(c *call) string {
	host := c.host()
	if j.first == "" && !c.d.photos() {
		j.first = host
	}
	if carried := c.d.signIns.leak(c.r); carried != "" {
		return carried
	}
	if c.query.Get("access_token") != "" {
		return "a token in the query"
	}
	secret := credentialIn(c.r.Header)
	if secret == "" {
		return ""
	}
	if where := j.misplaced(c); where != "" {
		return secret + " " + where
	}
	return ""
}

// misplaced returns to what place a request carried a credential, or "" if that place may have one.
func (j *journal) misplaced(c *call) string {
	host, hosts := c.host(), c.d.opt.hosts
	switch {
	case c.d.photos() && !c.socket && c.r.URL.Scheme == "http":
		return "without TLS"
	case c.route != nil && c.route.op == OpContentTempLink:
		return "on a signed link"
	case host == hosts.Storage && host != "" && host != hosts.Content && host != hosts.Metadata:
		return "at the storage host"
	case !c.socket && !j.isOurs(c):
		return "at a host that is not the account's"
	}
	return ""
}

// credentialIn returns the kind of credential in a header, or "" if there is none.
func credentialIn(h http.Header) string {
	switch {
	case h.Get("Authorization") != "":
		return "an Authorization header"
	case h.Get("X-Amz-Access-Token") != "":
		return "an access token header"
	case h.Get("Cookie") != "":
		return "a cookie"
	case h.Get("X-Amzn-Sessionid") != "":
		return "a session id"
	}
	return ""
}

// isOurs reports whether the host of a request belongs to the account. The content hosts of Photos
// in other regions count as well: they refuse the cookies, but they belong to Amazon.
func (j *journal) isOurs(c *call) bool {
	host := c.host()
	return j.owned[host] || host == j.first || slices.Contains(c.d.opt.hosts.credentialed(), host) ||
		c.d.photos() && strings.HasSuffix(host, contentDomain)
}

// TB is the part of *testing.T that [AssertNoLeaks] uses.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
}

// AssertNoLeaks fails the test for every request that carried a token or a cookie to a place where
// it must not go: to a tempLink or a signed URL, in a query, to the storage host, or to a host that
// is not one of the account's. The last check works only without a socket, because only then the
// drive sees requests to all hosts. The values of the cookies of a [Session], besides, must not be
// in a URL, nor in any header except Cookie and x-amzn-sessionid, and must be sent only over TLS.
func AssertNoLeaks(t TB, d *Drive) {
	t.Helper()
	d.journal.mu.Lock()
	defer d.journal.mu.Unlock()
	for _, leak := range d.journal.leaks {
		t.Errorf("leak: %s", leak)
	}
}
