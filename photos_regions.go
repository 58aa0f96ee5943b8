package acd

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/acd-sdk/acd/internal/transport"
)

// The content of an account is in one region. It is not known in advance which one: the table of
// sites only puts the likeliest region of each site (such as amazon.de) first. The content host of
// a wrong region answers 401, just as for an ended session. To know which it is, the client calls
// the site. If the site accepts the session, only the region was wrong.

// mayBeElsewhere reports whether a call may have failed because it went to the content host of a
// wrong region.
func (c *Client) mayBeElsewhere(ctx context.Context, r request, err error) bool {
	failed, ok := errors.AsType[*Error](err)
	return ok && failed.StatusCode == http.StatusUnauthorized && ctx.Err() == nil && c.cfg.photos.hasSite() &&
		r.via == nil && r.url == nil && (r.base == BaseContent || r.base == BaseUpload) && c.endpoints.atSite()
}

// atSite reports whether the content URL in use is one from the table of sites.
func (e *endpointCache) atSite() bool {
	b := e.load()
	return b != nil && slices.Contains(e.cfg.photos.site.ContentURLs(), b.urls[BaseContent].String())
}

// sendElsewhere repeats a call that the content host refused with err, in each region that was not
// tried yet, and remembers the region that accepts it. First it asks the site whether the session
// is good. Only one call does this at a time; the others wait and then use the region that it
// found.
func (c *Client) sendElsewhere(ctx context.Context, r request, decode func(*http.Response) error, refused *transport.Call, err error) (*http.Response, *transport.Call, error) {
	select {
	case c.regions <- struct{}{}:
		defer func() { <-c.regions }()
	case <-ctx.Done():
		return nil, refused, amend(ctx, r.op, r.subject(), err, func(cause error) error { return cause })
	}
	now := c.endpoints.load()
	if !slices.Contains(refused.Hosts, now.urls[BaseContent]) { // another call has found the region meanwhile
		r.via = now
		return c.sendOnce(ctx, r, decode)
	}
	if _, siteErr := c.Account.Info(ctx); !answered(siteErr) || errors.Is(siteErr, ErrUnauthorized) {
		return nil, refused, amend(ctx, r.op, r.subject(), err, func(cause error) error { return joinCauses(cause, siteErr) })
	}
	for _, contentURL := range c.cfg.photos.site.ContentURLs() {
		via, parseErr := c.endpoints.withContent(now, contentURL)
		if parseErr != nil || contentURL == now.urls[BaseContent].String() {
			continue
		}
		r.via = via
		if resp, call, elsewhereErr := c.sendOnce(ctx, r, decode); isOwnRegion(elsewhereErr) {
			c.endpoints.useContent(now, contentURL)
			return resp, call, elsewhereErr
		}
	}
	return nil, refused, err
}

// answered reports whether a call got any response.
func answered(err error) bool {
	failed, ok := errors.AsType[*Error](err)
	return err == nil || ok && failed.StatusCode != 0
}

// isOwnRegion reports whether only the region that has the account's content can have sent this
// response: a success, or a refusal because of the content of the request.
func isOwnRegion(err error) bool {
	failed, ok := errors.AsType[*Error](err)
	if !ok {
		return err == nil
	}
	switch failed.StatusCode {
	case http.StatusBadRequest, http.StatusConflict, http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge, http.StatusRequestedRangeNotSatisfiable:
		return true
	}
	return false
}
