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
	// A tempLink carries its own right to read: it never gets the account's, whatever its host.
	opTempLink = transport.Op{Name: "Content.TempLink", Method: http.MethodGet, Replay: true, NoToken: true, Content: true}
)

// fetcher opens parts of one file's content, through the content host or, for
// a large file, through a tempLink that it renews.
type fetcher struct {
	client *Client
	node   *Node

	mu      sync.Mutex
	link    *url.URL
	etag    string // of the content's last answer, if it is a strong one
	changes int    // of the tag, while the content stayed the same

	changed atomic.Pointer[Error] // what ends every later request
}

// errNoRanges says that parts of the content cannot be had on their own.
var errNoRanges = errors.New("a part was asked for, and the whole is answered")

// get opens the content from off up to end, which is above off. An answer that
// is the whole is read up to off if skip is set, and else errNoRanges. An [*Error] is
// final; any other error may be a passing one, or mean that the content changed: see unchanged.
func (f *fetcher) get(ctx context.Context, off, end int64, skip bool) (io.ReadCloser, error) {
	if e := f.changed.Load(); e != nil {
		return nil, e
	}
	header := http.Header{"Accept-Encoding": {"identity"}} // a length is only exact without compression
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
		f.drop(nil) // a link that answers with something else is of no use
		return nil, err
	}
	return resp.Body, nil
}

// open asks for the content: from the content host, by a tempLink if it is large, or by the way of Amazon Photos.
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

// tagTrust is how many tags one content may have before they are ignored. Some services give a tag on each of their
// machines, so that it differs although the content is the same: a tag like that says nothing about the content.
const tagTrust = 4

// tag is what the next answer's must be, or "".
func (f *fetcher) tag() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.changes >= tagTrust {
		return ""
	}
	return f.etag
}

// learnTag keeps the answer's tag for the next, and says whether it is another
// than the one before. Weak tags prove nothing about bytes.
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

// newFetcher refuses what has no content, and asks again for a node that was
// taken while its upload was unfinished.
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
