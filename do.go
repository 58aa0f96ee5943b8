package acd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/acd-sdk/acd/internal/source"
	"github.com/acd-sdk/acd/internal/transport"
)

// A Base is one of the account's base URLs. The path of a call is relative to a base URL. See
// [Endpoints].
type Base int

const (
	BaseMetadata   Base = iota // nodes, trash, search, account
	BaseContent                // the content of files
	BaseDownload               // originals, for Amazon Photos
	BaseUpload                 // the upload service of Amazon Photos
	BaseThumbnails             // renditions, for Amazon Photos
	BaseGroups                 // groups and sharing, for Amazon Photos
	baseCount
)

func (b Base) String() string {
	if b < 0 || b >= baseCount {
		return fmt.Sprintf("Base(%d)", int(b))
	}
	return [...]string{"metadata", "content", "download", "upload", "thumbnails", "groups"}[b]
}

// A Call is one request to an API endpoint for which this package has no method. See [Client.Do].
type Call struct {
	Op     string // the name of the call in errors, logs and metrics, such as "Library.Search"
	Target string // the node or other object of the call, for errors; may be empty
	Base   Base
	Method string // GET if empty
	// Path is relative to the base URL. It is escaped as in a URL, such as "nodes/" + url.PathEscape(id).
	Path  string
	Query url.Values
	// SecretPath says that Path itself gives access, as the path of a link to share does. Errors then
	// show only the host.
	SecretPath bool
	Header     http.Header // without credentials: the client adds them

	// Body is sent with its length. A body that can be read again, such as a [bytes.Reader] or a file, is
	// read again for each attempt, from the position that it had at first. With any other reader there is
	// only one attempt, and a failure that needs a retry is [ErrNotReplayable].
	Body        io.Reader
	ContentType string // the type of Body; application/json if empty

	// Repeatable says that repeating the request does no harm. An attempt whose outcome is unknown is
	// then retried. GET and HEAD are always repeatable.
	Repeatable bool
	// AnyContent says that a successful response may have any content type, such as HTML, and not only
	// JSON.
	AnyContent bool
	// Decode, if it is not nil, reads a successful response. It is called once for each attempt that
	// succeeded. If it returns an error, the attempt has failed. The client closes the body.
	Decode func(*http.Response) error
}

// Do makes an API call for which this package has no method. It uses the client's credentials, rate
// limit, retries and errors. A failure is an [*Error]. A returned response is always a success. If
// call.Decode is nil, the caller must read and close the body. With [WithPhotos], calls to the metadata
// host also get the parameters of Amazon Photos.
//
// Do knows nothing about what the call does. It does not check the content of the response. If a response
// was lost, Do does not look whether the call took effect.
func (c *Client) Do(ctx context.Context, call Call) (*http.Response, error) {
	r, done, err := c.requestOf(ctx, call)
	if err != nil {
		return nil, err
	}
	defer done()
	decode := call.Decode
	if decode != nil {
		decode = func(resp *http.Response) error {
			defer resp.Body.Close()
			return call.Decode(resp)
		}
	}
	resp, _, err := c.send(ctx, r, decode)
	return resp, err
}

// DoPages ranges over the nodes of a call that returns pages of nodes. It works like [NodesService.List]:
// it follows page tokens and offsets, requests lost pages again, leaves out nodes that it has yielded
// before, and ends with [ErrIncomplete] if nothing shows that the listing is complete. It yields nodes of
// every status. It does not apply the limit of 9,999 nodes: if the API call has such a limit, the service
// returns an error.
//
// DoPages sets the paging parameters of the query, with pages of 200 nodes. Body and Decode must be nil.
func (c *Client) DoPages(ctx context.Context, call Call) iter.Seq2[*Node, error] {
	return func(yield func(*Node, error) bool) {
		if call.Body != nil || call.Decode != nil {
			yield(nil, invalid(ctx, call.op(), call.Target, "a call of pages has no Body and no Decode"))
			return
		}
		r, done, err := c.requestOf(ctx, call)
		if err != nil {
			yield(nil, err)
			return
		}
		defer done()
		c.Nodes.pages(ctx, r, pages{query: maps.Clone(call.Query), limit: maxPage, unlimited: true})(yield)
	}
}

func (c Call) op() transport.Op {
	op := transport.Op{Name: c.Op, Method: c.Method, Path: c.Path, Replay: c.Repeatable, Content: c.AnyContent, Secret: c.SecretPath}
	if op.Name == "" {
		op.Name = "Client.Do"
	}
	if op.Method == "" {
		op.Method = http.MethodGet
	}
	op.Replay = op.Replay || op.Method == http.MethodGet || op.Method == http.MethodHead
	return op
}

// requestOf checks a call and makes its request. The caller must call done when the call has ended.
func (c *Client) requestOf(ctx context.Context, call Call) (r request, done func(), err error) {
	r = request{op: call.op(), base: call.Base, query: call.Query, header: call.Header, target: call.Target}
	if err := call.check(); err != nil {
		return r, nil, newError(ctx, r.op, r.target, fmt.Errorf("%w: %w", ErrInvalid, err))
	}
	if call.Body == nil {
		return r, func() {}, nil
	}
	src, err := source.New(ctx, call.Body, source.Unknown, nil)
	if err != nil {
		return r, nil, newError(ctx, r.op, r.target, err)
	}
	r.body = &transport.Body{Size: src.Size, Type: call.ContentType, Open: func(ctx context.Context) (io.ReadCloser, error) {
		rc, err := src.Open(ctx, 0)
		if errors.Is(err, source.ErrSpent) {
			return nil, ErrNotReplayable
		}
		return rc, err
	}}
	if r.body.Type == "" {
		r.body.Type = "application/json"
	}
	return r, src.Close, nil
}

// check returns an error if the call has a bad path, an unknown base, or headers that only the client may
// set.
func (c Call) check() error {
	u, err := url.Parse(c.Path)
	switch {
	case err != nil || strings.ContainsAny(c.Path, "?#") || u.Scheme != "" || u.Host != "" || strings.HasPrefix(c.Path, "/"):
		return fmt.Errorf("the path %q is not a relative path of a URL", c.Path)
	case hasDots(u.Path):
		return fmt.Errorf("the path %q has a part that leads elsewhere", c.Path)
	case c.Base < 0 || c.Base >= baseCount:
		return fmt.Errorf("%v is no base URL", c.Base)
	}
	for h := range c.Header {
		if transport.IsCredential(h) {
			return fmt.Errorf("the header %s is the client's to set", http.CanonicalHeaderKey(h))
		}
	}
	return nil
}

func hasDots(path string) bool {
	for part := range strings.SplitSeq(path, "/") {
		if part == "." || part == ".." {
			return true
		}
	}
	return false
}

// DecodeNode decodes a response that is a node, for the Decode function of a [Call]. It reads the node as
// the client's own calls do, and decodes its name with [WithNameEncoding]. Odd values in fields that do
// not identify the node are no error: see [Node.Warnings].
func (c *Client) DecodeNode(answer []byte) (*Node, error) {
	d := c.borrowDecoder()
	defer c.returnDecoder(d)
	n := new(Node)
	if err := n.decode(d, answer); err != nil {
		return nil, err
	}
	return c.adopt(n), nil
}
