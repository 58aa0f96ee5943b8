package acd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/acd-sdk/acd/internal/transport"
)

var (
	opDownload = transport.Op{Name: "Content.Download", Method: http.MethodGet, Path: "nodes/{id}/content", Replay: true}
	// A tempLink carries its own right to read: it never gets the account's, whatever its host.
	opTempLink = transport.Op{Name: "Content.TempLink", Method: http.MethodGet, Replay: true, NoToken: true}
)

// TempLink returns a URL from which anyone can read a file's content for a
// while (the service does not say how long). It is a secret.
func (s *ContentService) TempLink(ctx context.Context, n *Node) (string, error) {
	fresh, err := s.client.Nodes.Get(ctx, n.ID, WithTempLink())
	if err != nil {
		return "", err
	}
	if fresh.TempLink == "" {
		return "", &Error{Op: opTempLink.Name, Target: n.ID, Err: fmt.Errorf("%w: the service gives no tempLink for it", ErrUnavailable)}
	}
	return fresh.TempLink, nil
}

// fetcher opens parts of one file's content, through the content host or, for
// a large file, through a tempLink that it renews.
type fetcher struct {
	client *Client
	node   *Node

	mu   sync.Mutex
	link *url.URL
}

// get opens the content from off up to end, which is above off.
func (f *fetcher) get(ctx context.Context, off, end int64) (io.ReadCloser, error) {
	header := http.Header{"Accept-Encoding": {"identity"}} // a length is only exact without compression
	if off > 0 || end < f.node.Size() {
		header.Set("Range", fmt.Sprintf("bytes=%d-%d", off, end-1))
	}
	resp, err := f.open(ctx, header)
	if err != nil {
		return nil, err
	}
	body, err := f.check(resp, off, end)
	if err != nil {
		resp.Body.Close()
		return nil, &Error{Op: opDownload.Name, Target: f.node.ID, Method: http.MethodGet, StatusCode: resp.StatusCode, Attempts: 1, Err: err}
	}
	return body, nil
}

func (f *fetcher) open(ctx context.Context, header http.Header) (*http.Response, error) {
	if f.node.Size() < f.client.cfg.tempLinkThreshold {
		resp, _, err := f.client.send(ctx, request{op: opDownload, base: content, args: []string{f.node.ID}, header: header}, nil)
		return resp, err
	}
	const renewals = 3
	for try := 1; ; try++ {
		link, err := f.tempLink(ctx)
		if err != nil {
			return nil, err
		}
		resp, _, err := f.client.send(ctx, request{op: opTempLink, url: link, header: header, target: f.node.ID}, nil)
		e, answered := errors.AsType[*Error](err)
		// A link that ran out is refused in one of many ways, all of them 4xx.
		if err == nil || try == renewals || !answered || e.StatusCode < 400 || e.StatusCode >= 500 || e.StatusCode == http.StatusTooManyRequests {
			return resp, err
		}
		f.drop(link)
	}
}

func (f *fetcher) tempLink(ctx context.Context) (*url.URL, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.link != nil {
		return f.link, nil
	}
	text, err := f.client.Content.TempLink(ctx, f.node)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && (f.client.cfg.insecure || isLoopback(u.Hostname()))) {
		return nil, &Error{Op: opTempLink.Name, Target: f.node.ID, Err: errors.New("the service's tempLink is not an https URL")}
	}
	f.link = u
	return u, nil
}

// drop forgets a link that did not work, unless another is there already.
func (f *fetcher) drop(link *url.URL) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.link == link {
		f.link = nil
	}
}

// check makes sure that the answer's body is the content from off up to end, and
// not an error page, another range or another version.
func (f *fetcher) check(resp *http.Response, off, end int64) (io.ReadCloser, error) {
	size := f.node.Size()
	switch resp.StatusCode {
	case http.StatusPartialContent:
		var from, to, total int64
		if _, err := fmt.Sscanf(strings.ToLower(resp.Header.Get("Content-Range")), "bytes %d-%d/%d", &from, &to, &total); err != nil {
			return nil, fmt.Errorf("%w: an answer to a range says Content-Range %q", ErrUnavailable, resp.Header.Get("Content-Range"))
		}
		if total != size {
			return nil, fmt.Errorf("%w: the content has %d bytes, not %d", ErrChanged, total, size)
		}
		if from != off || to != end-1 {
			return nil, fmt.Errorf("%w: asked for bytes %d-%d, got %d-%d", ErrUnavailable, off, end-1, from, to)
		}
	case http.StatusOK:
		if resp.ContentLength >= 0 && resp.ContentLength != size {
			return nil, fmt.Errorf("%w: the content has %d bytes, not %d", ErrChanged, resp.ContentLength, size)
		}
		// The whole came, though a part was asked for.
		if _, err := io.CopyN(io.Discard, resp.Body, off); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	default:
		return nil, fmt.Errorf("%w: a download is answered with status %d", ErrUnavailable, resp.StatusCode)
	}
	return resp.Body, nil
}

// unchanged makes sure, before a download goes on, that the content is still
// the one that it began with.
func (f *fetcher) unchanged(ctx context.Context) error {
	now, err := f.client.Nodes.Get(ctx, f.node.ID)
	if err != nil {
		return err
	}
	was, is := f.node.ContentProperties, now.ContentProperties
	if was.Size != is.Size || was.MD5 != is.MD5 && was.MD5 != "" || was.Version != is.Version && was.Version != 0 {
		return &Error{Op: opDownload.Name, Target: f.node.ID, Err: fmt.Errorf("%w: version %d of the content was being read, version %d is there", ErrChanged, was.Version, is.Version)}
	}
	return nil
}

// newFetcher refuses what has no content, and asks again for a node that was
// taken while its upload was unfinished.
func (s *ContentService) newFetcher(ctx context.Context, n *Node, o transferOptions) (*fetcher, error) {
	if n.Kind != "" && n.Kind != KindFile && n.Kind != KindAsset {
		return nil, &Error{Op: opDownload.Name, Target: n.ID, Err: fmt.Errorf("%w: a %s has no content", ErrInvalid, n.Kind)}
	}
	if n.MD5() == "" && !o.unverified {
		fresh, err := s.client.Nodes.Get(ctx, n.ID)
		if err != nil {
			return nil, err
		}
		if fresh.MD5() == "" {
			return nil, &Error{Op: opDownload.Name, Target: n.ID, Err: fmt.Errorf("%w: the service knows no MD5 to verify the content with (status %s); see WithoutVerification", ErrUnavailable, fresh.Status)}
		}
		n = fresh
	}
	return &fetcher{client: s.client, node: n}, nil
}
