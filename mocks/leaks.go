package mocks

import (
	"net/http"
	"slices"
	"strings"
)

// own notes that the drive has named hosts as its own.
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

// leak says what a request carried that it must not.
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

// misplaced says where a request with a credential went, if that is where none must go.
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

// credentialIn names what in a head is a credential, or is "".
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

// isOurs says whether the host of a request is one of the account's. The content hosts of Photos' other regions refuse its
// cookies, but nobody else reads them there.
func (j *journal) isOurs(c *call) bool {
	host := c.host()
	return j.owned[host] || host == j.first || slices.Contains(c.d.opt.hosts.credentialed(), host) ||
		c.d.photos() && strings.HasSuffix(host, contentDomain)
}

// TB is what [AssertNoLeaks] needs of a *testing.T.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
}

// AssertNoLeaks fails the test for every request that carried a token or a cookie where it must
// not go: on a tempLink or a signed URL, in a query, to the storage host, or (without a socket, where
// the drive sees every host) to a host that is not one of the account's. The values of a [Session]'s cookies must
// besides be in no URL and in no header but Cookie and x-amzn-sessionid, and they go through TLS only.
func AssertNoLeaks(t TB, d *Drive) {
	t.Helper()
	d.journal.mu.Lock()
	defer d.journal.mu.Unlock()
	for _, leak := range d.journal.leaks {
		t.Errorf("leak: %s", leak)
	}
}
