package foreignphotos

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"syscall"
	"testing"
)

// RoundTrip implements http.RoundTripper without a socket. The body of a response arrives while the
// handler writes it. It ends early if a real connection would, and it ends when the request's
// context ends.
func (s *Service) RoundTrip(req *http.Request) (*http.Response, error) {
	body := req.Body
	if body == nil {
		body = http.NoBody
	}
	role := s.site.role(req.URL.Host)
	if err := req.Context().Err(); err != nil || role == roleUnknown || req.URL.Scheme != "https" {
		defer body.Close()
		if err != nil {
			return nil, err
		}
		return nil, s.unreachable(role, req)
	}
	ctx, cancel := context.WithCancel(req.Context())
	served := req.Clone(ctx)
	served.Body = body
	served.TLS = &tls.ConnectionState{}
	served.RequestURI = req.URL.RequestURI()
	if served.Host == "" {
		served.Host = req.URL.Host
	}
	r, w := io.Pipe()
	p := &pipe{w: w, head: make(chan struct{}), header: http.Header{}, left: -1, noBody: req.Method == http.MethodHead}
	stop := context.AfterFunc(ctx, func() {
		_ = w.CloseWithError(context.Cause(ctx))
		_ = body.Close()
	})
	go func() {
		defer body.Close()
		p.run(s, served)
		stop()
	}()
	select {
	case <-p.head:
	case <-req.Context().Done():
		cancel()
		return nil, req.Context().Err()
	}
	if p.failed != nil {
		cancel()
		return nil, p.failed
	}
	res := &http.Response{Status: strconv.Itoa(p.status) + " " + http.StatusText(p.status), StatusCode: p.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: p.sent, Request: req, ContentLength: p.length,
		TLS: served.TLS, Body: &pipedBody{r, cancel}}
	return res, nil
}

// unreachable records a request that reaches no server, and returns the network's error. For an
// unknown host the error is "no such host". For http it is a refused connection to port 80, because
// the service uses TLS only (docs/wire.md, 0.3).
func (s *Service) unreachable(role string, req *http.Request) error {
	seen := req.Clone(req.Context())
	seen.Host, seen.Body = req.URL.Host, nil
	if req.URL.Scheme == "https" {
		seen.TLS = &tls.ConnectionState{}
	}
	s.record(role, seen)
	if role == roleUnknown {
		return &net.DNSError{Err: "no such host", Name: req.URL.Hostname(), IsNotFound: true}
	}
	return &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
}

// pipe is the http.ResponseWriter of RoundTrip.
type pipe struct {
	w      *io.PipeWriter
	header http.Header
	noBody bool

	once   sync.Once
	head   chan struct{} // closed when the next four fields are set
	status int
	sent   http.Header
	length int64
	failed error

	left int64 // announced bytes that are not written yet; below 0 if no length was announced
}

// run serves one request, and ends the body as a server would end its connection.
func (p *pipe) run(h http.Handler, r *http.Request) {
	complete := false
	defer func() {
		if v := recover(); v != nil && v != http.ErrAbortHandler { //nolint:errorlint // a panic's value is no wrapped error
			panic(v)
		}
		if complete {
			_ = p.w.Close()
			return
		}
		var headless error = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
		cut := io.ErrUnexpectedEOF
		if err := r.Context().Err(); err != nil { // the handler may have noticed the end of the request before the client
			headless, cut = err, err
		}
		p.once.Do(func() {
			p.failed = headless
			close(p.head)
		})
		_ = p.w.CloseWithError(cut)
	}()
	h.ServeHTTP(p, r)
	if r.Context().Err() == nil {
		p.WriteHeader(http.StatusOK)
		complete = p.left <= 0 || p.noBody
	}
}

func (p *pipe) Header() http.Header { return p.header }

func (p *pipe) Flush() {}

func (p *pipe) WriteHeader(status int) {
	p.once.Do(func() {
		p.status, p.sent, p.length = status, p.header.Clone(), -1
		if n, err := strconv.ParseInt(p.header.Get("Content-Length"), 10, 64); err == nil {
			p.length, p.left = n, n
		}
		close(p.head)
	})
}

func (p *pipe) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	if p.noBody || len(b) == 0 {
		return len(b), nil
	}
	if p.left >= 0 && int64(len(b)) > p.left {
		return 0, http.ErrContentLength
	}
	n, err := p.w.Write(b)
	if p.left >= 0 {
		p.left -= int64(n)
	}
	return n, err
}

// pipedBody cancels the server's side when the client closes the body.
type pipedBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *pipedBody) Close() error {
	err := b.PipeReader.Close()
	b.cancel()
	return err
}

func overTLS(tb testing.TB, h http.Handler) *http.Transport {
	server := httptest.NewTLSServer(h)
	transport, isOne := server.Client().Transport.(*http.Transport)
	if !isOne {
		tb.Fatal(errors.New("the test server's client has no transport of its own"))
	}
	transport.TLSClientConfig.ServerName = "example.com" // the name in the test server's certificate
	transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", server.Listener.Addr().String())
	}
	tb.Cleanup(func() {
		transport.CloseIdleConnections()
		server.CloseClientConnections()
		server.Close()
	})
	return transport
}
