package acd

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/acd-sdk/acd/internal/transport"
)

var opRedirection = transport.Op{Name: "Content.Redirection", Method: http.MethodGet, Path: "nodes/{id}/contentRedirection", Replay: true, Content: true}

// openOriginal asks for the content as the page of Amazon Photos does, whatever its size: the metadata host knows the
// region, and redirects to the content. Where that does not work the content host is asked, and from then on only
// that. A tempLink is no use here: under Amazon Photos it needs credentials, which no tempLink gets.
func (f *fetcher) openOriginal(ctx context.Context, header http.Header) (*http.Response, error) {
	if f.client.noRedirection.Load() {
		return f.openContent(ctx, header)
	}
	query := url.Values{"querySuffix": {"?download=true"}}
	if f.node.OwnerID != "" {
		query.Set("ownerId", f.node.OwnerID)
	}
	resp, call, err := f.client.send(ctx, request{op: opRedirection, args: []string{f.node.ID}, query: query, header: header}, nil)
	if err == nil || !f.mayBeRedirectionsFault(ctx, call, err) {
		return resp, err
	}
	if resp, err = f.openContent(ctx, header); err == nil {
		f.client.noRedirection.Store(true)
	}
	return resp, err
}

// mayBeRedirectionsFault says whether the content may be had without the redirection: it is not known to the
// service, or leads to a host that does not take the session which its own host took.
func (f *fetcher) mayBeRedirectionsFault(ctx context.Context, call *transport.Call, err error) bool {
	failed, ok := errors.AsType[*Error](err)
	if !ok || ctx.Err() != nil {
		return false
	}
	switch failed.StatusCode {
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented, http.StatusBadRequest:
		return true
	case http.StatusUnauthorized, http.StatusForbidden:
		return redirected(call)
	}
	return failed.StatusCode >= 300 && failed.StatusCode < 400
}

// redirected says whether the last answer came from another host than the one that was asked.
func redirected(call *transport.Call) bool {
	return call.Answer.URL != nil && len(call.Hosts) > 0 &&
		!slices.ContainsFunc(call.Hosts[:1], func(home *url.URL) bool { return transport.Under(home, call.Answer.URL) })
}
