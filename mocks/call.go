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

// call is one request on its way through the drive.
type call struct {
	d         *Drive
	r         *http.Request
	route     *route
	id        string // first {} of the path
	args      []string
	query     url.Values
	now       time.Time
	body      *bodyReader
	socket    bool
	token     *token
	saysV2    bool // it speaks of the Photos kind of resources
	elsewhere bool // the host is another site's or another region's
	session   *signIn
	share     *share // what a caller without a session may see
	fault     *hit
	entry     *entry
}

// bodyReader counts what is read of a request body.
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

// serve does what the machines of the service do one after the other: route, limit, authorize, act.
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

// skew is how far the clock of the host that was asked is off.
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

// missingLength says that a body may follow although its length was not told.
func missingLength(r *http.Request) bool {
	switch r.Method {
	case http.MethodPut, http.MethodPost, http.MethodPatch:
		// A program that answers requests of its own may ask the drive without a socket with their context.
		fromSocket := r.Context().Value(http.ServerContextKey) != nil && r.RequestURI != ""
		return fromSocket && r.ProtoMajor == 1 && r.ContentLength == 0 && r.Header["Content-Length"] == nil && len(r.TransferEncoding) == 0
	}
	return false
}

// chunked says that the client did not tell the length of the body.
func (c *call) chunked() bool { return c.r.ContentLength < 0 }

// readJSON reads a request body that is small.
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

// bodyRead reads what is left of the request body, and is the point AfterBody.
func (c *call) bodyRead() error {
	if err := drain(c.body); err != nil {
		return err
	}
	return c.fault.afterBody()
}

// errBroken ends a call whose request never came whole; nobody is there to read the answer.
var errBroken = bare(http.StatusRequestTimeout)

func (c *call) ctx() context.Context { return c.r.Context() }

// base is the scheme and host for URLs of one part of the service.
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

// host is the host that the request was sent to.
func (c *call) host() string {
	if c.r.Host != "" {
		return c.r.Host
	}
	return c.r.URL.Host
}

func (c *call) metadataURL() string { return c.base(c.hosts().Metadata) + metadataPath }
func (c *call) contentURL() string  { return c.base(c.hosts().Content) + contentPath }

// delay is how long searches will not see what this call changes.
func (c *call) delay() time.Duration {
	if c.fault != nil && c.fault.VisibleAfter > 0 {
		return time.Duration(c.fault.VisibleAfter)
	}
	return c.d.opt.lag
}

// rendering is how the nodes of the reply are to be shown.
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

// node replies with a node as it now is. Under Drive.mu.
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

// lookup finds a node that is not hidden. Under Drive.mu.
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

// v2 says that the caller sees the nodes that only Photos knows. Bodies of a call name the version, too; the hosts
// of contents do not ask for it.
func (c *call) v2() bool {
	if c.d.photos() {
		return c.saysV2 || c.share != nil || c.route.part != partMetadata
	}
	return c.query.Get("resourceVersion") == "V2" || c.r.Method != http.MethodGet && c.d.opt.dialect.Photos
}

// locked runs a handler's part that looks at the drive or changes it.
func (c *call) locked(do func() (*answer, error)) (*answer, error) {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	c.now = c.d.now()
	return do()
}

// unchanged checks the precondition of a conditional write.
func (c *call) unchanged(n *store.Node) error {
	if want := c.r.Header.Get("If-Match"); want != "" && strings.Trim(want, `"`) != ids.ETag(n.ID, n.Version) {
		return refuse(http.StatusPreconditionFailed, "", "The node has changed")
	}
	return nil
}
