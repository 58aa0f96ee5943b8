package acd_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// rawPeer accepts connections on loopback and calls handle for each, to do things that no HTTP
// server does.
func rawPeer(t testing.TB, handle func(*net.TCPConn)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				handle(c.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return "http://" + l.Addr().String()
}

// readHead reads the head of a request, and perhaps a little of the body.
func readHead(c net.Conn) {
	r := bufio.NewReader(c)
	for {
		line, err := r.ReadString('\n')
		if err != nil || line == "\r\n" {
			return
		}
	}
}

func peerReset(c *net.TCPConn) {
	readHead(c)
	c.SetLinger(0)
}

func peerCloses(c *net.TCPConn) { readHead(c) }

func peerReads(c *net.TCPConn) { io.Copy(io.Discard, c) }

// peerNeverReads keeps the connection open without reading. It ends when an empty write shows that
// the client closed the connection, or after 20 tries in 400 ms.
func peerNeverReads(c *net.TCPConn) {
	c.SetReadBuffer(4096)
	buf := make([]byte, 1)
	for range 20 {
		time.Sleep(20 * time.Millisecond)
		if _, err := c.Write(buf[:0]); err != nil {
			return
		}
	}
}

func peerRefuses(c *net.TCPConn) {
	readHead(c)
	const body = `{"message":"refused"}`
	fmt.Fprintf(c, "HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	io.Copy(io.Discard, c)
}

func peerAcceptsEarly(c *net.TCPConn) {
	readHead(c)
	const body = `{"id":"AAAAAAAAAAAAAAAAAAAAAA","name":"f","kind":"FILE","status":"AVAILABLE","version":1,"contentProperties":{"md5":"00000000000000000000000000000000","size":1}}`
	fmt.Fprintf(c, "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	io.Copy(io.Discard, c)
}

// onPeer returns a client that sends content to peer. Its metadata calls go to a drive, over a
// socket.
func onPeer(t testing.TB, peer string, opts ...acd.Option) (*mocks.Drive, *acd.Client) {
	t.Helper()
	drive := mocks.NewDrive()
	server := httptest.NewServer(drive)
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	client, err := acd.NewClient(context.Background(), drive.TokenSource(), append([]acd.Option{
		acd.WithHTTPClient(&http.Client{Transport: transport}),
		acd.WithEndpoints(acd.Endpoints{CustomerExists: true, MetadataURL: server.URL + "/drive/v1/", ContentURL: peer + "/cdproxy/"}),
		acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 2, BaseDelay: time.Millisecond}), acd.WithUploadWaitPerGiB(0),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return drive, client
}

// blockedReader returns its text and then blocks until it is freed. It records how it is used.
type blockedReader struct {
	text  string
	freed chan struct{}

	mu      sync.Mutex
	reading int  // Reads in progress
	late    bool // a Read began after forbid
	forbid  bool
	opened  bool
	closed  bool
}

func newBlockedReader(text string) *blockedReader {
	return &blockedReader{text: text, freed: make(chan struct{})}
}

func (b *blockedReader) Read(p []byte) (int, error) {
	b.mu.Lock()
	b.late = b.late || b.forbid
	if n := copy(p, b.text); n > 0 {
		b.text = b.text[n:]
		b.mu.Unlock()
		return n, nil
	}
	b.reading++
	b.mu.Unlock()
	<-b.freed
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reading--
	return copy(p, "late"), nil
}

func (b *blockedReader) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}

func (b *blockedReader) noMoreReads() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forbid = true
}

// seekable makes a blocked reader look like a source that can be read again.
type seekable struct{ *blockedReader }

func (seekable) Seek(off int64, whence int) (int64, error) {
	if whence == io.SeekEnd {
		return 1 << 20, nil
	}
	return off, nil
}

// withinBound is how long an upload may take to end when its source blocks: 100 ms, and the rest
// for a busy machine and the race detector.
const withinBound = 400 * time.Millisecond

// goroutinesEnd fails the test if, after 5 s, more than exempt goroutines are left in addition to
// those before.
func goroutinesEnd(t *testing.T, before, exempt int) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before+exempt {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			t.Errorf("%d goroutines, before the call there were %d:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// Whatever ends a transfer, the call must not wait for a source whose Read blocks. Only the one
// goroutine in that Read may be left, and it must end when the Read returns.
func TestUploadDoesNotWaitForItsSource(t *testing.T) {
	text := strings.Repeat("x", 100_000)
	for peerName, peer := range map[string]func(*net.TCPConn){
		"cancelled": peerReads, "cancelled, peer never reads": peerNeverReads, "peer resets": peerReset, "peer closes": peerCloses, "peer refuses early": peerRefuses,
		"peer accepts early": peerAcceptsEarly,
	} {
		for name, tc := range map[string]struct {
			text  string
			src   func(*blockedReader) io.Reader
			opts  func(*blockedReader) []acd.UploadOption
			quiet bool // nothing is sent, because the source is read before that
		}{
			"stream":                   {text: text},
			"stream, first byte":       {quiet: true},
			"stream with a size":       {text: text, opts: sized},
			"size, first byte":         {opts: sized},
			"unverified":               {text: text, opts: func(*blockedReader) []acd.UploadOption { return []acd.UploadOption{acd.WithoutVerification()} }},
			"seeker":                   {text: text, src: func(b *blockedReader) io.Reader { return seekable{b} }},
			"seeker, read for its MD5": {src: func(b *blockedReader) io.Reader { return seekable{b} }, opts: func(*blockedReader) []acd.UploadOption { return []acd.UploadOption{acd.WithResume()} }, quiet: true},
			"reopened": {text: text, src: func(*blockedReader) io.Reader { return nil }, opts: func(b *blockedReader) []acd.UploadOption {
				return []acd.UploadOption{acd.WithReopen(func() (io.ReadCloser, error) {
					b.mu.Lock()
					defer b.mu.Unlock()
					b.opened = true
					return b, nil
				})}
			}},
		} {
			cancels := strings.HasPrefix(peerName, "cancelled")
			if tc.quiet && !cancels || name == "seeker" && (peerName == "peer resets" || peerName == "peer closes") {
				continue // the peer receives nothing; or a second attempt at a seeker waits for the Read of the first
			}
			t.Run(peerName+"/"+name, func(t *testing.T) {
				_, client := onPeer(t, rawPeer(t, peer))
				client.Nodes.Root(t.Context()) // opens the connections to the metadata server
				before := runtime.NumGoroutine()
				b := newBlockedReader(tc.text)
				var src io.Reader = b
				if tc.src != nil {
					src = tc.src(b)
				}
				var opts []acd.UploadOption
				if tc.opts != nil {
					opts = tc.opts(b)
				}
				cause := errors.New("enough")
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				done := make(chan error, 1)
				start := time.Now()
				go func() {
					_, err := client.Content.Upload(ctx, "folder", "f", src, opts...)
					b.noMoreReads()
					done <- err
				}()
				if cancels {
					time.Sleep(50 * time.Millisecond) // part of it is sent
					start = time.Now()
					cancel(cause)
				}
				select {
				case err := <-done:
					if took := time.Since(start); took > withinBound {
						t.Errorf("ended %v after its reason", took)
					}
					if cancels && !(errors.Is(err, cause) || errors.Is(err, context.Canceled)) || err == nil {
						t.Errorf("error %v", err)
					}
					if peerName == "peer refuses early" && !errors.Is(err, acd.ErrForbidden) {
						t.Errorf("error %v, want the answer's", err)
					}
					if peerName == "peer accepts early" && !errors.Is(err, acd.ErrChecksum) {
						t.Errorf("error %v, want ErrChecksum", err)
					}
					for _, inner := range []string{"the attempt is over", "reading the source was ended"} {
						if strings.Contains(fmt.Sprint(err), inner) {
							t.Errorf("the error tells of what the call did, not why: %v", err)
						}
					}
				case <-time.After(3 * time.Second):
					t.Error("still hanging after 3 s")
					close(b.freed)
					<-done
					return
				}
				b.mu.Lock()
				opened, closed := b.opened, b.closed // if the peer closes at once, the reader may never be opened
				b.mu.Unlock()
				if opened && !closed {
					t.Error("the reader of WithReopen was not closed")
				}
				goroutinesEnd(t, before, 3) // one of the source, and two of the metadata connection
				close(b.freed)
				goroutinesEnd(t, before, 2)
				b.mu.Lock()
				defer b.mu.Unlock()
				if b.late {
					t.Error("a Read began after the call had returned")
				}
			})
		}
	}
}

func sized(*blockedReader) []acd.UploadOption { return []acd.UploadOption{acd.WithSize(1 << 20)} }

// wrappedConn hides all methods of a connection except those of net.Conn.
type wrappedConn struct{ net.Conn }

// The same must hold over TLS, HTTP/2 and the caller's own connections.
func TestUploadDoesNotWaitForItsSourceOverAnyTransport(t *testing.T) {
	for name, tc := range map[string]struct {
		http2, tls bool
		dial       func(net.Conn) net.Conn
	}{
		"TLS":     {tls: true},
		"HTTP/2":  {tls: true, http2: true},
		"wrapped": {dial: func(c net.Conn) net.Conn { return wrappedConn{c} }},
	} {
		for _, cancels := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/cancelled %v", name, cancels), func(t *testing.T) {
				t.Parallel()
				drive := mocks.NewDrive()
				arrived := make(chan struct{}, 10)
				server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodPost {
						drive.ServeHTTP(w, r)
						return
					}
					_, _ = io.ReadFull(r.Body, make([]byte, 1000))
					arrived <- struct{}{}
					if !cancels {
						panic(http.ErrAbortHandler)
					}
					_, _ = io.Copy(io.Discard, r.Body)
				}))
				server.EnableHTTP2 = tc.http2
				server.Config.ErrorLog = log.New(io.Discard, "", 0)
				var client *http.Client
				if tc.tls {
					server.StartTLS()
					client = server.Client()
				} else {
					server.Start()
					client = &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
						c, err := new(net.Dialer).DialContext(ctx, network, addr)
						if err != nil {
							return nil, err
						}
						return tc.dial(c), nil
					}}}
				}
				defer server.Close()
				defer client.CloseIdleConnections()
				c, err := acd.NewClient(t.Context(), drive.TokenSource(), acd.WithHTTPClient(client), acd.WithUploadWaitPerGiB(0),
					acd.WithDiscoveryURL(server.URL+"/drive/v1/account/endpoint"), acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 1}))
				if err != nil {
					t.Fatal(err)
				}
				b := newBlockedReader(strings.Repeat("x", 100_000))
				defer close(b.freed)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				done := make(chan error, 1)
				go func() {
					_, err := c.Content.Upload(ctx, drive.RootID(), "f", b, acd.WithSize(1<<20))
					done <- err
				}()
				<-arrived
				if cancels {
					time.Sleep(20 * time.Millisecond)
					cancel()
				}
				start := time.Now()
				select {
				case err := <-done:
					if took := time.Since(start); took > withinBound {
						t.Errorf("ended %v after its reason", took)
					}
					if err == nil || cancels && !errors.Is(err, context.Canceled) || !cancels && !errors.Is(err, acd.ErrUnavailable) && !errors.Is(err, acd.ErrNotReplayable) {
						t.Errorf("error %v", err)
					}
				case <-time.After(3 * time.Second):
					t.Error("still hanging after 3 s")
				}
			})
		}
	}
}

// If a stream has more bytes than WithSize says, the bytes after the content must be left unread.
func TestUploadLeavesWhatFollowsItsSize(t *testing.T) {
	drive := mocks.NewDrive()
	rest := strings.NewReader("contentNEXT")
	if _, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", struct{ io.Reader }{rest}, acd.WithSize(7)); err != nil {
		t.Fatal(err)
	}
	if rest.Len() != 4 {
		t.Errorf("%d bytes are left, want 4", rest.Len())
	}
}
