package acd

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/acd-sdk/acd/internal/transport"
)

// An account's content lies in one region, and its site's table names only the likeliest. The content host of another
// region answers 401, as if the session had ended. What tells these apart is the site itself: if it answers, the
// session is good.

// mayBeElsewhere says whether a call may have gone to a content host of another region.
func (c *Client) mayBeElsewhere(ctx context.Context, r request, err error) bool {
	failed, ok := errors.AsType[*Error](err)
	return ok && failed.StatusCode == http.StatusUnauthorized && ctx.Err() == nil && c.cfg.photos.hasSite() &&
		r.via == nil && r.url == nil && (r.base == BaseContent || r.base == BaseUpload) && c.endpoints.atSite()
}

// atSite says whether the endpoints in use are those of the site's table.
func (e *endpointCache) atSite() bool {
	b := e.load()
	return b != nil && slices.Contains(e.cfg.photos.site.ContentURLs(), b.urls[BaseContent].String())
}

// sendElsewhere makes a call again that the content host refused with err, in the regions where it was not yet,
// and remembers the region that took it. First it asks the site, once for all calls that wait meanwhile.
func (c *Client) sendElsewhere(ctx context.Context, r request, decode func(*http.Response) error, refused *transport.Call, err error) (*http.Response, *transport.Call, error) {
	select {
	case c.regions <- struct{}{}:
		defer func() { <-c.regions }()
	case <-ctx.Done():
		return nil, refused, amend(ctx, r.op, r.subject(), err, func(cause error) error { return cause })
	}
	now := c.endpoints.load()
	if !slices.Contains(refused.Hosts, now.urls[BaseContent]) { // another call has found the region
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

// answered says whether a call had an answer, of whatever kind.
func answered(err error) bool {
	failed, ok := errors.AsType[*Error](err)
	return err == nil || ok && failed.StatusCode != 0
}

// isOwnRegion says whether the answer to a call can only be that of the region which has the account's content: a
// success, or a refusal for what is asked.
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
