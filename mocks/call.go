package mocks

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// call is one request and all that is known of it while the drive handles it.
type call struct {
	d         *Drive
	r         *http.Request
	route     *route
	id        string // the first {} of the path
	args      []string
	query     url.Values
	now       time.Time
	body      *bodyReader
	socket    bool
	token     *token
	saysV2    bool // the request asks for resourceVersion V2, the nodes of Photos
	elsewhere bool // the host belongs to another site or another region
	session   *signIn
	share     *share // what a caller without a session may see; nil: everything
	fault     *hit
	entry     *entry
}

// bodyReader counts the bytes that are read of a request body.
type bodyReader struct {
	r   io.Reader
	n   int64
	err error
}

func (b *bodyReader) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.n += int64(n)
	if err != nil {
		b.err = err
	}
	return n, err
}

func (d *Drive) newCall(r *http.Request) *call {
	c := &call{d: d, r: r, now: d.now(), body: &bodyReader{r: http.NoBody}}
	if r.Body != nil {
		c.body.r = r.Body
	}
	c.query, _ = url.ParseQuery(r.URL.RawQuery)
	return c
}

// serve handles a request in the order in which the service does: route, limit, authorize, act.
func (d *Drive) serve(c *call) *answer {
	var routeErr error
	c.route, c.args, routeErr = d.find(c)
	if len(c.args) > 0 {
		c.id = c.args[0]
	}
	c.entry = d.journal.begin(c)
	c.fault = d.faults.match(c)
	a := d.answer(c, routeErr)
	if a.status != 0 {
		a.header["X-Amzn-Requestid"] = []string{ids.UUID()}
		if a.header["Date"] == nil {
			a.header["Date"] = []string{c.now.Add(c.skew()).UTC().Format(http.TimeFormat)}
		}
	}
	c.rotate(a)
	d.journal.answer(c, a)
	return a
}

func (d *Drive) answer(c *call, routeErr error) *answer {
	if a := c.fault.before(); a != nil {
		return a
	}
	a, err := d.act(c, routeErr)
	if err != nil {
		f := asFailure(err)
		a = f.answer(c.now)
		if f.shape == shapeService || f.shape == shapeFront {
			a.header["X-Amzn-Errortype"] = []string{errorType(f.status)}
		}
	}
	return c.fault.after(c.compress(a))
}

// skew returns how far the Date header of the host that was asked is ahead of the drive's clock.
func (c *call) skew() time.Duration {
	if c.route == nil || c.route.part == partMetadata {
		return c.d.opt.skew[0]
	}
	return c.d.opt.skew[1]
}

func errorType(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "InvalidParameterException"
	case http.StatusUnauthorized:
		return "UnauthorizedException"
	case http.StatusForbidden:
		return "ForbiddenException"
	case http.StatusNotFound:
		return "ResourceNotFoundException"
	case http.StatusConflict:
		return "ConflictException"
	case http.StatusTooManyRequests:
		return "TooManyRequestsException"
	}
	return "InternalServerException"
}

func (d *Drive) act(c *call, routeErr error) (*answer, error) {
	if routeErr != nil {
		return nil, routeErr
	}
	if err := d.limit.take(c.now); err != nil {
		return nil, err
	}
	if !c.route.open {
		if err := d.authorize(c); err != nil {
			return nil, err
		}
	}
	if missingLength(c.r) {
		return nil, bare(http.StatusLengthRequired)
	}
	d.mu.Lock()
	d.store.Settle(c.now)
	full := d.store.Broken()
	d.mu.Unlock()
	if full {
		return nil, errInternal
	}
	if c.id != "" && c.route.byID {
		if _, ok := ids.Parse(c.id); !ok {
			return nil, errNotFound(c.id)
		}
	}
	c.saysV2 = c.declaresV2()
	return c.route.do(c)
}

// missingLength reports whether the request, by its method, may have a body but gives no length for
// it.
func missingLength(r *http.Request) bool {
	switch r.Method {
	case http.MethodPut, http.MethodPost, http.MethodPatch:
		// RequestURI is checked too: the handler of another server may send a request to the drive
		// without a socket, with the context of the request that this handler serves.
		fromSocket := r.Context().Value(http.ServerContextKey) != nil && r.RequestURI != ""
		return fromSocket && r.ProtoMajor == 1 && r.ContentLength == 0 && r.Header["Content-Length"] == nil && len(r.TransferEncoding) == 0
	}
	return false
}

// chunked reports whether the client gave no length of the body.
func (c *call) chunked() bool { return c.r.ContentLength < 0 }

// readJSON reads a request body of at most maxJSON bytes.
func (c *call) readJSON() ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(c.body, maxJSON+1))
	if err != nil {
		return nil, errBroken
	}
	if len(b) > maxJSON {
		return nil, refuse(http.StatusBadRequest, "", "The request body is too large")
	}
	return b, nil
}

// bodyRead reads the rest of the request body. A fault at the point AfterBody happens here.
func (c *call) bodyRead() error {
	if err := drain(c.body); err != nil {
		return err
	}
	return c.fault.afterBody()
}

// errBroken is the error of a call whose request body did not arrive completely. Nobody reads this
// response.
var errBroken = bare(http.StatusRequestTimeout)

func (c *call) ctx() context.Context { return c.r.Context() }

// base returns the scheme and host of the URLs of one part of the service. If host is empty, it is
// the host of the request.
func (c *call) base(host string) string {
	scheme := c.r.URL.Scheme
	if scheme == "" {
		scheme = "http"
		if c.r.TLS != nil {
			scheme = "https"
		}
	}
	if host == "" {
		host = c.host()
	}
	return scheme + "://" + host
}

// host returns the host to which the request was sent.
func (c *call) host() string {
	if c.r.Host != "" {
		return c.r.Host
	}
	return c.r.URL.Host
}

func (c *call) metadataURL() string { return c.base(c.hosts().Metadata) + metadataPath }
func (c *call) contentURL() string  { return c.base(c.hosts().Content) + contentPath }

// delay returns for how long searches do not see what this call changes.
func (c *call) delay() time.Duration {
	if c.fault != nil && c.fault.VisibleAfter > 0 {
		return time.Duration(c.fault.VisibleAfter)
	}
	return c.d.opt.lag
}

// rendering returns in which form the response shows nodes.
func (c *call) rendering() (*rendering, error) {
	r := &rendering{owner: c.d.opt.owner, photos: c.d.photos()}
	v := c.query
	if v.Get("tempLink") == "true" {
		r.tempLink = c.tempLink
	}
	switch v.Get("asset") {
	case "", "NONE":
	case "ALL", "MOBILE", "DESKTOP", "IMAGE", "VIDEO":
		r.assets = true
	default:
		return nil, refuse(http.StatusBadRequest, "", "Invalid asset %s", v.Get("asset"))
	}
	if text := v.Get("fields"); text != "" {
		r.fields = strings.FieldsFunc(text, func(c rune) bool { return strings.ContainsRune(`[]"', `, c) })
	}
	return r, nil
}

// node returns a response with the present state of a node. The caller holds Drive.mu.
func (c *call) node(status int, n *store.Node) (*answer, error) {
	r, err := c.rendering()
	if err != nil {
		return nil, err
	}
	a := reply(status, appendNode(make([]byte, 0, 640), n, c.d.store.Root, r))
	if c.fault != nil && c.fault.WrongMD5 && n.Blob != nil {
		wrong := n.Blob.MD5
		wrong[0] ^= 1
		a.body = bytes.Replace(a.body, hex.AppendEncode(nil, n.Blob.MD5[:]), hex.AppendEncode(nil, wrong[:]), 1)
	}
	if c.r.Method != http.MethodGet {
		a.header["Location"] = []string{c.metadataURL() + "nodes/" + n.ID.String()}
	}
	a.header["Etag"] = []string{ids.ETag(n.ID, n.Version)}
	return a, nil
}

// lookup returns a node that the caller of the API may see. The caller of lookup holds Drive.mu.
func (c *call) lookup(text string) (*store.Node, error) {
	id, ok := ids.Parse(text)
	if !ok {
		return nil, errNotFound(text)
	}
	n := c.d.store.ByID[id]
	if n == nil || n.Hidden(c.now.UnixMilli()) || !c.share.shows(n) {
		return nil, errNotFound(text)
	}
	if n.OnlyV2() && !c.v2() {
		return nil, errNotFound(text + " for ResourceVersion V1")
	}
	return n, nil
}

// v2 reports whether the caller may see the nodes that only Photos knows. On the metadata host the
// caller must ask for that version, in the query or in the body. The content hosts do not require
// it.
func (c *call) v2() bool {
	if c.d.photos() {
		return c.saysV2 || c.share != nil || c.route.part != partMetadata
	}
	return c.query.Get("resourceVersion") == "V2" || c.r.Method != http.MethodGet && c.d.opt.dialect.Photos
}

// locked runs do with Drive.mu held. Handlers read and change the drive in it.
func (c *call) locked(do func() (*answer, error)) (*answer, error) {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	c.now = c.d.now()
	return do()
}

// unchanged checks If-Match: a node with another ETag fails with a 412.
func (c *call) unchanged(n *store.Node) error {
	if want := c.r.Header.Get("If-Match"); want != "" && strings.Trim(want, `"`) != ids.ETag(n.ID, n.Version) {
		return refuse(http.StatusPreconditionFailed, "", "The node has changed")
	}
	return nil
}
