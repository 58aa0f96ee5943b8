package acd

import (
	"cmp"
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

// upload is the state of one upload in progress.
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
	// ids counts the ids that the service refused. sessionNode is the id of the node that the
	// service will create from the bytes that it has received.
	ids         int
	sessionNode string

	sent     sentContent // the last attempt that sent everything
	known    digest      // set for a resumable upload: the digest of the source, read before sending
	reread   bool        // the digest in sent was computed by reading the source again, after it was sent
	firstTry time.Time
	attempts int
	lost     bool // an attempt may have taken effect although its response was lost
	// conflictID is the id of the node that the service named when it refused the last attempt.
	conflictID string
	end        func()
}

func (s *ContentService) newUpload(ctx context.Context, op transport.Op, name string, src io.Reader, o uploadOptions) (*upload, error) {
	if src == nil && o.reopen == nil {
		return nil, invalid(ctx, op, name, "there is no source")
	}
	u := &upload{client: s.client, op: op, name: name, opts: o, localID: o.localID}
	var err error
	if u.src, err = source.New(ctx, src, o.size, o.reopen); err != nil {
		return nil, u.fail(ctx, err)
	}
	size, most := u.src.Size, s.client.cfg.maxUploadSize
	if most > 0 && size > most {
		u.src.Close()
		return nil, u.fail(ctx, fmt.Errorf("%w: %d bytes, and WithMaxUploadSize allows %d", ErrTooLarge, size, most))
	}
	if size > largestKnownUpload {
		s.client.cfg.log.Warn("acd: the service is known to fail uploads above 50,000 MiB at their end",
			slog.String("name", name), slog.Int64("bytes", size))
	}
	u.meter = newMeter(o.progress, size)
	u.end = s.client.active.begin(s.client)
	return u, nil
}

// identity describes the node that a new upload creates.
func (u *upload) identity() identity {
	return identity{kind: KindFile, folderID: u.parentID, raw: u.raw}
}

// close ends the upload. The source is not read any more then, except by a Read that blocks.
func (u *upload) close() {
	u.src.Close()
	u.end()
	u.meter.finish()
}

// mostNames is how often the content is sent under yet another name after the service said that the
// name is taken: another program may take each free name just before.
const mostNames = 5

// create uploads a new file. If the name is taken, it does what the policy says.
func (u *upload) create(ctx context.Context) (*Node, error) {
	if n, done, err := u.lookFirst(ctx); done || err != nil {
		return n, err
	}
	if err := u.prepareResume(ctx); err != nil {
		return nil, err
	}
	var conflict *Error // the last refusal of a name
	for try := 1; ; try++ {
		n, err := u.sendUnderFreeID(ctx)
		refusal := nameConflict(err)
		switch {
		case err == nil && u.isPlain():
			n, err = u.describe(ctx, n)
			return n, err
		case err == nil:
			return n, nil
		case refusal == nil:
			return u.afterMismatch(ctx, n, u.afterConflict(ctx, conflict, err))
		case u.opts.ifExists == FailIfExists, try == mostNames, ctx.Err() != nil:
			return n, err
		}
		conflict = refusal
		n, done, err := u.onConflict(ctx, conflict)
		if done || err != nil {
			return n, u.afterConflict(ctx, conflict, err)
		}
		u.deriveID("")
		if wait.For(ctx, u.client.retry.Policy.Backoff(try)) != nil {
			return nil, u.fail(ctx, conflict)
		}
	}
}

// sendUnderFreeID sends a new file. As long as the service refuses its id, it sends the file again
// under another id.
func (u *upload) sendUnderFreeID(ctx context.Context) (*Node, error) {
	for {
		n, err := u.sendNew(ctx)
		if refusal := nameConflict(err); refusal == nil || !u.renewID(ctx, refusal) {
			return n, err
		}
	}
}

// nameConflict returns err if it is a refusal of a name or of an upload's id, and nil if it is
// anything else.
func nameConflict(err error) *Error {
	e, ok := errors.AsType[*Error](err)
	if !ok || !errors.Is(err, ErrExists) || isDuplicate(e) {
		return nil
	}
	return e
}

// afterConflict returns the refusal of the name together with [ErrNotReplayable], if the source
// could not be read again for what the policy asks. Otherwise it returns err.
func (u *upload) afterConflict(ctx context.Context, conflict *Error, err error) error {
	if conflict == nil || !errors.Is(err, ErrNotReplayable) || errors.Is(err, ErrExists) {
		return err
	}
	kept := *conflict
	kept.Err = withEnd(ctx, joinCauses(conflict.Err, fmt.Errorf("%w (see WithReopen)", ErrNotReplayable)))
	return &kept
}

// afterMismatch moves a new node to the trash if its content differs from what was sent and the
// caller asked for that.
func (u *upload) afterMismatch(ctx context.Context, n *Node, err error) (*Node, error) {
	if !u.opts.removeOnMismatch || n == nil || !errors.Is(err, ErrChecksum) {
		return n, err
	}
	trashed, trashErr := u.client.Nodes.Trash(ctx, n.ID)
	if trashErr != nil {
		return n, amend(ctx, u.op, u.name, err, func(cause error) error { return joinCauses(cause, fmt.Errorf("and removing it failed: %w", trashErr)) })
	}
	return trashed, err
}

// isDuplicate reports whether an upload was refused because another node of the drive has the same
// content. The classic service and that of Amazon Photos use different error codes.
func isDuplicate(e *Error) bool {
	return e.Code == "MD5_DUPLICATE" || e.Code == "DuplicatesConflictError"
}

func (u *upload) createRequest(ctx context.Context) (request, error) {
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
	if u.isPlain() {
		query.Set("name", u.raw)
		query.Set("kind", string(KindFile))
		query.Set("parentNodeId", u.parentID)
	}
	return u.request(ctx, meta, request{query: query, target: u.name})
}

// isPlain reports whether the request body is only the content of a new file, and the query
// describes the file. The Photos page uploads like this, and nothing else is known to work with the
// cookies of a session. What the query has no parameter for is set afterwards: see describe.
func (u *upload) isPlain() bool { return u.client.cfg.photos.hasSite() }

func (u *upload) overwriteRequest(ctx context.Context, n *Node) (request, error) {
	return u.request(ctx, nil, request{args: []string{n.ID}, target: u.name})
}

// request completes r, the request of one attempt, with a body that sends the content.
func (u *upload) request(ctx context.Context, metadata any, r request) (request, error) {
	mimeType := u.opts.contentType
	if mimeType == "" {
		mimeType = mime.TypeByExtension(path.Ext(u.name))
	}
	r.op, r.base = u.op, BaseContent
	open := func(ctx context.Context) (io.ReadCloser, error) {
		u.sent.reset()
		u.meter.restart(PhaseSending)
		return u.open(ctx, 0)
	}
	if metadata != nil && u.isPlain() {
		r.body = &transport.Body{Size: u.src.Size, Type: cmp.Or(mimeType, "application/octet-stream"), Open: open}
		return r, nil
	}
	form, err := multipart.New(metadata, mimeType)
	if err != nil {
		return r, u.fail(ctx, fmt.Errorf("%w: %w", ErrInvalid, err))
	}
	r.body = &transport.Body{Size: form.Size(u.src.Size), Type: form.ContentType, Open: func(ctx context.Context) (io.ReadCloser, error) {
		rc, err := open(ctx)
		if err != nil {
			return nil, err
		}
		return form.Wrap(rc), nil
	}}
	return r, nil
}

// open opens the source for one attempt, and hashes it while it is read if necessary.
func (u *upload) open(ctx context.Context, off int64) (io.ReadCloser, error) {
	rc, err := u.src.Open(ctx, off)
	if err != nil {
		return nil, notReplayable(err)
	}
	content := &sending{ReadCloser: rc, total: u.src.Size, meter: u.meter}
	if off > 0 {
		u.meter.add(off)
		return content, nil // do not record it: the digest of a part is of no use
	}
	u.reread = false
	content.sent = &u.sent
	if u.hashes() {
		content.hash = pump.NewHash()
	}
	if content.total == 0 {
		content.ended() // an empty body is never read
	}
	return content, nil
}

func notReplayable(err error) error {
	if errors.Is(err, source.ErrSpent) {
		return fmt.Errorf("%w (see WithReopen)", ErrNotReplayable)
	}
	return err
}

// transfer sends until a response decides the outcome. After a lost response it calls find to see
// whether the file is there, and sends again only if the file is not there.
func (u *upload) transfer(ctx context.Context, next func(context.Context) (request, error), confirm func(context.Context, *Node) (*Node, error), find finder) (*Node, error) {
	if u.firstTry.IsZero() {
		u.firstTry = time.Now()
	}
	for round := 1; ; round++ {
		r, err := next(ctx)
		if err != nil {
			return nil, err
		}
		n, record, err := callRecord[Node](ctx, u.client, r)
		u.attempts += record.Attempts
		if err == nil {
			return u.accept(ctx, u.client.adopt(n), confirm)
		}
		u.count(err)
		if !record.Lost && !(u.lost && errors.Is(err, ErrExists)) {
			return nil, err
		}
		u.lost = u.lost || record.Lost
		n, done, err := u.afterLoss(ctx, find, r.body.Complete(), err)
		if done {
			return n, err
		}
		if err := u.mayRepeat(ctx, round, r.body.Complete(), err); err != nil {
			return nil, err
		}
		if wait.For(ctx, u.client.retry.Policy.Backoff(round)) != nil {
			return nil, u.undecided(ctx, err, nil)
		}
	}
}

// accept checks the node of a successful response. If the node cannot be the result of this upload,
// or if its content differs from what was sent, accept returns the node and an error.
func (u *upload) accept(ctx context.Context, n *Node, confirm func(context.Context, *Node) (*Node, error)) (*Node, error) {
	if _, whole := u.sent.size(); !whole {
		return n, u.fail(ctx, fmt.Errorf("%w: node %s was answered for before its content was sent whole", ErrChecksum, n.ID))
	}
	n, err := confirm(ctx, n)
	if err != nil {
		return n, unknownOutcome(ctx, u.op, u.name, err)
	}
	return u.verify(ctx, n)
}

// afterLoss looks for the file after cause, an error that means that the response was lost. If done
// is false, the file is not there. whole says whether the whole body was sent.
func (u *upload) afterLoss(ctx context.Context, find finder, whole bool, cause error) (n *Node, done bool, err error) {
	if ctx.Err() != nil {
		return nil, true, u.undecided(ctx, cause, nil)
	}
	if sent := u.sent.get(); sent != nil && u.resumable && *sent != u.known {
		return nil, true, u.fail(ctx, fmt.Errorf("%w: the source is not what was read beforehand", ErrChanged))
	}
	if u.resumable && !whole {
		if n, err := u.resume(ctx); n != nil || err != nil {
			return n, true, err
		}
	}
	n, lookErr := u.look(ctx, find, whole)
	if n != nil {
		n, err := u.verify(ctx, n)
		return n, true, err
	}
	if !errors.Is(lookErr, errAbsent) {
		return nil, true, u.undecided(ctx, cause, lookErr)
	}
	return nil, false, cause
}

// mostBlocked is how many times the whole content of a resumable upload is sent to a service that
// answers 408 at the end. The service also answers 408 while it keeps an unfinished upload of other
// content under the same name. Nobody knows the id of that upload any more, and sending the content
// ten times would not help.
const mostBlocked = 3

func statusOf(err error) int {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.StatusCode
	}
	return 0
}

// mayRepeat returns nil if the whole content may be sent again, after find did not find it on the
// drive. Otherwise it returns the error with which the upload ends.
func (u *upload) mayRepeat(ctx context.Context, round int, whole bool, cause error) error {
	switch {
	case whole && u.client.cfg.uploadWaitPerGiB == 0:
		return u.undecided(ctx, cause, nil)
	case whole && u.resumable && round >= mostBlocked && statusOf(cause) == http.StatusRequestTimeout:
		return amend(ctx, u.op, u.name, cause, func(cause error) error {
			return fmt.Errorf("%w (another upload of this name that was not finished may be in its way until the service forgets it)", cause)
		})
	case whole && !u.src.Rewindable:
		return u.undecided(ctx, cause, ErrNotReplayable)
	case !u.src.Rewindable:
		return amend(ctx, u.op, u.name, cause, func(cause error) error { return joinCauses(ErrNotReplayable, cause) })
	case round >= u.client.retry.Policy.MaxAttempts:
		return cause
	}
	return nil
}

// count sets err's Attempts to the attempts of all rounds, and remembers the conflicting node that
// err names.
func (u *upload) count(err error) {
	u.conflictID = ""
	if e, ok := errors.AsType[*Error](err); ok && e.Op == u.op.Name {
		e.Attempts = u.attempts
		u.conflictID = e.ConflictID
	}
}

// fail returns the error of an upload for a reason that does not come from a response.
func (u *upload) fail(ctx context.Context, err error) *Error {
	e := newError(ctx, u.op, u.name, err)
	e.Attempts = u.attempts
	return e
}

// exists returns the error for an upload if node id already has its name. stranger, if not nil, says
// more about that node.
func (u *upload) exists(ctx context.Context, id string, stranger error) *Error {
	e := u.fail(ctx, joinCauses(ErrExists, stranger))
	e.ConflictID = id
	return e
}

// undecided returns the error of an upload that may have taken effect.
func (u *upload) undecided(ctx context.Context, cause, lookErr error) error {
	if lookErr == nil || errors.Is(cause, lookErr) {
		return unknownOutcome(ctx, u.op, u.name, cause)
	}
	if errors.Is(lookErr, ErrExists) {
		return lookErr
	}
	return amend(ctx, u.op, u.name, cause, func(cause error) error {
		return joinCauses(fmt.Errorf("%w: %w", ErrOutcomeUnknown, lookErr), cause)
	})
}

// verify compares the size and MD5 that the service stored with what was sent, after the service
// has finished processing the node.
func (u *upload) verify(ctx context.Context, n *Node) (*Node, error) {
	if u.opts.unverified {
		return n, nil
	}
	n, err := u.settled(ctx, n)
	if err != nil {
		return n, err
	}
	sent := u.sent.get()
	if n.Size() != sent.size || n.MD5() != sent.md5 {
		return n, u.fail(ctx, fmt.Errorf("%w: sent %d bytes with MD5 %s, node %s has %d with %s",
			ErrChecksum, sent.size, sent.md5, n.ID, n.Size(), n.MD5()))
	}
	return n, nil
}

// overwrite replaces n's content.
func (u *upload) overwrite(ctx context.Context, n *Node) (*Node, error) {
	u.name = n.Name
	return u.transfer(ctx,
		func(ctx context.Context) (request, error) { return u.overwriteRequest(ctx, n) },
		func(ctx context.Context, now *Node) (*Node, error) { return u.confirmOverwritten(now, n) },
		func(ctx context.Context) (*Node, error) { return u.findOverwritten(ctx, n) })
}

// confirmOverwritten returns an error if the response is about another node, or about a node that
// is now in the trash or purged.
func (u *upload) confirmOverwritten(now, base *Node) (*Node, error) {
	if now.ID != base.ID || now.Status == StatusTrash || now.Status == StatusPurged {
		return now, fmt.Errorf("%w: the service answers about node %s (%s), not about node %s", ErrChanged, now.ID, now.Status, base.ID)
	}
	return now, nil
}

// confirmCreated returns an error if the node of the response cannot be the result of this upload.
func (u *upload) confirmCreated(ctx context.Context, n *Node) (*Node, error) {
	want := u.identity()
	want.since = u.client.clocks.earliest(u.firstTry)
	return u.client.Nodes.confirm(ctx, n, want)
}

// settled waits until the service has finished processing a node.
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
		return n, u.fail(ctx, fmt.Errorf("%w: node %s: %w", ErrOutcomeUnknown, id, err))
	}
	return settled, nil
}
