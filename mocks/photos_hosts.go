package mocks

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
)

// credentialed are the hosts with names to which tokens and cookies may go.
func (h Hosts) credentialed() []string {
	list := []string{h.Discovery, h.Metadata, h.Content, h.Download, h.Upload, h.Thumbnail}
	return slices.DeleteFunc(list, func(host string) bool { return host == "" })
}

// has says that a host is one of them, or that of the storage.
func (h Hosts) has(host string) bool {
	return host != "" && (host == h.Storage || slices.Contains(h.credentialed(), host))
}

// hosts are the drive's hosts as this caller reaches them. A drive of Photos that is reached through a socket
// under another name, as most programs under test do, has everything on that host.
func (c *call) hosts() Hosts {
	h := c.d.opt.hosts
	if c.d.photos() && c.socket && !h.has(c.host()) && !isAmazon(c.host()) {
		return Hosts{}
	}
	return h
}

// isAmazon says that a host is one that Photos has on some site, in some region.
func isAmazon(host string) bool {
	return strings.HasSuffix(host, contentDomain) || strings.Contains(host, ".amazon.")
}

// place is where a part of the service is: what its paths begin with, and on which hosts; an empty host is any.
type place struct {
	part   part
	prefix string
	keep   string // what of the prefix belongs to the paths of the routes
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

// foreign says that a call went to a host of Photos that is not the account's: another site's or another region's.
func (c *call) foreign() bool {
	return c.d.photos() && isAmazon(c.host()) && !c.d.opt.hosts.has(c.host())
}

// authorize checks the credentials of a call: a token, or the cookies of a session, or that of a public share.
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

// declaresV2 says that a call of the metadata host speaks of the Photos kind of resources, in its query or in its body.
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

// signInPath is where a browser without a session is sent to.
const signInPath = "/ap/"

// signInHTML is the page that stands there.
const signInHTML = `<!doctype html><html lang="en"><head><title>Amazon Sign-In</title></head>` +
	`<body><form name="signIn" method="post" action="/ap/signin"><input type="email" name="email"></form></body></html>`

func (c *call) signInPage() (*answer, error) {
	a := reply(http.StatusOK, []byte(signInHTML))
	a.setType("text/html;charset=UTF-8")
	return a, nil
}
