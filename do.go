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

// A Base is one of the account's base URLs, which paths of calls are relative to. See [Endpoints].
type Base int

const (
	BaseMetadata   Base = iota // nodes, trash, search, account
	BaseContent                // the bytes of files
	BaseDownload               // originals, of Amazon Photos
	BaseUpload                 // the upload service of Amazon Photos
	BaseThumbnails             // renditions, of Amazon Photos
	BaseGroups                 // groups and sharing, of Amazon Photos
	baseCount
)

func (b Base) String() string {
	if b < 0 || b >= baseCount {
		return fmt.Sprintf("Base(%d)", int(b))
	}
	return [...]string{"metadata", "content", "download", "upload", "thumbnails", "groups"}[b]
}

// A Call is one request of the API that this package has no method for: see [Client.Do].
type Call struct {
	Op     string // names the call in errors, logs and metrics, such as "Library.Search"
	Target string // what the call is about, for errors; may be empty
	Base   Base
	Method string // GET if empty
	// Path is relative to the base URL, and escaped as in a URL, such as "nodes/" + url.PathEscape(id).
	Path  string
	Query url.Values
	// SecretPath says that whoever knows Path has a right by it, as of a link to share: errors then show the host only.
	SecretPath bool
	Header     http.Header // without credentials: those are the client's to add

	// Body is sent with its length. What can be read again from where it stands, such as a [bytes.Reader] or a
	// file, is read again for each attempt; any other reader allows one attempt ([ErrNotReplayable]).
	Body        io.Reader
	ContentType string // of Body; application/json if empty

	// Repeatable says that a second send does no harm, so that an attempt whose outcome is unknown may be
	// repeated. GET and HEAD always are.
	Repeatable bool
	// AnyContent says that a success may be of any type, HTML among them, and not only JSON.
	AnyContent bool
	// Decode, if it is set, reads the answer of a success. It is called once for each attempt that
	// succeeded, and its error is a failed attempt. The client closes the body.
	Decode func(*http.Response) error
}

// Do makes a call that has no method of its own, with all that the client does for its own calls:
// credentials, pace, retries and errors. A failure is an [*Error]; a response is always a success, and if
// call.Decode is nil its body is the caller's to read and to close. With [WithPhotos], calls to
// the metadata host get the parameters of Amazon Photos.
//
// Use it for what the service has and this package has not. Nothing is known here about what such a call
// does: what it returns is not checked, and an attempt whose answer was lost is not looked for.
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

// DoPages ranges over the nodes of a call that answers with pages of them, with all that [NodesService.List] does: it
// follows tokens and offsets, repeats what was lost, leaves out what came before, and ends with [ErrIncomplete] if
// nothing shows that the listing is whole. Nodes are yielded in whatever status they have. The service's limit of
// 9,999 is not assumed: a call that has it says so.
//
// The paging parameters of the query are set here, with pages of 200; Body and Decode must be nil.
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

// requestOf checks a call. done is to be called when the call has ended.
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

// check refuses a call that would not go where it says.
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

// DecodeNode reads an answer that is a node, for the Decode of a [Call]: as the client reads its own, with the
// name as the caller's world has it. Values that make no sense cost no more than there: see [Node.Warnings].
func (c *Client) DecodeNode(answer []byte) (*Node, error) {
	d := c.borrowDecoder()
	defer c.returnDecoder(d)
	n := new(Node)
	if err := n.decode(d, answer); err != nil {
		return nil, err
	}
	return c.adopt(n), nil
}
