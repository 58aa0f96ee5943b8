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

// RoundTrip answers without a socket, whatever host the request names, as an [http.Transport]
// would: it reads the request body as a stream and closes it, honours the context, and the body of
// the answer is a stream that the caller must close. Everything runs in the caller's goroutine. A
// broken connection is an error that is syscall.ECONNRESET.
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

// checkHeader refuses what would break out of a header line.
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

// outgoing is a request body as it goes over the wire: of the length that was promised.
type outgoing struct {
	ctx    context.Context
	r      io.Reader
	length int64
	n      int64
	err    error
}

// prepare gives the handlers what they would see at the other end of a socket.
func (o *outgoing) prepare(req *http.Request) *http.Request {
	r := req.Clone(o.ctx)
	r.Body = io.NopCloser(o)
	if req.Body == nil || req.Body == http.NoBody {
		o.r, o.length, r.ContentLength = http.NoBody, 0, 0
		return r
	}
	o.r = req.Body
	if o.length == 0 {
		o.length, r.ContentLength = -1, -1 // a body, but of unknown length
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

// answerBody is the body of an answer at the client's end.
type answerBody struct {
	ctx    context.Context
	mu     sync.Mutex
	r      io.ReadCloser
	left   int64 // -1: unknown
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
