package acd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"

	"github.com/acd-sdk/acd/internal/transport"
)

var (
	opDownload = transport.Op{Name: "Content.Download", Method: http.MethodGet, Path: "nodes/{id}/content", Replay: true, Content: true}
	// A tempLink itself gives the right to read. Its requests never carry the account's credentials, on
	// any host.
	opTempLink = transport.Op{Name: "Content.TempLink", Method: http.MethodGet, Replay: true, NoToken: true, Content: true}
)

// fetcher opens parts of the content of one file: from the content host, or for a large file through a
// tempLink. It gets a new tempLink when the old one has expired.
type fetcher struct {
	client *Client
	node   *Node

	mu      sync.Mutex
	link    *url.URL
	etag    string // the ETag of the last response, if it was a strong one
	changes int    // how often etag has changed while the content stayed the same

	changed atomic.Pointer[Error] // if set, every later request fails with it
}

// errNoRanges means that the service sends the whole content when a part is requested.
var errNoRanges = errors.New("a part was asked for, and the whole is answered")

// get opens the content from off up to end. end must be above off. If the service sends the whole
// content, and skip is true, get reads the body up to off. If skip is false, get returns errNoRanges. An
// [*Error] is final. Any other error may be temporary, or the content may have changed: call unchanged.
func (f *fetcher) get(ctx context.Context, off, end int64, skip bool) (io.ReadCloser, error) {
	if e := f.changed.Load(); e != nil {
		return nil, e
	}
	header := http.Header{"Accept-Encoding": {"identity"}} // only without compression is the length exact
	if off > 0 || end < f.node.Size() {
		header.Set("Range", fmt.Sprintf("bytes=%d-%d", off, end-1))
		if tag := f.tag(); tag != "" {
			header.Set("If-Range", tag)
		}
	}
	resp, err := f.open(ctx, header)
	if e, answered := errors.AsType[*Error](err); answered && e.StatusCode == http.StatusRequestedRangeNotSatisfiable {
		return nil, fmt.Errorf("the service says that the content ends before byte %d", off)
	}
	if err != nil {
		return nil, err
	}
	if err := f.check(resp, off, end, skip); err != nil {
		if resp.Request != nil {
			err = transport.CallFrom(resp.Request.Context()).CleanError(err)
		}
		resp.Body.Close()
		f.drop(nil) // do not use a tempLink again that returned something else
		return nil, err
	}
	return resp.Body, nil
}

// open requests the content: in the way of Amazon Photos with WithPhotos, else through a tempLink if the
// file is large, else from the content host.
func (f *fetcher) open(ctx context.Context, header http.Header) (*http.Response, error) {
	switch {
	case f.client.cfg.photos != nil:
		return f.openOriginal(ctx, header)
	case f.node.Size() < f.client.cfg.tempLinkThreshold:
		return f.openContent(ctx, header)
	}
	return f.openLink(ctx, header)
}

func (f *fetcher) openContent(ctx context.Context, header http.Header) (*http.Response, error) {
	resp, _, err := f.client.send(ctx, request{op: opDownload, base: BaseContent, args: []string{f.node.ID}, header: header}, nil)
	return resp, err
}

func (f *fetcher) openLink(ctx context.Context, header http.Header) (*http.Response, error) {
	const renewals = 3
	for try := 1; ; try++ {
		link, err := f.tempLink(ctx)
		if err != nil {
			return nil, err
		}
		resp, _, err := f.client.send(ctx, request{op: opTempLink, url: link, header: header, target: f.node.ID}, nil)
		if e, answered := errors.AsType[*Error](err); err == nil || try == renewals || !answered || !ranOut(e.StatusCode) {
			return resp, err
		}
		f.drop(link)
	}
}

// tagTrust is how many changes of the ETag are taken seriously for one content. After so many changes the
// ETag is ignored. Some services give each of their machines its own ETag for the same content: such an
// ETag says nothing about the content.
const tagTrust = 4

// tag returns the ETag that the next response must have, or "" for any.
func (f *fetcher) tag() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.changes >= tagTrust {
		return ""
	}
	return f.etag
}

// learnTag keeps the ETag of the response, and reports whether it differs from the one before. It ignores
// weak ETags, because they do not prove that the bytes are the same.
func (f *fetcher) learnTag(resp *http.Response) (differs bool) {
	tag := resp.Header.Get("ETag")
	if len(tag) < 3 || tag[0] != '"' {
		return false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	differs = f.etag != "" && f.etag != tag && f.changes < tagTrust
	if differs {
		f.changes++
	}
	f.etag = tag
	return differs
}

// newFetcher fails with ErrInvalid if the node has no content, such as a folder. If the node has no MD5,
// because it was read during its upload, newFetcher requests it again.
func (s *ContentService) newFetcher(ctx context.Context, n *Node, o transferOptions) (*fetcher, error) {
	if n.Kind != "" && n.Kind != KindFile && n.Kind != KindAsset {
		return nil, invalid(ctx, opDownload, n.ID, "a %s has no content", n.Kind)
	}
	if n.MD5() == "" && !o.unverified {
		fresh, err := s.client.Nodes.Get(ctx, n.ID)
		if err != nil {
			return nil, err
		}
		if fresh.MD5() == "" {
			return nil, newError(ctx, opDownload, n.ID, fmt.Errorf("%w: the service knows no MD5 to verify the content with (status %s); see WithoutVerification", ErrUnavailable, fresh.Status))
		}
		n = fresh
	}
	return &fetcher{client: s.client, node: n}, nil
}
