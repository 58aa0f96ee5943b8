package acd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// TempLink returns a URL from which anyone can read the file's content for some time. The service does
// not say how long. Keep the URL secret.
func (s *ContentService) TempLink(ctx context.Context, id string) (string, error) {
	fresh, err := s.withTempLink(ctx, id)
	if err != nil {
		return "", err
	}
	return fresh.TempLink, nil
}

func (s *ContentService) withTempLink(ctx context.Context, id string) (*Node, error) {
	n, err := s.client.Nodes.Get(ctx, id, WithTempLink())
	if err != nil {
		return nil, err
	}
	if n.TempLink == "" {
		return nil, newError(ctx, opTempLink, id, fmt.Errorf("%w: the service gives no tempLink for it", ErrUnavailable))
	}
	return n, nil
}

// ranOut reports whether the status of a tempLink's response may mean that the link has expired. S3 and
// the content host use several different statuses for this, all of them 4xx.
func ranOut(status int) bool {
	return status >= 400 && status < 500 && status != http.StatusTooManyRequests
}

func (f *fetcher) tempLink(ctx context.Context) (*url.URL, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.link != nil {
		return f.link, nil
	}
	now, err := f.client.Content.withTempLink(ctx, f.node.ID)
	if err != nil {
		return nil, err
	}
	if err := f.sameVersion(now); err != nil {
		return nil, err
	}
	u, err := url.Parse(now.TempLink)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && (f.client.cfg.insecure || isLoopback(u.Hostname()))) {
		return nil, newError(ctx, opTempLink, f.node.ID, errors.New("the service's tempLink is not an https URL"))
	}
	f.link = u
	return u, nil
}

// drop forgets the tempLink if it is still link, which did not work. If another call has already set a
// new tempLink, drop keeps it. If link is nil, drop forgets any tempLink.
func (f *fetcher) drop(link *url.URL) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if link == nil || f.link == link {
		f.link = nil
	}
}
