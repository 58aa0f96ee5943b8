package acd

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
)

// A PageToken says where a listing goes on. "" is the beginning.
//
// It has at most a few hundred bytes of A-Z, a-z, 0-9, - and _, so that it needs no escaping in a
// link or a form. It contains no secret, and it may be accepted from an untrusted person: if a
// token was changed, a call lists other pages of the same listing or fails, and can do nothing
// else.
//
// A token belongs to its listing: with another folder or other [ListOptions], a call fails with
// [ErrInvalid]. It can be used more than once, and by any client of the account. Where the service
// has its own page tokens, a PageToken expires when the service's token does, after about ten
// minutes; a call then fails with [ErrPageExpired]. Where the service uses offsets (Amazon Photos),
// a PageToken does not expire. But if nodes are added to or removed from earlier pages, nodes move
// from one page to another.
type PageToken string

// A Page is a part of a listing.
type Page struct {
	// Nodes has at most [ListOptions.PageSize] nodes. It may have fewer or none although more pages
	// follow, because nodes that a listing leaves out are left out of its pages too.
	Nodes []*Node
	// Next is the token of the next page, or "" if this page is the last.
	Next PageToken
	// Count is how many nodes the whole listing has according to the service, including those that
	// are left out. It is only a hint.
	Count int64
}

// ListPage returns one page of [NodesService.List], for programs that show one page at a time, such
// as web sites. A program that needs all nodes should range over List: when the service loses a
// page, List runs again, and ListPage cannot.
//
// The page may come together with an [ErrIncomplete]. It says one of three things. Some nodes of
// the page could not be read: a [*NodeError] is then in the error chain, and Next is the page after
// them. Or this is the last page and an earlier page may have been lost. Or the service does not
// give the next page: without page tokens it gives no more than 9,999 nodes.
func (s *NodesService) ListPage(ctx context.Context, token PageToken, opts ListOptions) (*Page, error) {
	return s.page(ctx, request{op: opList}, token, opts, listed(opts))
}

// ChildrenPage returns one page of [NodesService.Children] ("" is the drive's root). See
// [NodesService.ListPage].
func (s *NodesService) ChildrenPage(ctx context.Context, folderID string, token PageToken, opts ListOptions) (*Page, error) {
	id, err := s.folderID(ctx, folderID)
	if err != nil {
		return nil, err
	}
	return s.page(ctx, request{op: opChildren, args: []string{id}}, token, opts, s.childOf(ctx, id, opts))
}

// pageState is the content of a token: what a listing of all pages knows at the end of a page.
type pageState struct {
	Bound    string `json:"b"`           // hash of the listing, see boundTo
	Token    string `json:"t,omitempty"` // the service's own token; if empty, pages are found by offset
	Came     int    `json:"c,omitempty"` // nodes that came, with repeated ones
	FirstID  string `json:"f,omitempty"` // id of the first node of page one
	Repeated int    `json:"r,omitempty"` // the number of nodes in page one when it came again
	Empty    int    `json:"e,omitempty"` // pages in a row without a new node
	Failed   bool   `json:"x,omitempty"` // an attempt at a page failed, so the service may have lost that page
	Before   string `json:"p,omitempty"` // hash of the page before
}

// boundTo returns a short hash of what a listing asks for.
func boundTo(r request, query url.Values) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s %q %s", r.op.Name, r.args, query.Encode())
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:6])
}

// hashOf returns a short hash of the ids of a page, or "" if it has none.
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
	text, _ := json.Marshal(p) // cannot fail: p has only strings, numbers and booleans
	return PageToken(base64.RawURLEncoding.EncodeToString(text))
}

// openToken decodes a token. The token of the first page is empty.
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

// page fetches one page. It uses the same rules as a listing of all pages to decide what the next
// page is.
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
		page.Nodes, fresh = nil, 0 // this page is a repetition of an earlier one
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

// runOf returns a listing run that continues where an earlier request ended.
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

// state returns what the token of the next page contains.
func (run *listingRun) state(bound, before string) pageState {
	return pageState{
		Bound: bound, Token: run.query.Get("startToken"), Came: run.came, FirstID: run.firstID, Repeated: run.repeated,
		Empty: run.empty, Failed: run.failed, Before: before,
	}
}

// fetch requests the page of the current query.
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
	// If the service refuses a page at an offset, the error says that the listing is incomplete.
	_, err = run.pageFailed(ctx, true, err)
	return nil, err
}
