package acd

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
)

// A PageToken says where a listing goes on. "" is its beginning.
//
// It is at most some hundred bytes of A-Z, a-z, 0-9, - and _, so that it goes into a link or a form as it is. It holds
// no secret, and may come back from a stranger: with a token that was changed, a call lists other pages of the same
// listing or fails, and can do nothing else.
//
// It is bound to its listing: with another folder or other [ListOptions] it is [ErrInvalid]. It can be used more than
// once, by any client of the account. Where the service has page tokens of its own, it lives as long as that one: about ten
// minutes, and then it is [ErrPageExpired]. Where the service counts (Amazon Photos), it does not expire, but what is
// added to or taken away from the pages before it moves nodes from one page to another.
type PageToken string

// A Page is a part of a listing.
type Page struct {
	// Nodes are at most [ListOptions.PageSize], and may be fewer or none although more follow: what a listing leaves out is
	// left out of its pages.
	Nodes []*Node
	// Next is the token of the page after this one, "" if this is the last.
	Next PageToken
	// Count is how many nodes the service says that the whole listing has, with those that are left out. It is a hint.
	Count int64
}

// ListPage returns one page of [NodesService.List], for programs that show a page at a time, such as web sites. A program
// that wants all nodes ranges over List, which loses none: a single page cannot be asked for once more from the beginning.
//
// An [ErrIncomplete] may come with a page. It says that some of its nodes could not be read (a [*NodeError] is in the
// chain; then Next goes on behind them), that a page may have been lost on the way to this last one, or that the service
// does not give the next one: it gives no more than 9,999 nodes where it has no page tokens.
func (s *NodesService) ListPage(ctx context.Context, token PageToken, opts ListOptions) (*Page, error) {
	return s.page(ctx, request{op: opList}, token, opts, listed(opts))
}

// ChildrenPage returns one page of [NodesService.Children] ("" is the drive's root). See [NodesService.ListPage].
func (s *NodesService) ChildrenPage(ctx context.Context, folderID string, token PageToken, opts ListOptions) (*Page, error) {
	id, err := s.folderID(ctx, folderID)
	if err != nil {
		return nil, err
	}
	return s.page(ctx, request{op: opChildren, args: []string{id}}, token, opts, s.childOf(ctx, id, opts))
}

// pageState is what a token holds: what a listing that goes through all pages knows at the end of one.
type pageState struct {
	Bound    string `json:"b"`           // to the listing, see boundTo
	Token    string `json:"t,omitempty"` // the service's own; without one, pages are counted
	Came     int    `json:"c,omitempty"` // nodes, repeated ones too
	FirstID  string `json:"f,omitempty"` // of page one
	Repeated int    `json:"r,omitempty"` // nodes of page one that came again
	Empty    int    `json:"e,omitempty"` // pages in a row without anything new
	Failed   bool   `json:"x,omitempty"` // an attempt at a page failed, which the service may have dropped then
	Before   string `json:"p,omitempty"` // a hash of the page before
}

// boundTo is a short hash of what a listing asks for.
func boundTo(r request, query url.Values) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %q %s", r.op.Name, r.args, query.Encode())
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:6])
}

// hashOf is a short hash of the ids of a page, "" if it has none.
func hashOf(nodes []*Node) string {
	if len(nodes) == 0 {
		return ""
	}
	h := sha256.New()
	for _, n := range nodes {
		fmt.Fprintf(h, "%q", n.ID)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:6])
}

func (p pageState) token() PageToken {
	text, _ := json.Marshal(p) // of texts and numbers: it cannot fail
	return PageToken(base64.RawURLEncoding.EncodeToString(text))
}

// openToken reads a token. That of the first page is empty.
func openToken(token PageToken, bound string) (p pageState, err error) {
	if token == "" {
		return pageState{Bound: bound}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(string(token))
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	switch {
	case err != nil, p.Came < 0, p.Repeated < 0, p.Repeated > p.Came, p.Token == "" && p.Came == 0:
		return p, fmt.Errorf("%w: %.20q is no page token", ErrInvalid, string(token))
	case p.Bound != bound:
		return p, fmt.Errorf("%w: the page token is of another listing", ErrInvalid)
	}
	return p, nil
}

// page fetches one page. What is the next one, and whether there is one, is decided as in a listing of all pages.
func (s *NodesService) page(ctx context.Context, r request, token PageToken, opts ListOptions, keep func(*Node) bool) (*Page, error) {
	fail := func(err error) (*Page, error) { return nil, newError(ctx, r.op, r.subject(), err) }
	opts = s.client.cfg.photos.listingDefaults(r.op, opts)
	query, err := opts.query(s.client.cfg.encoding)
	if err != nil {
		return fail(err)
	}
	state, err := openToken(token, boundTo(r, query))
	if err != nil {
		return fail(err)
	}
	page := &Page{}
	run, err := s.runOf(ctx, state, r, pages{query: query, limit: opts.pageSize(), keep: keep})
	if err != nil {
		return nil, err
	}
	run.yield = func(n *Node, _ error) bool {
		page.Nodes = append(page.Nodes, n)
		return true
	}
	answer, err := run.fetch(ctx)
	if err != nil {
		return nil, err
	}
	page.Count = answer.Count
	fresh := run.yieldNew(answer)
	before := hashOf(answer.Nodes)
	if before != "" && (before == state.Before || run.query.Has("offset") && answer.Nodes[0].ID == state.FirstID) {
		page.Nodes, fresh = nil, 0 // they came before
	}
	more, err := run.next(ctx, answer, fresh)
	switch {
	case err != nil:
		return page, err
	case more:
		page.Next = run.state(state.Bound, before).token()
	case run.failed && run.missing():
		return page, run.cannotGoOn(ctx, fmt.Errorf("the service promised %d nodes, and may have dropped a page at which an attempt failed", answer.Count))
	}
	if run.unreadable.count > 0 {
		return page, newError(ctx, r.op, r.subject(), run.unreadable.err())
	}
	return page, nil
}

// runOf is a listing that goes on where another request has left it.
func (s *NodesService) runOf(ctx context.Context, state pageState, r request, p pages) (*listingRun, error) {
	l := &listing{pages: p, client: s.client, r: r, earlier: state.Came - state.Repeated}
	l.window = &l.seen
	run := &listingRun{
		listing: l, asked: p.limit, came: state.Came, firstID: state.FirstID, repeated: state.Repeated,
		empty: state.Empty, failed: state.Failed, hadTokens: state.Token != "",
	}
	switch {
	case state.Token != "":
		p.query.Set("startToken", state.Token)
		run.loop.kept = state.Token
	case state.Came > 0:
		return run, run.seek(ctx)
	}
	return run, nil
}

// state is what the next page's token holds.
func (run *listingRun) state(bound, before string) pageState {
	return pageState{
		Bound: bound, Token: run.query.Get("startToken"), Came: run.came, FirstID: run.firstID, Repeated: run.repeated,
		Empty: run.empty, Failed: run.failed, Before: before,
	}
}

// fetch asks for the page of the query.
func (run *listingRun) fetch(ctx context.Context) (*nodePage, error) {
	run.r.query = run.query
	answer, record, err := callRecord[nodePage](ctx, run.client, run.r)
	run.failed = run.failed || record.Attempts > 1
	switch {
	case err == nil:
		run.promised = answer.Count
		return answer, nil
	case isExpiredToken(err):
		return nil, amend(ctx, run.r.op, run.r.subject(), err, func(cause error) error { return joinCauses(ErrPageExpired, cause) })
	}
	// Of a page by its offset that is refused, a listing says that it is not whole.
	_, err = run.pageFailed(ctx, true, err)
	return nil, err
}
