package mocks

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// RoundTrip answers the request without a socket, whatever host the request names. It behaves like
// an [http.Transport]: it reads the request body as a stream and closes it, it honours the context,
// and the caller must close the body of the response. Everything runs in the caller's goroutine. If
// the connection is to break, RoundTrip returns an error that is syscall.ECONNRESET.
func (d *Drive) RoundTrip(req *http.Request) (*http.Response, error) {
	closeBody := sync.OnceFunc(func() {
		if req.Body != nil {
			req.Body.Close()
		}
	})
	defer closeBody()
	if req.URL == nil || req.URL.Host == "" {
		return nil, errors.New("mocks: no host in the request's URL")
	}
	if err := checkHeader(req.Header); err != nil {
		return nil, err
	}
	ctx := req.Context()
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	defer context.AfterFunc(ctx, closeBody)()
	in := &outgoing{ctx: ctx, length: req.ContentLength}
	r := in.prepare(req)
	c := d.newCall(r)
	a := d.serve(c)
	if err := ctx.Err(); err != nil {
		a.close()
		return nil, context.Cause(ctx)
	}
	if in.err != nil {
		a.close()
		return nil, in.err
	}
	if a.broken != nil {
		a.close()
		return nil, a.broken
	}
	return d.response(req, c, a), nil
}

// checkHeader refuses a header that would change the structure of the HTTP message, such as a value
// with a line break.
func checkHeader(h http.Header) error {
	for k, list := range h {
		if k == "" || strings.ContainsAny(k, " \r\n\x00:") {
			return fmt.Errorf("mocks: invalid header field name %q", k)
		}
		for _, v := range list {
			if strings.ContainsAny(v, "\r\n\x00") {
				return fmt.Errorf("mocks: invalid header field value for %q", k)
			}
		}
	}
	return nil
}

func (d *Drive) response(req *http.Request, c *call, a *answer) *http.Response {
	a.toStream()
	if a.status == http.StatusNoContent {
		a.length = 0
	} else if a.length >= 0 {
		a.header["Content-Length"] = []string{strconv.FormatInt(a.length, 10)}
	}
	resp := &http.Response{
		Status: strconv.Itoa(a.status) + " " + http.StatusText(a.status), StatusCode: a.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, ContentLength: a.length, Request: req,
		Body: &answerBody{ctx: req.Context(), r: a.stream, left: a.length, done: func(n int64) { d.journal.finish(c.entry, n) }},
	}
	if a.length < 0 {
		resp.TransferEncoding = []string{"chunked"}
	}
	if a.length == 0 {
		a.stream.Close()
		d.journal.finish(c.entry, 0)
		resp.Body = http.NoBody
	}
	return resp
}

// outgoing is a request body on its way to the drive. Reading it fails if the body is longer or
// shorter than its Content-Length.
type outgoing struct {
	ctx    context.Context
	r      io.Reader
	length int64
	n      int64
	err    error
}

// prepare returns the request as a handler behind a socket would see it.
func (o *outgoing) prepare(req *http.Request) *http.Request {
	r := req.Clone(o.ctx)
	r.Body = io.NopCloser(o)
	if req.Body == nil || req.Body == http.NoBody {
		o.r, o.length, r.ContentLength = http.NoBody, 0, 0
		return r
	}
	o.r = req.Body
	if o.length == 0 {
		o.length, r.ContentLength = -1, -1 // there is a body, but its length is unknown
	}
	return r
}

func (o *outgoing) Read(p []byte) (int, error) {
	if err := o.ctx.Err(); err != nil {
		return 0, err
	}
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.r.Read(p)
	o.n += int64(n)
	switch {
	case o.length >= 0 && o.n > o.length, err == io.EOF && o.length >= 0 && o.n < o.length:
		o.err = fmt.Errorf("http: ContentLength=%d with Body length %d", o.length, o.n)
		return 0, o.err
	case err != nil && err != io.EOF:
		o.err = err
	}
	return n, err
}

// answerBody is the response body that the client reads.
type answerBody struct {
	ctx    context.Context
	mu     sync.Mutex
	r      io.ReadCloser
	left   int64 // bytes left; negative if the length is unknown
	n      int64
	closed bool
	done   func(int64)
}

func (b *answerBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	if b.ctx.Err() != nil {
		return 0, context.Cause(b.ctx)
	}
	n, err := b.r.Read(p)
	b.n += int64(n)
	if b.left >= 0 {
		if b.left -= int64(n); err == io.EOF && b.left > 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	if err != nil {
		b.done(b.n)
	}
	return n, err
}

func (b *answerBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	b.done(b.n)
	return b.r.Close()
}
