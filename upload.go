package acd

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

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

// Upload makes a file of that name in a folder ("" is the drive's root), with the content of src. It
// streams: memory does not grow with the size.
//
// The length is sent exactly if it is known: of a regular file (from where it
// stands), a reader that seeks, one with a Len method, or by [WithSize]. An
// attempt is repeated if src can be read again: an [io.ReaderAt], an [io.Seeker], or
// anything with [WithReopen]; else the failure is [ErrNotReplayable]. src is
// not closed.
//
// Upload does not wait for a source that blocks. When ctx ends, the peer goes away or refuses, no
// further Read of src begins; one that is in progress is given 100 ms, and then left to return by
// itself. Until it does, one goroutine uses src, which must not be used elsewhere. Only readers in memory
// (of bytes and strings) and regular files are read without such a goroutine. From any other source up to
// 256 KiB may be read before they are sent, but never more than the length that is known.
//
// Besides that, an upload holds at most 1 MiB, in which its content is hashed while it is sent.
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
	o := uploadOptions{size: source.Unknown}
	for _, opt := range opts {
		if err := opt.applyUpload(&o); err != nil {
			return nil, invalid(ctx, opUpload, name, "%w", err)
		}
	}
	raw := s.client.storedName(name, o.rawName)
	if err := checkName(ctx, opUpload, raw, name); err != nil {
		return nil, err
	}
	u, err := s.newUpload(ctx, opUpload, name, src, o)
	if err != nil {
		return nil, err
	}
	defer u.close()
	if u.parentID, err = s.client.Nodes.folderID(ctx, parentID); err != nil {
		return nil, err
	}
	u.raw = raw
	n, err := u.create(ctx)
	if err != nil {
		return n, err
	}
	return n, s.client.Nodes.waitVisible(ctx, u.op, o.writeOptions, n, place{folderID: u.parentID, raw: n.RawName})
}

// UploadFile is [ContentService.Upload] of a regular file, under the file's own name; a link is followed. A file that changes
// while it is sent is [ErrChanged]: the node, which holds a mixture, is then returned too.
func (s *ContentService) UploadFile(ctx context.Context, parentID, path string, opts ...UploadOption) (*Node, error) {
	name := filepath.Base(path)
	f, err := os.Open(path)
	if err != nil {
		return nil, newError(ctx, opUpload, name, err)
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return nil, newError(ctx, opUpload, name, err)
	}
	if !before.Mode().IsRegular() {
		return nil, invalid(ctx, opUpload, name, "%s is no regular file", path)
	}
	n, err := s.Upload(ctx, parentID, name, f, opts...)
	if err != nil {
		return n, err
	}
	after, err := f.Stat()
	if err == nil && (after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime())) {
		err = fmt.Errorf("%w: %s was written to while it was sent", ErrChanged, path)
	}
	if err != nil {
		return n, newError(ctx, opUpload, name, err)
	}
	return n, nil
}

// Overwrite replaces the content of a file. The node that is given, its version
// above all, is the base: if the answer is lost, only a newer version with the
// new MD5 is taken for the result. The service is asked for the node first: one
// in the trash, and one that is no file, is [ErrInvalid]. See [ContentService.Upload] for src, retries and errors.
func (s *ContentService) Overwrite(ctx context.Context, n *Node, src io.Reader, opts ...OverwriteOption) (*Node, error) {
	o := uploadOptions{size: source.Unknown}
	for _, opt := range opts {
		if err := opt.applyOverwrite(&o); err != nil {
			return nil, invalid(ctx, opOverwrite, n.ID, "%w", err)
		}
	}
	// What was known of the node may be old, and content in the trash is seen by nobody.
	n, err := s.client.Nodes.Get(ctx, n.ID)
	if err != nil {
		return nil, err
	}
	if !n.IsFile() || n.Status == StatusTrash || n.Status == StatusPurged {
		return nil, invalid(ctx, opOverwrite, n.ID, "the content of a %s whose status is %s cannot be replaced", n.Kind, n.Status)
	}
	u, err := s.newUpload(ctx, opOverwrite, n.Name, src, o)
	if err != nil {
		return nil, err
	}
	defer u.close()
	fresh, err := u.overwrite(ctx, n)
	if err != nil {
		return fresh, err
	}
	return fresh, s.client.Nodes.waitVisible(ctx, u.op, o.writeOptions, fresh, placesOf(fresh)...)
}
