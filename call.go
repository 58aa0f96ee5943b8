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

// request describes the request that a method of a service makes.
type request struct {
	op    transport.Op
	base  Base
	args  []string // the values for the {...} in the path, in order
	query url.Values
	// json is the body of a metadata call, or nil. body is any other kind of body.
	json any
	body *transport.Body
	// url replaces base, path and args. It is set for discovery and for a tempLink.
	url    *url.URL
	header http.Header
	// attempts, if it is not 0, replaces the number of attempts of the retry policy.
	attempts int
	// via, if it is not nil, replaces the account's endpoints.
	via *bases
	// target names the node in errors. It is set if args[0] is not the id of that node.
	target string
}

func (r request) subject() string {
	if r.target != "" || len(r.args) == 0 {
		return r.target
	}
	return r.args[0]
}

// send makes one call. It returns the record of the call even if the call failed. If decode is nil, the
// caller must close the body of the response.
func (c *Client) send(ctx context.Context, r request, decode func(*http.Response) error) (*http.Response, *transport.Call, error) {
	resp, call, err := c.sendOnce(ctx, r, decode)
	if err != nil && c.mayBeElsewhere(ctx, r, err) {
		return c.sendElsewhere(ctx, r, decode, call, err)
	}
	return resp, call, err
}

// sendOnce does what send does, but tries only the hosts that the endpoints name.
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

// build makes the HTTP request for r. The context of the HTTP request carries call.
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

// address returns the URL of the request. It also sets call.Hosts, the hosts that may receive
// credentials.
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

// path returns the path of the operation with each {...} replaced by the escaped argument. If the id of a
// node is [RootID], path uses the id of the root folder.
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

// maxAnswer is the largest JSON response that is read into memory. A page of 200 nodes with every
// property and rendition has about 2 MiB.
const maxAnswer = 64 << 20

// call sends r and decodes the JSON response. If a successful response cannot be decoded, the attempt has
// failed. It is retried if repeating the request does no harm.
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

// callNone sends r and discards the body of the response.
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

// maxKeptAnswer is the largest capacity in bytes of a buffer that is kept for the next response.
const maxKeptAnswer = 4 << 20

// incomplete is a response that must have certain fields. lacks names the missing field, or returns "" if
// none is missing.
type incomplete interface{ lacks() string }

// errorText has the fields of an error in all known forms. It is embedded in responses that may be empty.
// If one of these fields is set, the response is an error, although its status is a success.
type errorText struct {
	Message   string `json:"message"`
	Code      string `json:"code"`
	ErrorCode string `json:"errorCode"`
	Error     string `json:"error"`
}

func (e errorText) isError() bool { return e != errorText{} }

// decode reads the whole JSON response into out. out keeps no reference to the text of the response,
// because the buffer of the text is used again.
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

// decodeJSON decodes a whole response. It fails if the text ends early, is not JSON, has a field of a
// wrong type, or lacks a field that the response must have. Such an attempt has failed, and a retry may
// succeed.
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

// readAnswer reads the body into b. The earlier content of b is dropped.
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

// blanksFor is how long a response may send only white space. After that the response is treated as
// ended. If the JSON before the white space is complete, the call returns without more delay. If the JSON
// is incomplete, the attempt has failed.
const blanksFor = 2 * time.Second

// untilBlanks returns io.EOF when a response has sent only white space for blanksFor.
type untilBlanks struct {
	r    io.Reader
	last time.Time // when something other than white space last arrived
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
