package acd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"net/http"

	"github.com/acd-sdk/acd/internal/transport"
	"github.com/acd-sdk/acd/internal/wait"
)

// feed is the state of one call of Since. It may need several streams.
type feed struct {
	client  *Client
	opts    ChangesOptions
	yield   func(*ChangeSet, error) bool
	stopped bool // the caller has left the loop

	point    string // the checkpoint from which the feed continues
	reset    bool   // a Reset was yielded
	received int    // how many nodes were yielded
	rounds   int
	badText  string // why the last round could not be read, if that ended it
	// unreadable collects the nodes that could not be read. The feed continues, and returns an error for
	// them at its end.
	unreadable unreadableNodes
}

var (
	errStopped = errors.New("the caller has seen enough")
	errAgain   = errors.New("the feed starts over")
)

// cutError means that a stream broke off before its end.
type cutError struct{ cause error }

func (e *cutError) Error() string { return e.cause.Error() }
func (e *cutError) Unwrap() error { return e.cause }

func (f *feed) run(ctx context.Context) error {
	var last uint64 // the sum of the round before
	policy := f.client.retry.Policy
	for fruitless := 1; ; fruitless++ {
		r := &round{feed: f}
		err := r.run(ctx)
		var cut *cutError
		switch {
		case errors.Is(err, errAgain):
			fruitless = 0
			f.unreadable = unreadableNodes{}
			continue
		case err == nil && f.unreadable.count > 0:
			return f.fail(ctx, r.resp, f.unreadable.err())
		case !errors.As(err, &cut):
			return err
		case r.advanced && r.sum != last:
			fruitless = 1
		}
		last = r.sum
		if fruitless >= policy.MaxAttempts {
			return f.fail(ctx, r.resp, fmt.Errorf("%w: the change feed broke off %d times: %w", ErrIncomplete, fruitless, cut.cause))
		}
		f.client.cfg.log.InfoContext(ctx, "acd: change feed broke off", "round", f.rounds, "error", cut.cause)
		if wait.For(ctx, policy.Backoff(fruitless)) != nil {
			return f.fail(ctx, r.resp, cut.cause)
		}
	}
}

func (f *feed) fail(ctx context.Context, resp *http.Response, err error) error {
	e := newError(ctx, opChanges, "", err)
	e.Attempts = f.rounds
	if resp != nil {
		e.StatusCode = resp.StatusCode
		e.RequestID = resp.Header.Get("x-amzn-RequestId")
		if resp.Request != nil {
			e.URL = location(opChanges, resp.Request.URL)
		}
	}
	return e
}

// round is one request and its stream.
type round struct {
	*feed
	resp     *http.Response
	began    bool // nodes of this stream were yielded
	advanced bool // the stream brought a complete set with nodes and a new checkpoint
	// sum is a hash of the nodes that the round brought. If two rounds have the same sum, they brought
	// the same nodes. Checkpoints are not part of the sum: they differ even then, because the service
	// puts the time into them.
	sum uint64
}

// sumSeed is the same for all rounds, so that their sums can be compared.
var sumSeed = maphash.MakeSeed()

// nodeState is what the sum of a round is computed from.
type nodeState struct {
	before  uint64
	id      string
	version int64
}

// run returns nil at the end of the feed, and a cutError if the stream broke off before that.
func (r *round) run(ctx context.Context) error {
	resp, _, err := r.client.send(ctx, r.opts.request(r.point, r.received), nil)
	r.rounds++
	if err != nil {
		return err
	}
	r.resp = resp
	defer resp.Body.Close()
	decoder := r.client.borrowDecoder()
	defer r.client.returnDecoder(decoder)
	body := bufio.NewReader(resp.Body)
	if beginsAsPage(body) {
		return r.fail(ctx, resp, fmt.Errorf("%w: %w", ErrUnauthorized, &transport.SignInError{}))
	}
	frames := newFrameReader(body, decoder)
	part := func(set *ChangeSet) error { return r.deliver(set, false) }
	for {
		set, err := frames.next(part)
		if err == nil {
			err = r.deliver(set, true)
		}
		if err != nil {
			return r.ending(ctx, err)
		}
		if set.End {
			return nil
		}
	}
}

// beginsAsPage reports whether the stream begins like an HTML page. It reads only as many bytes as it
// needs to decide.
func beginsAsPage(body *bufio.Reader) bool {
	start, _ := body.Peek(1)
	if len(start) > 0 && start[0] == '<' {
		start, _ = body.Peek(transport.PageStart)
	}
	return transport.IsPage(start)
}

// ending returns what run returns after err has ended the stream.
func (r *round) ending(ctx context.Context, err error) error {
	var bad *badValueError
	switch {
	case errors.Is(err, errStopped), errors.Is(err, errAgain):
		return err
	case ctx.Err() != nil:
		return r.fail(ctx, r.resp, nil)
	case errors.As(err, &bad) && (bad.final || r.badText == bad.Error()):
		return r.fail(ctx, r.resp, err)
	case errors.As(err, &bad):
		r.badText = bad.Error() // if the next round does not have the same fault, the text was damaged on its way
		return &cutError{err}
	case errors.Is(err, io.EOF):
		return &cutError{errors.New("no end marker")}
	}
	return &cutError{err}
}

// deliver yields a set, or a part of a set (whole is false).
func (r *round) deliver(set *ChangeSet, whole bool) error {
	if set.Failed() {
		set.Reset, set.End, set.Checkpoint = false, false, r.point
		if err := r.yieldSet(set); err != nil {
			return err
		}
		return &cutError{fmt.Errorf("a set with status %d", set.StatusCode)}
	}
	// A part may come before the field "reset" of its set. If the feed began without a checkpoint, the
	// set is a reset in any case.
	set.Reset = !r.reset && (set.Reset || !whole && r.point == "")
	if set.Reset {
		r.reset = true
		r.point = ""
		if r.began {
			if err := r.yieldSet(&ChangeSet{Reset: true, StatusCode: set.StatusCode}); err != nil {
				return err
			}
			return errAgain
		}
	}
	if whole && set.Checkpoint != "" {
		r.advanced = r.advanced || len(set.Nodes)+len(set.Unreadable) > 0 && set.Checkpoint != r.point
		r.point = set.Checkpoint
	}
	set.Checkpoint = r.point
	return r.yieldSet(set)
}

func (r *round) yieldSet(set *ChangeSet) error {
	for _, n := range set.Nodes {
		r.client.adopt(n)
		r.sum = maphash.Comparable(sumSeed, nodeState{r.sum, n.ID, n.Version})
	}
	for _, bad := range set.Unreadable {
		r.sum = maphash.Comparable(sumSeed, nodeState{before: r.sum, id: bad.ID})
	}
	r.unreadable.add(set.Unreadable)
	r.received += len(set.Nodes) + len(set.Unreadable)
	r.began = r.began || len(set.Nodes)+len(set.Unreadable) > 0
	if !r.yield(set, nil) {
		r.stopped = true
		return errStopped
	}
	return nil
}
