package acd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/acd-sdk/acd/internal/transport"
)

// request is what a service method asks for.
type request struct {
	op    transport.Op
	base  Base
	args  []string // what stands for the path's {...}, in order
	query url.Values
	// json is the body of a metadata call, nil for none; body any other.
	json any
	body *transport.Body
	// url replaces base, path and args: discovery, a tempLink.
	url    *url.URL
	header http.Header
	// attempts replaces the policy's number of attempts if it is not 0.
	attempts int
	// via replaces the account's endpoints.
	via *bases
	// target names the node in errors, if args[0] is not its id.
	target string
}

func (r request) subject() string {
	if r.target != "" || len(r.args) == 0 {
		return r.target
	}
	return r.args[0]
}

// send makes one call and returns the call's record whether or not it failed.
// With a nil decode the body of the answer is the caller's to close.
func (c *Client) send(ctx context.Context, r request, decode func(*http.Response) error) (*http.Response, *transport.Call, error) {
	resp, call, err := c.sendOnce(ctx, r, decode)
	if err != nil && c.mayBeElsewhere(ctx, r, err) {
		return c.sendElsewhere(ctx, r, decode, call, err)
	}
	return resp, call, err
}

// sendOnce is send to the hosts that the endpoints name.
func (c *Client) sendOnce(ctx context.Context, r request, decode func(*http.Response) error) (*http.Response, *transport.Call, error) {
	call := &transport.Call{Op: r.op, Body: r.body, MaxAttempts: r.attempts}
	req, err := c.build(ctx, r, call)
	if err != nil {
		return nil, call, err
	}
	resp, err := c.retry.Do(req, decode)
	if resp != nil {
		c.clocks.learn(r.base, resp.Header, time.Now())
		return resp, call, nil
	}
	c.clocks.learn(r.base, call.Answer.Header, time.Now())
	where := req.URL
	if call.Answer.URL != nil {
		where = call.Answer.URL
	}
	return nil, call, callError(ctx, call, r.subject(), location(r.op, where), err)
}

// build resolves the endpoint and makes the http request, which carries call.
func (c *Client) build(ctx context.Context, r request, call *transport.Call) (*http.Request, error) {
	fail := func(err error) error { return newError(ctx, r.op, r.subject(), err) }
	u, err := c.address(ctx, r, call)
	if err != nil {
		return nil, err
	}
	if r.json != nil {
		body, err := json.Marshal(r.json)
		if err == nil {
			body, err = c.cfg.photos.body(body)
		}
		if err != nil {
			return nil, fail(err)
		}
		call.Body = bytesBody(body)
	}
	req, err := http.NewRequestWithContext(transport.WithCall(ctx, call), r.op.Method, u.String(), nil)
	if err != nil {
		return nil, fail(err)
	}
	for k, v := range r.header {
		req.Header[k] = v
	}
	req.Header.Set("User-Agent", c.cfg.userAgent)
	if call.Body != nil {
		req.Header.Set("Content-Type", call.Body.Type)
	}
	return req, nil
}

// address is the URL of a request. It tells call where credentials may go.
func (c *Client) address(ctx context.Context, r request, call *transport.Call) (*url.URL, error) {
	u := r.url
	if u == nil {
		path, err := c.path(ctx, r)
		if err != nil {
			return nil, err
		}
		bases := r.via
		if bases == nil {
			if bases, err = c.endpoints.get(ctx, c); err != nil {
				return nil, err
			}
		}
		call.Hosts = bases.hosts
		if bases.urls[r.base] == nil {
			return nil, invalid(ctx, r.op, r.subject(), "the account's endpoints name no usable URL of the kind %v", r.base)
		}
		base := *bases.urls[r.base]
		prefix := base.EscapedPath()
		base.Path, base.RawPath = "", ""
		if u, err = url.Parse(base.String() + prefix + path); err != nil {
			return nil, newError(ctx, r.op, r.subject(), err)
		}
	} else if !r.op.NoToken {
		call.Hosts = []*url.URL{u}
	}
	if query := c.cfg.photos.addTo(r); len(query) > 0 {
		withQuery := *u
		withQuery.RawQuery = query.Encode()
		u = &withQuery
	}
	return u, nil
}

// path puts the request's arguments, escaped, in the place of its operation's {...}. A node's
// id may be [RootID].
func (c *Client) path(ctx context.Context, r request) (string, error) {
	var b strings.Builder
	rest := r.op.Path
	for _, arg := range r.args {
		before, after, _ := strings.Cut(rest, "{")
		name, after, _ := strings.Cut(after, "}")
		rest = after
		b.WriteString(before)
		switch {
		case arg == "" || arg == "." || arg == "..":
			return "", invalid(ctx, r.op, r.subject(), "%q is not a valid %s", arg, name)
		case arg == RootID && name != "owner" && name != "key":
			id, err := c.root.id(ctx, c)
			if err != nil {
				return "", err
			}
			arg = id
		}
		b.WriteString(url.PathEscape(arg))
	}
	return b.String() + rest, nil
}

func bytesBody(b []byte) *transport.Body {
	return &transport.Body{
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(b)), nil },
		Size: int64(len(b)),
		Type: "application/json",
	}
}

// maxAnswer bounds a JSON answer in memory: a page of 200 nodes with every
// property and rendition is some 2 MiB.
const maxAnswer = 64 << 20

// call sends r and decodes the JSON answer. A success that cannot be read is a
// failed attempt: it is repeated if a second send does no harm.
func call[T any](ctx context.Context, c *Client, r request) (*T, error) {
	out, _, err := callRecord[T](ctx, c, r)
	return out, err
}

func callRecord[T any](ctx context.Context, c *Client, r request) (*T, *transport.Call, error) {
	var out *T
	_, call, err := c.send(ctx, r, func(resp *http.Response) error {
		defer resp.Body.Close()
		out = new(T)
		return c.decode(resp, out)
	})
	if err != nil {
		return nil, call, err
	}
	return out, call, nil
}

// callNone sends r and drops the answer.
func callNone(ctx context.Context, c *Client, r request) error {
	_, _, err := c.send(ctx, r, dropAnswer)
	return err
}

func dropAnswer(resp *http.Response) error {
	start, err := transport.Drop(resp.Body)
	if err == nil && transport.IsPage(start) {
		return &transport.SignInError{}
	}
	return err
}

// maxKeptAnswer is how many bytes a buffer that is kept for the next answer may have.
const maxKeptAnswer = 4 << 20

// incomplete is an answer that can say which field it lacks, if without that field it is no answer.
type incomplete interface{ lacks() string }

// errorText has the fields of an error in all known shapes. It is embedded in answers that may be empty: if one of these
// fields is there, the answer is an error although its status says success.
type errorText struct {
	Message   string `json:"message"`
	Code      string `json:"code"`
	ErrorCode string `json:"errorCode"`
	Error     string `json:"error"`
}

func (e errorText) isError() bool { return e != errorText{} }

// decode reads a whole JSON answer into out. Nothing of the answer's text stays in memory.
func (c *Client) decode(resp *http.Response, out any) error {
	b, ok := c.answers.Get().(*bytes.Buffer)
	if !ok {
		b = new(bytes.Buffer)
	}
	defer func() {
		if b.Cap() <= maxKeptAnswer {
			c.answers.Put(b)
		}
	}()
	data, err := readAnswer(resp, b)
	if err != nil {
		return err
	}
	if transport.IsPage(data) {
		return &transport.SignInError{}
	}
	nodes, ok := out.(nodeAnswer)
	if !ok {
		return decodeJSON(data, out)
	}
	d := c.borrowDecoder()
	defer c.returnDecoder(d)
	return nodes.decode(d, data)
}

// decodeJSON decodes a whole answer. Text that ends early, that is no JSON or has a field of another type, and an answer
// that lacks what makes it one are failed attempts, which a second one may mend.
func decodeJSON(data []byte, out any) error {
	if string(bytes.TrimSpace(data)) == "null" {
		return errors.New("the answer is null")
	}
	err := json.Unmarshal(data, out)
	if err != nil {
		return fmt.Errorf("the answer is not whole: %w", err)
	}
	if answer, ok := out.(incomplete); ok {
		if what := answer.lacks(); what != "" {
			return fmt.Errorf("the answer lacks %s", what)
		}
	}
	return nil
}

// readAnswer reads the body into b, which may hold an earlier one.
func readAnswer(resp *http.Response, b *bytes.Buffer) ([]byte, error) {
	b.Reset()
	if n := resp.ContentLength; n > 0 && n <= maxAnswer {
		b.Grow(int(n) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(&untilBlanks{r: resp.Body, last: time.Now()}, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if n > maxAnswer {
		return nil, &transport.PermanentError{Err: fmt.Errorf("the answer is above %d bytes", int64(maxAnswer))}
	}
	return b.Bytes(), nil
}

// blanksFor is how long an answer may bring nothing but white space. Then it is taken to have ended: a complete answer
// is not held up any longer, and an incomplete one is a failed attempt.
const blanksFor = 2 * time.Second

// untilBlanks ends an answer that goes on with nothing but white space.
type untilBlanks struct {
	r    io.Reader
	last time.Time // when something else came
}

func (u *untilBlanks) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	if len(bytes.TrimSpace(p[:n])) > 0 {
		u.last = time.Now()
	} else if n > 0 && err == nil && time.Since(u.last) >= blanksFor {
		err = io.EOF
	}
	return n, err
}
