package transport

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// Stall breaks off an exchange that moves no byte for its limit. There is no
// limit on the whole: a transfer that moves may take days.
//
// While the source of a request's body is waited for, nothing needs to move, but the peer may go away.
// net/http tells nobody then: over HTTP/1.1 it waits for the Read of the body to return. So the
// connection is looked at, and when it is gone the body is closed, which ends that Read.
type Stall struct {
	Limit time.Duration
	Next  http.RoundTripper
}

// RoundTrip implements [http.RoundTripper].
func (s *Stall) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	w := &watch{limit: s.Limit, cancel: cancel}
	out := req.WithContext(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		out = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: w.gotConn}))
		out.Body = &watchedRequest{req.Body, w}
		w.body = req.Body
	}
	w.sending(network)
	resp, err := s.Next.RoundTrip(out)
	w.answered(nobody)
	if err != nil {
		w.end()
		err = stalled(ctx, err)
		cancel(nil)
		return nil, err
	}
	body := &watchedResponse{ReadCloser: resp.Body, w: w, ctx: ctx}
	if resp.StatusCode >= http.StatusMultipleChoices {
		// Of such an answer, be it an error or a redirect, nobody needs more than comes soon.
		body.needless = time.AfterFunc(needlessFor, func() { cancel(errNeedless) })
	}
	resp.Body = body
	return resp, nil
}

// stalled tells a break of our own from one that came from elsewhere.
func stalled(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), ErrStalled) {
		return ErrStalled
	}
	return err
}

// goneEvery is how often the connection is looked at while the source is waited for. It costs some
// 100 ns, and no system call.
const goneEvery = 25 * time.Millisecond

// errGone ends an attempt whose connection went away while the source was waited for.
var errGone = errors.New("the connection was lost while the source was waited for")

// turn is who must do something next.
type turn int

const (
	nobody  turn = iota // the caller reads when it likes
	network             // a byte must move within the limit
	source              // the body's source may take as long as it likes
)

// watch is the timer of one exchange. The body's side and the answer's side of
// the exchange may run at the same time.
type watch struct {
	limit  time.Duration
	cancel context.CancelCauseFunc
	body   io.Closer // of the request

	mu    sync.Mutex
	timer *time.Timer
	turn  turn
	rings time.Time // when the timer does, zero if it does not
	due   time.Time // when the turn has taken long
	over  bool      // the answer came: a late read of the request's body changes nothing
	gone  bool
	conn  net.Conn
}

func (w *watch) gotConn(info httptrace.GotConnInfo) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conn = info.Conn
}

// sending says whose turn it is until the answer comes.
func (w *watch) sending(t turn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.begin(t)
	}
}

// answered says that the answer came, and whose turn it is from then on.
func (w *watch) answered(t turn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.begin(t)
}

// begin sets whose turn it is. The timer is only set if it would ring too late: setting it costs more
// than the rest of a read, and one that rings early is set again.
func (w *watch) begin(t turn) {
	w.turn = t
	d := w.limit
	switch t {
	case nobody:
		return
	case source:
		d = goneEvery
	}
	w.due = time.Now().Add(d)
	switch {
	case w.timer == nil:
		w.timer = time.AfterFunc(d, w.ring)
	case w.rings.IsZero() || w.due.Before(w.rings):
		w.timer.Reset(d)
	default:
		return
	}
	w.rings = w.due
}

// ring is called when a turn may have taken long.
func (w *watch) ring() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Now().Before(w.rings) {
		return // it was set again when it had just rung
	}
	w.rings = time.Time{}
	switch left := time.Until(w.due); {
	case w.turn == nobody:
	case left > 0:
		w.rings = w.due
		w.timer.Reset(left)
	case w.turn == network:
		w.cancel(ErrStalled)
	case isClosed(w.conn):
		w.gone = true
		go w.body.Close()
	default:
		w.begin(source)
	}
}

// end stops the timer.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.turn = nobody
	w.timer.Stop()
	w.rings = time.Time{}
}

func (w *watch) isGone() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.gone
}

// watchedRequest holds the clock while the source is read: a slow disk is no
// stalled network.
type watchedRequest struct {
	io.ReadCloser
	w *watch
}

func (b *watchedRequest) Read(p []byte) (int, error) {
	b.w.sending(source)
	n, err := b.ReadCloser.Read(p)
	b.w.sending(network)
	if errors.Is(err, errAttemptOver) && b.w.isGone() {
		err = errGone
	}
	return n, err
}

// watchedResponse runs the clock only while a read waits: a slow caller is no
// stalled network either.
type watchedResponse struct {
	io.ReadCloser
	w        *watch
	ctx      context.Context
	needless *time.Timer // ends an answer that nobody needs; nil if it is needed
}

func (b *watchedResponse) Read(p []byte) (int, error) {
	b.w.answered(network)
	n, err := b.ReadCloser.Read(p)
	b.w.answered(nobody)
	if err != nil && !errors.Is(err, io.EOF) {
		err = stalled(b.ctx, err)
	}
	return n, err
}

// Close may be called beside Read, and ends it.
func (b *watchedResponse) Close() error {
	if b.needless != nil {
		b.needless.Stop()
	}
	b.w.end()
	b.w.cancel(nil)
	return b.ReadCloser.Close()
}
