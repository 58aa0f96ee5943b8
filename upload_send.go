package acd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"path"
	"time"

	"github.com/acd-sdk/acd/internal/multipart"
	"github.com/acd-sdk/acd/internal/pump"
	"github.com/acd-sdk/acd/internal/source"
	"github.com/acd-sdk/acd/internal/transport"
	"github.com/acd-sdk/acd/internal/wait"
)

// upload is one upload on its way.
type upload struct {
	client *Client
	op     transport.Op
	opts   uploadOptions
	src    *source.Source
	meter  *meter

	parentID  string
	name, raw string
	localID   string
	resumable bool
	// ids is how many ids the service did not take; sessionNode is the node that it will make of the bytes that it has.
	ids         int
	sessionNode string

	sent     sentContent // of the last attempt that handed over everything
	known    digest      // of a resumable upload, read beforehand
	reread   bool        // sent's digest is of the source as it was when it was read again
	firstTry time.Time
	attempts int
	lost     bool // an attempt may have taken effect
	// conflictID is the node that the service named when it refused the last attempt.
	conflictID string
	end        func()
}

func (s *ContentService) newUpload(ctx context.Context, op transport.Op, name string, src io.Reader, opts []UploadOption) (*upload, error) {
	fail := func(err error) (*upload, error) {
		return nil, &Error{Op: op.Name, Target: name, Method: op.Method, Err: err}
	}
	u := &upload{client: s.client, op: op, name: name, opts: uploadOptions{size: source.Unknown}}
	for _, opt := range opts {
		if err := opt.applyUpload(&u.opts); err != nil {
			return fail(fmt.Errorf("%w: %w", ErrInvalid, err))
		}
	}
	if src == nil && u.opts.reopen == nil {
		return fail(fmt.Errorf("%w: there is no source", ErrInvalid))
	}
	var err error
	if u.src, err = source.New(ctx, src, u.opts.size, u.opts.reopen); err != nil {
		return fail(err)
	}
	size, most := u.src.Size, s.client.cfg.maxUploadSize
	if most > 0 && size > most {
		u.src.Close()
		return fail(fmt.Errorf("%w: %d bytes, and WithMaxUploadSize allows %d", ErrTooLarge, size, most))
	}
	if size > largestKnownUpload {
		s.client.cfg.log.Warn("acd: the service is known to fail uploads above 50,000 MiB at their end",
			slog.String("name", name), slog.Int64("bytes", size))
	}
	u.localID = u.opts.localID
	u.meter = newMeter(u.opts.progress, size)
	u.end = s.client.active.begin(s.client)
	return u, nil
}

// close ends the upload. The source is then not read any more, but for a Read that blocks.
func (u *upload) close() {
	u.src.Close()
	u.end()
	u.meter.finish()
}

// create uploads a new file, and does what the policy says when the name is taken.
func (u *upload) create(ctx context.Context) (*Node, error) {
	if n, done, err := u.lookFirst(ctx); done {
		return n, err
	}
	if err := u.prepareResume(ctx); err != nil {
		return nil, err
	}
	for {
		n, err := u.sendNew(ctx)
		e, ok := errors.AsType[*Error](err)
		if ok && errors.Is(err, ErrExists) && e.Code != codeDuplicate && u.renewID(ctx, e) {
			continue
		}
		if !ok || !errors.Is(err, ErrExists) || u.opts.ifExists == FailIfExists || e.Code == codeDuplicate {
			return n, err
		}
		n, done, err := u.onConflict(ctx, e)
		if done {
			return n, err
		}
		u.deriveID("")
	}
}

// codeDuplicate is the service's word for content that it has elsewhere.
const codeDuplicate = "MD5_DUPLICATE"

func (u *upload) createRequest() (request, error) {
	query := url.Values{}
	if !u.opts.deduplicate {
		query.Set("suppress", "deduplication")
	}
	if u.localID != "" {
		query.Set("localId", u.localID)
	}
	meta := newNode{Name: u.raw, Kind: KindFile, Parents: []string{u.parentID}, Labels: u.opts.labels, Properties: u.opts.properties}
	if u.resumable {
		meta.Size, meta.MD5 = &u.known.size, u.known.md5
	}
	return u.request(meta, request{query: query, target: u.name})
}

func (u *upload) overwriteRequest(n *Node) (request, error) {
	return u.request(nil, request{args: []string{n.ID}, target: u.name})
}

// request makes one attempt's request around the content.
func (u *upload) request(metadata any, r request) (request, error) {
	mimeType := u.opts.contentType
	if mimeType == "" {
		mimeType = mime.TypeByExtension(path.Ext(u.name))
	}
	form, err := multipart.New(metadata, mimeType)
	if err != nil {
		return r, u.fail(fmt.Errorf("%w: %w", ErrInvalid, err))
	}
	r.op, r.base = u.op, content
	r.body = &transport.Body{
		Size: form.Size(u.src.Size),
		Type: form.ContentType,
		Open: func(ctx context.Context) (io.ReadCloser, error) {
			u.sent.reset()
			u.meter.restart(PhaseSending)
			rc, err := u.open(ctx, 0)
			if err != nil {
				return nil, err
			}
			return form.Wrap(rc), nil
		},
	}
	return r, nil
}

// open opens the source for one attempt, with the hash beside it.
func (u *upload) open(ctx context.Context, off int64) (io.ReadCloser, error) {
	rc, err := u.src.Open(ctx, off)
	if err != nil {
		return nil, notReplayable(err)
	}
	content := &sending{ReadCloser: rc, meter: u.meter}
	if off > 0 {
		u.meter.add(off)
		return content, nil // the digest of a part says nothing
	}
	u.reread = false
	content.sent = &u.sent
	if u.hashes() {
		content.hash = pump.NewHash()
	}
	return content, nil
}

func notReplayable(err error) error {
	if errors.Is(err, source.ErrSpent) {
		return fmt.Errorf("%w (see WithReopen)", ErrNotReplayable)
	}
	return err
}

// transfer sends until there is an answer. After an answer that was lost it asks find
// whether the file is there, and sends again only if it is not.
func (u *upload) transfer(ctx context.Context, next func() (request, error), find finder) (*Node, error) {
	if u.firstTry.IsZero() {
		u.firstTry = time.Now()
	}
	for round := 1; ; round++ {
		r, err := next()
		if err != nil {
			return nil, err
		}
		n, record, err := callRecord[Node](ctx, u.client, r)
		u.attempts += record.Attempts
		if err == nil {
			return u.verify(ctx, u.client.adopt(n))
		}
		u.count(err)
		if !record.Lost && !(u.lost && errors.Is(err, ErrExists)) {
			return nil, err
		}
		u.lost = u.lost || record.Lost
		whole := r.body.Complete()
		if sent := u.sent.get(); sent != nil && u.resumable && *sent != u.known {
			return nil, u.fail(fmt.Errorf("%w: the source is not what was read beforehand", ErrChanged))
		}
		if u.resumable && !whole {
			if n, err := u.resume(ctx); n != nil || err != nil {
				return n, err
			}
		}
		n, lookErr := u.look(ctx, find, whole)
		if n != nil {
			return u.verify(ctx, n)
		}
		if !errors.Is(lookErr, errAbsent) {
			return nil, u.undecided(err, lookErr)
		}
		if err := u.mayRepeat(round, whole, err); err != nil {
			return nil, err
		}
		if waitErr := wait.For(ctx, u.client.retry.Policy.Backoff(round)); waitErr != nil {
			return nil, u.fail(errors.Join(waitErr, err))
		}
	}
}

// mostBlocked is how many times a resumable upload is sent whole to a service that answers 408 at its
// end. That is also what it answers while it keeps an upload of other content under the same name,
// whose id nobody knows any more: to send the whole ten times would help nobody.
const mostBlocked = 3

func statusOf(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.StatusCode
	}
	return 0
}

// mayRepeat returns how an upload ends that is not on the drive, or nil if the
// whole of it may be sent again.
func (u *upload) mayRepeat(round int, whole bool, cause error) error {
	switch {
	case whole && u.client.cfg.uploadWaitPerGiB == 0:
		return u.undecided(cause, nil)
	case whole && u.resumable && round >= mostBlocked && statusOf(cause) == http.StatusRequestTimeout:
		return fmt.Errorf("%w (another upload of this name that was not finished may be in its way until the service forgets it)", cause)
	case whole && !u.src.Rewindable:
		return u.undecided(cause, ErrNotReplayable)
	case !u.src.Rewindable:
		return u.fail(joinDistinct(ErrNotReplayable, cause))
	case round >= u.client.retry.Policy.MaxAttempts:
		return cause
	}
	return nil
}

// count puts the attempts of all rounds into err, and remembers the conflict it names.
func (u *upload) count(err error) {
	u.conflictID = ""
	if e, ok := errors.AsType[*Error](err); ok && e.Op == u.op.Name {
		e.Attempts = u.attempts
		u.conflictID = e.ConflictID
	}
}

func (u *upload) fail(err error) error {
	return &Error{Op: u.op.Name, Target: u.name, Method: u.op.Method, Attempts: u.attempts, Err: err}
}

// undecided is the end of an upload that may have taken effect.
func (u *upload) undecided(cause, lookErr error) error {
	if lookErr == nil || errors.Is(cause, lookErr) {
		return unknownOutcome(cause)
	}
	if errors.Is(lookErr, ErrExists) {
		return lookErr
	}
	return unknownOutcome(errors.Join(lookErr, cause))
}

// verify compares what the service says it stored with what was sent, once it
// has finished with it.
func (u *upload) verify(ctx context.Context, n *Node) (*Node, error) {
	if _, whole := u.sent.size(); !whole {
		return n, u.fail(fmt.Errorf("%w: node %s was answered for before its content was sent whole", ErrChecksum, n.ID))
	}
	if u.opts.unverified {
		return n, nil
	}
	n, err := u.settled(ctx, n)
	if err != nil {
		return n, err
	}
	sent := u.sent.get()
	if n.Size() != sent.size || n.MD5() != sent.md5 {
		return n, u.fail(fmt.Errorf("%w: sent %d bytes with MD5 %s, node %s has %d with %s",
			ErrChecksum, sent.size, sent.md5, n.ID, n.Size(), n.MD5()))
	}
	return n, nil
}

// overwrite replaces n's content.
func (u *upload) overwrite(ctx context.Context, n *Node) (*Node, error) {
	u.name = n.Name
	return u.transfer(ctx,
		func() (request, error) { return u.overwriteRequest(n) },
		func(ctx context.Context) (*Node, error) { return u.findOverwritten(ctx, n) })
}

// settled waits until the service has finished with a node.
func (u *upload) settled(ctx context.Context, n *Node) (*Node, error) {
	if n.Status != StatusPending && n.MD5() != "" {
		return n, nil
	}
	id := n.ID
	settled, err := u.look(ctx, func(ctx context.Context) (*Node, error) {
		n, err := u.client.Nodes.Get(ctx, id)
		if err == nil && (n.Status == StatusPending || n.MD5() == "") {
			return nil, errNotYet
		}
		return n, err
	}, true)
	if err != nil {
		return n, u.fail(fmt.Errorf("%w: node %s: %w", ErrOutcomeUnknown, id, err))
	}
	return settled, nil
}
