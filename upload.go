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

// ContentService uploads and downloads the content of files. It verifies size and MD5 of each
// transfer, unless [WithoutVerification] is given.
type ContentService struct{ client *Client }

var (
	opUpload    = transport.Op{Name: "Content.Upload", Method: http.MethodPost, Path: "nodes"}
	opOverwrite = transport.Op{Name: "Content.Overwrite", Method: http.MethodPut, Path: "nodes/{id}/content"}
)

const (
	// Above this size, the service fails an upload with status 500 after the whole body was sent.
	// The figure was found by rclone, by trial.
	largestKnownUpload = 50_000 << 20
	// If a name is taken, the service says so only after the whole body was sent. For a body of
	// this size or more, it pays to send one request first that looks for the name.
	lookFirstSize = 16 << 20
)

// Upload creates a file with that name in a folder ("" is the drive's root), with the content of
// src. It streams: memory use does not grow with the size.
//
// Upload tells the service the exact length if it knows it: of a regular file or an [io.Seeker]
// (both from their current position), of a reader with a Len method, or from [WithSize]. An attempt
// is retried if src can be read again: if src is an [io.ReaderAt] or an [io.Seeker], or with
// [WithReopen]. Otherwise the upload fails with [ErrNotReplayable]. src is not closed.
//
// Upload does not wait for a source that blocks. When ctx ends, or when the server closes the
// connection or refuses the request, no new Read of src begins. A Read that is in progress then has
// 100 ms to return. After that Upload returns without it, and one goroutine still uses src until
// that Read returns: do not use src elsewhere before. Only readers in memory (of packages bytes and
// strings) and regular files are read without such a goroutine. From any other source, up to 256
// KiB may be read before they are sent, but never more than the known length.
//
// In addition, an upload holds at most 1 MiB of content, which is hashed while it is sent.
//
// If the response is lost, Upload looks into the folder before it sends anything again. If the
// whole body was sent, it also waits for the file to appear (see [WithUploadWaitPerGiB]). A file
// with this name, size and MD5 that is not older than the call is the result. If the outcome cannot
// be decided, Upload fails with [ErrOutcomeUnknown].
//
// If the name is taken, Upload fails with [ErrExists] and the id of the node that has the name,
// unless [IfExists] says otherwise. If the content that the service stored differs from what was
// sent, Upload returns the node and [ErrChecksum].
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

// UploadFile is [ContentService.Upload] for a regular file, under the file's own name. It follows a
// symbolic link. If the file changes while it is sent, UploadFile returns the node, which then
// holds a mixture of old and new content, and [ErrChanged].
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

// Overwrite replaces the content of a file. It reads the node from the service first: if the node
// is in the trash, purged or not a file, Overwrite fails with [ErrInvalid]. If the response is
// lost, it reads the node again. Only a version that is newer than the one read first, with the new
// size and MD5, counts as the result. See [ContentService.Upload] for src, retries and errors.
func (s *ContentService) Overwrite(ctx context.Context, n *Node, src io.Reader, opts ...OverwriteOption) (*Node, error) {
	o := uploadOptions{size: source.Unknown}
	for _, opt := range opts {
		if err := opt.applyOverwrite(&o); err != nil {
			return nil, invalid(ctx, opOverwrite, n.ID, "%w", err)
		}
	}
	// The caller's node may be out of date, and nobody would see new content of a node in the
	// trash.
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
