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

// openOriginal requests the content as the web page of Amazon Photos does, for every size of file. It
// asks the metadata host, which knows the region and redirects to the content. If that does not work and
// the content host does, this client uses only the content host from then on. A tempLink cannot be used
// here: under Amazon Photos it needs credentials, and the client never sends credentials to a tempLink.
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

// mayBeRedirectionsFault reports whether the content host may send the content although the redirection
// failed. This is so if the service does not know the redirection, or if the redirection leads to a host
// that rejects the session, although the metadata host accepts it.
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

// redirected reports whether the last response came from another host than the one that the request was
// sent to.
func redirected(call *transport.Call) bool {
	return call.Answer.URL != nil && len(call.Hosts) > 0 &&
		!slices.ContainsFunc(call.Hosts[:1], func(home *url.URL) bool { return transport.Under(home, call.Answer.URL) })
}
