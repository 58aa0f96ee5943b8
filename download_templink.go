package acd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// TempLink returns a URL from which anyone can read a file's content for a
// while (the service does not say how long). It is a secret.
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

// ranOut says whether a tempLink's answer may mean that it is too old. S3 and
// the content host refuse such a link in one of many ways, all of them 4xx.
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

// drop forgets a link that did not work, unless another is there already; with
// nil any.
func (f *fetcher) drop(link *url.URL) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if link == nil || f.link == link {
		f.link = nil
	}
}
