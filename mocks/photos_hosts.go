package mocks

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// credentialed returns the hosts that have names and to which tokens and cookies may go.
func (h Hosts) credentialed() []string {
	list := []string{h.Discovery, h.Metadata, h.Content, h.Download, h.Upload, h.Thumbnail}
	return slices.DeleteFunc(list, func(host string) bool { return host == "" })
}

// has reports whether host is one of h.
func (h Hosts) has(host string) bool {
	return host != "" && (host == h.Storage || slices.Contains(h.credentialed(), host))
}

// hosts returns the hosts of the drive as this caller reaches them. If a drive of Photos is reached
// through a socket and under another name, as by most programs under test, all parts are on that
// host.
func (c *call) hosts() Hosts {
	h := c.d.opt.hosts
	if c.d.photos() && c.socket && !h.has(c.host()) && !isAmazon(c.host()) {
		return Hosts{}
	}
	return h
}

// isAmazon reports whether a host belongs to Photos on any site or in any region.
func isAmazon(host string) bool {
	return strings.HasSuffix(host, contentDomain) || strings.Contains(host, ".amazon.")
}

// place says where a part of the service is: the prefix of its paths, and its hosts. An empty host
// means every host.
type place struct {
	part   part
	prefix string
	keep   string // the part of the prefix that belongs to the paths of the routes
	hosts  []string
}

func (d *Drive) places(h Hosts) []place {
	list := []place{
		{partMetadata, metadataPath, "", []string{h.Metadata}},
		{partContent, contentPath, "", []string{h.Content}},
		{partStorage, storagePath, "", []string{h.Storage}},
	}
	if !d.photos() {
		return list
	}
	return append(list,
		place{partContent, "/v2/upload", "v2/upload", []string{h.Upload, h.Content}},
		place{partContent, "/v1/thumbnail/", "v1/thumbnail/", []string{h.Thumbnail}},
		place{partContent, "/v2/download/", "v2/download/", []string{h.Download}},
		place{partGroups, "/cdrs/drive/v2/", "", []string{h.Metadata}},
		place{partSignIn, signInPath, "", []string{""}},
	)
}

func (p *place) on(host string) bool {
	return slices.Contains(p.hosts, "") || slices.Contains(p.hosts, host)
}

// foreign reports whether a call went to a host of Photos that belongs to another site or another
// region than the account.
func (c *call) foreign() bool {
	return c.d.photos() && isAmazon(c.host()) && !c.d.opt.hosts.has(c.host())
}

// authorize checks the credentials of a call: a token, the cookies of a session, or the secret of a
// public link.
func (d *Drive) authorize(c *call) error {
	if !d.photos() {
		return d.tokens.authorize(c)
	}
	if text, ok := presented(c.r.Header); (text != "" || !ok) && !c.elsewhere {
		return d.tokens.authorize(c)
	}
	if c.shared() {
		return nil
	}
	return c.signedIn()
}

// declaresV2 reports whether a call asks for resourceVersion V2, in the query or, on the metadata
// host of Photos, in the body.
func (c *call) declaresV2() bool {
	if c.query.Get("resourceVersion") == "V2" {
		return true
	}
	if !c.d.photos() || c.route.part != partMetadata || c.r.Method == http.MethodGet {
		return false
	}
	text, _ := io.ReadAll(io.LimitReader(c.body.r, maxJSON+1))
	c.body.r = io.MultiReader(bytes.NewReader(text), c.body.r)
	var v struct{ ResourceVersion string }
	return json.Unmarshal(text, &v) == nil && v.ResourceVersion == "V2"
}

// signInPath begins the path of the page to which a browser without a session is redirected.
const signInPath = "/ap/"

// signInHTML is that page.
const signInHTML = `<!doctype html><html lang="en"><head><title>Amazon Sign-In</title></head>` +
	`<body><form name="signIn" method="post" action="/ap/signin"><input type="email" name="email"></form></body></html>`

func (c *call) signInPage() (*answer, error) {
	a := reply(http.StatusOK, []byte(signInHTML))
	a.setType("text/html;charset=UTF-8")
	return a, nil
}
