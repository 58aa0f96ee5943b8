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

// Stall cancels an exchange in which no byte moves for Limit. The whole exchange has no time limit:
// a transfer may take days as long as bytes move.
//
// While the source of a request's body is slow, no byte needs to move, but the server may close the
// connection. Over HTTP/1.1, net/http does not report this until the Read of the body returns.
// Therefore Stall looks at the connection from time to time. If the connection is closed, Stall
// closes the body, which ends that Read.
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
		// A redirect or an error may send its body slowly without end, and nobody needs all of it.
		// So it is cancelled after needlessFor.
		body.needless = time.AfterFunc(needlessFor, func() { cancel(errNeedless) })
	}
	resp.Body = body
	return resp, nil
}

// stalled returns ErrStalled if Stall itself cancelled the exchange, and otherwise err.
func stalled(ctx context.Context, err error) error {
	if errors.Is(context.Cause(ctx), ErrStalled) {
		return ErrStalled
	}
	return err
}

// goneEvery is how often the connection is looked at while the source is slow. One look takes some
// 100 ns and no system call.
const goneEvery = 25 * time.Millisecond

// errGone ends an attempt whose connection was closed while the source was slow.
var errGone = errors.New("the connection was lost while the source was waited for")

// turn says on whom an exchange waits.
type turn int

const (
	nobody  turn = iota // on nobody that must hurry: the caller reads when it likes
	network             // on the network: a byte must move within the limit
	source              // on the source of the body, which may take as long as it likes
)

// watch is the timer of one exchange. Sending the request body and reading the response may happen
// at the same time, in two goroutines, so its methods are safe for concurrent use.
type watch struct {
	limit  time.Duration
	cancel context.CancelCauseFunc
	body   io.Closer // of the request

	mu    sync.Mutex
	timer *time.Timer
	turn  turn
	rings time.Time // when the timer rings; zero if it is stopped
	due   time.Time // when the turn has taken too long
	over  bool      // the response came: a late read of the request's body changes nothing
	gone  bool
	conn  net.Conn
}

func (w *watch) gotConn(info httptrace.GotConnInfo) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conn = info.Conn
}

// sending sets the turn until the response comes.
func (w *watch) sending(t turn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.begin(t)
	}
}

// answered notes that the response came, and sets the turn from then on.
func (w *watch) answered(t turn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.begin(t)
}

// begin sets the turn. Setting the timer costs more than the rest of a read. Therefore the timer is
// set only if it would ring too late. If it rings too early, ring sets it again.
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

// ring is called by the timer, when a turn may have taken too long.
func (w *watch) ring() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Now().Before(w.rings) {
		return // the timer was set again just after it had rung
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

// watchedRequest stops the clock while the source is read, because a slow disk is not a stalled
// network.
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

// watchedResponse runs the clock only during a Read, because a slow caller is not a stalled network
// either.
type watchedResponse struct {
	io.ReadCloser
	w        *watch
	ctx      context.Context
	needless *time.Timer // cancels a response that nobody needs; nil if the response is needed
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

// Close may be called while Read runs in another goroutine. It ends that Read.
func (b *watchedResponse) Close() error {
	if b.needless != nil {
		b.needless.Stop()
	}
	b.w.end()
	b.w.cancel(nil)
	return b.ReadCloser.Close()
}
