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

// feed is one range over the changes, which may take several streams.
type feed struct {
	client  *Client
	opts    ChangesOptions
	yield   func(*ChangeSet, error) bool
	stopped bool // by the caller

	point    string // where the feed goes on
	reset    bool   // one was handed out
	received int    // nodes handed out
	rounds   int
	badText  string // what could not be read in the last round, if that was what ended it
	// unreadable are nodes that could not be read. The feed goes on, and says so at its end.
	unreadable unreadableNodes
}

var (
	errStopped = errors.New("the caller has seen enough")
	errAgain   = errors.New("the feed starts over")
)

// cutError is a stream that ended before its end.
type cutError struct{ cause error }

func (e *cutError) Error() string { return e.cause.Error() }
func (e *cutError) Unwrap() error { return e.cause }

func (f *feed) run(ctx context.Context) error {
	var last uint64 // what the round before brought
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

// round is one stream.
type round struct {
	*feed
	resp     *http.Response
	began    bool // nodes of this stream were handed out
	advanced bool // a whole set with nodes and a new checkpoint came
	// sum is a hash of the nodes that the round brought. Two rounds with the same sum brought the same; their
	// checkpoints differ all the same, since the service puts the time into them.
	sum uint64
}

// sumSeed is the same in all rounds.
var sumSeed = maphash.MakeSeed()

// nodeState is what goes into a round's sum.
type nodeState struct {
	before  uint64
	id      string
	version int64
}

// run returns nil at the feed's end and a cutError before it.
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

// beginsAsPage looks at the beginning of a stream, without waiting for more of it than it takes to tell.
func beginsAsPage(body *bufio.Reader) bool {
	start, _ := body.Peek(1)
	if len(start) > 0 && start[0] == '<' {
		start, _ = body.Peek(transport.PageStart)
	}
	return transport.IsPage(start)
}

// ending is what err, which ended the stream, means for the feed.
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
		r.badText = bad.Error() // if the next round does not bring it again, it was damaged on the way
		return &cutError{err}
	case errors.Is(err, io.EOF):
		return &cutError{errors.New("no end marker")}
	}
	return &cutError{err}
}

// deliver hands out a set, or a part of one that is not whole.
func (r *round) deliver(set *ChangeSet, whole bool) error {
	if set.Failed() {
		set.Reset, set.End, set.Checkpoint = false, false, r.point
		if err := r.yieldSet(set); err != nil {
			return err
		}
		return &cutError{fmt.Errorf("a set with status %d", set.StatusCode)}
	}
	// A part may come before the set says that it is a reset. If the feed was asked for without a checkpoint, it
	// is a reset in any case.
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
