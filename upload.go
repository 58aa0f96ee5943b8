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
	"github.com/acd-sdk/acd/internal/source"
	"github.com/acd-sdk/acd/internal/transport"
)

// ContentService moves the bytes of files. Its uploads and downloads are
// checked by size and MD5 unless the caller says no.
type ContentService struct{ client *Client }

var (
	opUpload    = transport.Op{Name: "Content.Upload", Method: http.MethodPost, Path: "nodes"}
	opOverwrite = transport.Op{Name: "Content.Overwrite", Method: http.MethodPut, Path: "nodes/{id}/content"}
)

const (
	// The service fails larger uploads, with a 500 at their end. The figure is
	// rclone's, found by trying.
	largestKnownUpload = 50_000 << 20
	// A name that is taken is refused only when the whole body has arrived: from
	// this size on a look beforehand is worth its request.
	lookFirstSize = 16 << 20
)

// Upload makes a file of that name in a folder (the root if parentID is empty), with the content of src. It
// streams: memory does not grow with the size.
//
// The length is sent exactly if it is known: of a regular file (from where it
// stands), a reader that seeks, one with a Len method, or by [WithSize]. An
// attempt is repeated if src can be read again: an [io.ReaderAt], an [io.Seeker], or
// anything with [WithReopen]; else the failure is [ErrNotReplayable]. src is
// not closed.
//
// If an answer is lost the folder is looked at before anything is sent again,
// and after a whole body waited for (see [WithUploadWaitPerGiB]): a file of this name, size
// and MD5 that is not older than the call is its result. What cannot be
// decided is [ErrOutcomeUnknown].
//
// A name that is taken is [ErrExists], with the id of the node that has it, unless
// [IfExists] says otherwise. Content that arrived differently is [ErrChecksum];
// the node is then returned too.
func (s *ContentService) Upload(ctx context.Context, parentID, name string, src io.Reader, opts ...UploadOption) (*Node, error) {
	u, err := s.newUpload(opUpload, name, src, opts)
	if err != nil {
		return nil, err
	}
	defer u.close()
	if parentID == "" {
		root, err := s.client.Nodes.Root(ctx)
		if err != nil {
			return nil, err
		}
		parentID = root.ID
	}
	u.parentID, u.raw = parentID, s.client.cfg.encoding.Encode(name)
	if err := checkName(u.op, u.raw, name); err != nil {
		return nil, err
	}
	n, err := u.create(ctx)
	if err != nil {
		return n, err
	}
	return n, s.client.Nodes.waitVisible(ctx, u.opts.writeOptions, n, place{folderID: parentID, raw: n.RawName})
}

// Overwrite replaces the content of a file. The node that is given, its version
// above all, is the base: if the answer is lost, only a newer version with the
// new MD5 is taken for the result. See [ContentService.Upload] for src, retries and errors.
func (s *ContentService) Overwrite(ctx context.Context, n *Node, src io.Reader, opts ...UploadOption) (*Node, error) {
	u, err := s.newUpload(opOverwrite, n.Name, src, opts)
	if err != nil {
		return nil, err
	}
	defer u.close()
	return u.overwrite(ctx, n)
}

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

	sent     sentContent // of the last attempt that handed over everything
	known    digest      // of a resumable upload, read beforehand
	firstTry time.Time
	attempts int
	lost     bool // an attempt may have taken effect
	// conflictID is the node that the service named when it refused the last attempt.
	conflictID string
	end        func()
}

func (s *ContentService) newUpload(op transport.Op, name string, src io.Reader, opts []UploadOption) (*upload, error) {
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
	if u.src, err = source.New(src, u.opts.size, u.opts.reopen); err != nil {
		return fail(err)
	}
	size, most := u.src.Size, s.client.cfg.maxUploadSize
	if most > 0 && size > most {
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

func (u *upload) close() {
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
		n, err := u.transfer(ctx, u.createRequest, u.findCreated)
		e, ok := errors.AsType[*Error](err)
		if !ok || !errors.Is(err, ErrExists) || u.opts.ifExists == FailIfExists || e.Code == codeDuplicate {
			return n, err
		}
		n, done, err := u.onConflict(ctx, e)
		if done {
			return n, err
		}
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
	if errors.Is(err, source.ErrSpent) {
		return nil, fmt.Errorf("%w (see WithReopen)", ErrNotReplayable)
	}
	if err != nil {
		return nil, err
	}
	if off > 0 {
		u.meter.add(off)
		return newHashing(rc, new(sentContent), u.meter), nil // the sum of a part says nothing
	}
	return newHashing(rc, &u.sent, u.meter), nil
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
		if sent, ok := u.sent.get(); ok && u.resumable && sent != u.known {
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
		if waitErr := sleep(ctx, u.client.retry.Policy.Backoff(round)); waitErr != nil {
			return nil, u.fail(errors.Join(waitErr, err))
		}
	}
}

// mayRepeat returns how an upload ends that is not on the drive, or nil if the
// whole of it may be sent again.
func (u *upload) mayRepeat(round int, whole bool, cause error) error {
	switch {
	case whole && u.client.cfg.uploadWaitPerGiB == 0:
		return u.undecided(cause, nil)
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
	sent, whole := u.sent.get()
	if !whole {
		return n, u.fail(fmt.Errorf("%w: node %s was answered for before its content was sent whole", ErrChecksum, n.ID))
	}
	if u.opts.unverified {
		return n, nil
	}
	n, err := u.settled(ctx, n)
	if err != nil {
		return n, err
	}
	if n.Size() != sent.size || n.MD5() != sent.md5 {
		return n, u.fail(fmt.Errorf("%w: sent %d bytes with MD5 %s, node %s has %d with %s",
			ErrChecksum, sent.size, sent.md5, n.ID, n.Size(), n.MD5()))
	}
	return n, nil
}
