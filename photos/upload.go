package photos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"time"

	"github.com/acd-sdk/acd"
)

// An UploadOption changes one upload.
type UploadOption func(*uploadOptions) error

type uploadOptions struct {
	folderID       string
	contentDate    time.Time
	contentType    string
	multipartAbove int64
}

// WithFolder uploads into that folder. The default is /Pictures/Web, where the Photos page puts its
// uploads.
func WithFolder(id string) UploadOption {
	return func(o *uploadOptions) error { o.folderID = id; return nil }
}

// WithContentDate says when the photo was taken, as local time at that place (see [CaptureTime]).
// It is needed for files that contain no date, such as scans: otherwise the service dates them
// today. A date inside the picture takes precedence.
func WithContentDate(t time.Time) UploadOption {
	return func(o *uploadOptions) error { o.contentDate = asWallClock(t); return nil }
}

// WithContentType sets the type of the content. The default is the type that the name's extension
// stands for.
func WithContentType(mimeType string) UploadOption {
	return func(o *uploadOptions) error { o.contentType = mimeType; return nil }
}

// WithMultipartAbove uploads files that have more than that many bytes in parts. The default is 4.5
// GB. This is the limit in an exporter that Amazon's engineers reviewed. It is said that larger
// files fail in one request.
func WithMultipartAbove(bytes int64) UploadOption {
	return func(o *uploadOptions) error {
		if bytes < 1 {
			return fmt.Errorf("WithMultipartAbove: %d is not positive", bytes)
		}
		o.multipartAbove = bytes
		return nil
	}
}

const (
	opUpload              = "Library.Upload"
	defaultMultipartAbove = 4_500_000_000
	// webFolder is where the Photos page puts its uploads.
	webFolder = "Pictures/Web"
)

// Upload adds a photo or a video to the library. If the account already has the same content, under
// any name, nothing is added: the error is [acd.ErrExists], and [acd.Error.ConflictID] is the id of
// the node that has the content. If other content has the name already, the service adds a number
// to the name.
//
// A source that can be read twice (a file, a [bytes.Reader]) is hashed first, and the service
// verifies it. Any other source is streamed once, and then compared with what the service says
// about it. If a response is lost, Upload looks for the content before it sends it again.
// [acd.ErrOutcomeUnknown] means that Upload could not find out whether the content was stored.
func (l *Library) Upload(ctx context.Context, name string, src io.Reader, opts ...UploadOption) (*acd.Node, error) {
	o := uploadOptions{multipartAbove: defaultMultipartAbove, contentType: mime.TypeByExtension(path.Ext(name))}
	for _, opt := range opts {
		if err := opt(&o); err != nil {
			return nil, invalid(opUpload, err)
		}
	}
	if name == "" {
		return nil, invalid(opUpload, errors.New("the name is empty"))
	}
	if o.contentType == "" {
		o.contentType = "application/octet-stream"
	}
	u := &upload{library: l, name: name, options: o}
	var err error
	if u.content, err = newContent(ctx, src); err != nil {
		return nil, u.fail(err)
	}
	if u.options.folderID == "" {
		folder, err := l.drive.Nodes.MkdirAll(ctx, acd.RootID, webFolder)
		if err != nil {
			return nil, err
		}
		u.options.folderID = folder.ID
	}
	return u.run(ctx)
}

// upload is one upload.
type upload struct {
	library *Library
	name    string
	options uploadOptions
	content *content
	began   time.Time
}

func (u *upload) fail(err error) error {
	return &acd.Error{Op: opUpload, Target: u.name, Err: err}
}

// mostSends is how often a content is sent if the responses are lost and the content is not found
// afterwards.
const mostSends = 4

func (u *upload) run(ctx context.Context) (*acd.Node, error) {
	u.began = time.Now()
	for try := 1; ; try++ {
		n, err := u.send(ctx)
		switch {
		case err == nil:
			return n, u.verify(n)
		case errors.Is(err, acd.ErrExists) && try > 1:
			if ours := u.isOurs(ctx, err); ours != nil {
				return ours, nil
			}
			return nil, err
		case !mayBeStored(err) || ctx.Err() != nil:
			return nil, err
		}
		n, lookErr := u.look(ctx)
		switch {
		case n != nil:
			return n, nil
		case lookErr != nil || !u.content.rewinds() || try == mostSends:
			return nil, u.fail(errors.Join(acd.ErrOutcomeUnknown, err, lookErr))
		}
	}
}

// send sends the content once, in the way that is right for its size and source.
func (u *upload) send(ctx context.Context) (*acd.Node, error) {
	if !u.content.rewinds() || u.library.classic.Load() {
		return u.sendClassic(ctx)
	}
	var n *acd.Node
	var err error
	if u.content.size > u.options.multipartAbove {
		n, err = u.sendParts(ctx)
	} else {
		n, err = u.sendWhole(ctx)
	}
	if isMissing(err) {
		n, err = u.sendClassic(ctx)
		if err == nil {
			u.library.classic.Store(true)
		}
	}
	return n, err
}

// isMissing reports whether the service does not have such a call.
func isMissing(err error) bool {
	failed, ok := errors.AsType[*acd.Error](err)
	if !ok {
		return false
	}
	switch failed.StatusCode {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return true
	}
	return false
}

// query returns the parameters about the content for the upload service.
func (u *upload) query() url.Values {
	q := url.Values{
		"name":               {u.library.drive.EncodeName(u.name)},
		"fileSize":           {strconv.FormatInt(u.content.size, 10)},
		"parentNodeId":       {u.options.folderID},
		"conflictResolution": {"RENAME"},
	}
	if !u.options.contentDate.IsZero() {
		q.Set("contentDate", u.options.contentDate.Format("2006-01-02T15:04:05.000Z"))
	}
	return q
}

// sendWhole sends the content in one request to the upload service.
func (u *upload) sendWhole(ctx context.Context) (*acd.Node, error) {
	return u.post(ctx, acd.Call{
		Base: acd.BaseUpload, Path: "v2/upload", Query: u.query(),
		Header: http.Header{"X-Amzn-File-Md5": {u.content.md5}},
	})
}

// sendClassic sends the content to the content host, which needs neither size nor MD5 in advance.
func (u *upload) sendClassic(ctx context.Context) (*acd.Node, error) {
	return u.post(ctx, acd.Call{Base: acd.BaseContent, Path: "nodes", Query: url.Values{
		"name": {u.library.drive.EncodeName(u.name)}, "kind": {string(acd.KindFile)}, "parentNodeId": {u.options.folderID},
	}})
}

func (u *upload) post(ctx context.Context, call acd.Call) (*acd.Node, error) {
	call.Op, call.Target, call.Method, call.ContentType = opUpload, u.name, http.MethodPost, u.options.contentType
	call.Body = u.content.reader()
	var id string
	var n *acd.Node
	call.Decode = func(resp *http.Response) error {
		text, err := readAnswer(resp)
		if err != nil {
			return err
		}
		if id = nodeIDOf(text); id != "" {
			return nil
		}
		n, err = u.library.drive.DecodeNode(text)
		return err
	}
	if err := drop(u.library.drive.Do(ctx, call)); err != nil {
		return nil, err
	}
	if id != "" {
		return u.library.drive.Nodes.Get(ctx, id)
	}
	return n, nil
}

// verify compares what the service says about the node with what was sent.
func (u *upload) verify(n *acd.Node) error {
	if n.Size() != u.content.sent() && n.ContentProperties != (acd.ContentProperties{}) {
		return u.fail(fmt.Errorf("%w: %d bytes were sent, the service has %d", acd.ErrChecksum, u.content.sent(), n.Size()))
	}
	if sum := u.content.sum(); n.MD5() != "" && n.MD5() != sum {
		return u.fail(fmt.Errorf("%w: the content has MD5 %s, the service has %s", acd.ErrChecksum, sum, n.MD5()))
	}
	return nil
}

// mayBeStored reports whether a request that failed may have had an effect.
func mayBeStored(err error) bool {
	failed, ok := errors.AsType[*acd.Error](err)
	return ok && errors.Is(err, acd.ErrUnavailable) && failed.Attempts > 0
}

// looks is how often Upload looks for a content after the response was lost. The waits between are
// 1, 2, 4, ... s.
const looks = 4

// look returns a node that has the content and that this upload can have made, nil if there is
// none.
func (u *upload) look(ctx context.Context) (*acd.Node, error) {
	pause := time.Second
	for try := 1; ; try++ {
		for n, err := range u.library.drive.Nodes.List(ctx, acd.ListOptions{Filter: acd.FieldMD5.Is(u.content.sum())}) {
			if err != nil {
				return nil, err
			}
			if u.made(n) {
				return n, nil
			}
		}
		if try == looks {
			return nil, nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil, context.Cause(ctx)
		}
		pause *= 2
	}
}

// made reports whether this upload can have made a node.
func (u *upload) made(n *acd.Node) bool {
	const margin = 5 * time.Minute // for differences between our clock and the service's
	return n.Kind == acd.KindFile && n.MD5() == u.content.sum() && n.HasParent(u.options.folderID) && n.CreatedDate.After(u.began.Add(-margin))
}

// isOurs returns the node that the service named as the one with equal content, if an earlier
// attempt of this upload can have made it, else nil.
func (u *upload) isOurs(ctx context.Context, err error) *acd.Node {
	failed, ok := errors.AsType[*acd.Error](err)
	if !ok || failed.ConflictID == "" {
		return nil
	}
	if n, err := u.library.drive.Nodes.Get(ctx, failed.ConflictID); err == nil && u.made(n) {
		return n
	}
	return nil
}
