package acd

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	// maxFruitless is how many times in a row a listing runs again without finding new nodes.
	maxFruitless = 3
	// maxEmptyPages is how many pages in a row may bring no new nodes although each names a next
	// page.
	maxEmptyPages = 50
	// maxOffset is the service's own limit on the sum of a page's offset and its size.
	maxOffset = 9999
)

// listing lists the nodes that opts select, and yields those for which keep returns true.
func (s *NodesService) listing(ctx context.Context, r request, opts ListOptions, keep func(*Node) bool) iter.Seq2[*Node, error] {
	return func(yield func(*Node, error) bool) {
		opts := s.client.cfg.photos.listingDefaults(r.op, opts)
		query, err := opts.query(s.client.cfg.encoding)
		if err != nil {
			yield(nil, newError(ctx, r.op, r.subject(), err))
			return
		}
		p := pages{query: query, limit: opts.pageSize(), keep: keep}
		if s.client.cfg.photos != nil && len(opts.Sort) == 0 && len(opts.Filter.terms) < maxTerms {
			p.between = func(w dates) (url.Values, error) {
				within := opts
				within.Filter = And(opts.Filter, FieldCreated.Between(w.from, w.to))
				return within.query(s.client.cfg.encoding)
			}
		}
		s.pages(ctx, r, p)(yield)
	}
}

// pages describes what a listing asks for.
type pages struct {
	query url.Values
	limit int              // nodes in a page
	keep  func(*Node) bool // nil keeps all
	// unlimited is true for a call, such as a search, in which the service accepts offsets above 9,999.
	unlimited bool
	// between returns the query for nodes created in this range of dates. It is nil if the listing
	// cannot be divided.
	between func(dates) (url.Values, error)
}

// pages is the loop that all listings use.
func (s *NodesService) pages(ctx context.Context, r request, p pages) iter.Seq2[*Node, error] {
	return func(yield func(*Node, error) bool) {
		if p.query == nil {
			p.query = url.Values{}
		}
		l := &listing{pages: p, client: s.client, r: r, yield: yield}
		l.window = &l.seen
		l.early = 1
		err := l.untilWhole(ctx)
		if p.between != nil && errors.Is(err, errTooMany) && !l.stopped {
			err = l.byDates(ctx)
		}
		if err != nil && !l.stopped {
			yield(nil, err)
		}
	}
}

// untilWhole runs a listing until it is complete. The service loses pages: a page that was once
// answered with a 429 may be missing, and a page token expires after ten minutes. The listing then
// runs again from the start, and yields only nodes that are new.
func (l *listing) untilWhole(ctx context.Context) error {
	fail := func(err error) error { return newError(ctx, l.r.op, l.r.subject(), err) }
	for fruitless := 0; ; fruitless++ {
		before := l.window.len()
		again, err := l.run(ctx)
		if l.window.len() > before {
			fruitless = 0
		}
		switch {
		case l.stopped, err == nil && !again && l.unreadable.count == 0:
			return nil
		case err != nil:
			return err
		case !again:
			return fail(l.unreadable.err())
		case fruitless == maxFruitless:
			if l.missing() {
				return fail(fmt.Errorf("%w: the service promised %d nodes, and %d came", ErrIncomplete, l.promised, l.window.len()))
			}
			return nil
		}
	}
}

// listing is the state of one listing over all its runs. These rules decide where it ends:
//
//   - If pages had tokens, a page without a token is the last one.
//   - If no page had a token, a next page is asked for by its offset (as Amazon Photos does) when a
//     page is full, or when fewer nodes came than the count which the service promised. An empty
//     page, or one with only known nodes, is then the end. The count is only a hint: on real drives
//     it is sometimes wrong. So a listing that reached its end is complete whatever the count is,
//     and the difference is logged.
//   - If the service refuses an offset or ignores it (it sends page one again, more than once), the
//     listing ends with [ErrIncomplete] after all nodes that came. The same happens if an offset
//     would exceed the service's limit of 9,999, unless the listing can be divided by dates: see
//     byDates.
//   - If an attempt at a page failed and fewer nodes came than promised, the service may have lost
//     the page, and the listing runs again. The nodes of all runs together are compared with the
//     promised number.
type listing struct {
	pages
	client  *Client
	r       request
	yield   func(*Node, error) bool
	stopped bool // the caller ended the range
	seen    idSet
	// window holds the ids that were seen within dates. At first dates are all dates, and window is
	// seen.
	window   *idSet
	dates    dates
	earlier  int   // nodes of earlier pages, if this is one page of a listing that is continued by several calls
	early    int   // how many more times a count above the limit is trusted
	promised int64 // nodes, according to the first page of the last run
	// unreadable are the unreadable nodes of the last run. The listing goes on to its end before it
	// reports them.
	unreadable unreadableNodes
}

// missing reports whether fewer nodes were seen than promised.
func (l *listing) missing() bool {
	return int64(l.earlier+l.window.len()+l.unreadable.count) < l.promised
}

// listingRun is one pass through the pages.
type listingRun struct {
	*listing
	failed    bool // an attempt at a page failed, so the service may have lost that page
	hadTokens bool
	asked     int    // the number of nodes that the request asked for
	came      int    // nodes that came, with repeated ones
	firstID   string // of page one
	repeated  int    // the number of nodes in page one when it came again instead of a later page
	empty     int    // pages in a row without a new node
	loop      loopFinder
}

// run goes through the pages once. again is true if a page may have been lost and the listing must
// run again.
func (l *listing) run(ctx context.Context) (again bool, err error) {
	l.query.Del("startToken")
	l.query.Del("offset")
	l.query.Set("limit", strconv.Itoa(l.limit))
	l.unreadable = unreadableNodes{}
	run := &listingRun{listing: l, asked: l.limit}
	for first := true; ; first = false {
		l.r.query = l.query
		page, record, err := callRecord[nodePage](ctx, l.client, l.r)
		run.failed = run.failed || record.Attempts > 1
		if err != nil {
			return run.pageFailed(ctx, first, err)
		}
		if first {
			l.promised = page.Count
		}
		fresh := run.yieldNew(page)
		if l.stopped {
			return false, nil
		}
		if n := l.dates.outside(page.Nodes); n != nil {
			return false, run.cannotGoOn(ctx, fmt.Errorf("the service does not obey a filter of dates: node %s is of another", n.ID))
		}
		more, err := run.next(ctx, page, fresh)
		if err != nil || !more {
			return run.failed && l.missing(), err
		}
	}
}

// pageFailed decides whether the listing must run again after an attempt at a page failed with err.
func (run *listingRun) pageFailed(ctx context.Context, first bool, err error) (again bool, _ error) {
	switch {
	case !first && isExpiredToken(err):
		return true, nil
	case run.query.Has("offset") && ctx.Err() == nil && errors.Is(err, ErrInvalid):
		return false, run.cannotGoOn(ctx, fmt.Errorf("the service refuses a page by its offset: %w", err))
	}
	return false, err
}

// yieldNew yields the new nodes of a page. It returns how many nodes are new within the dates.
func (run *listingRun) yieldNew(page *nodePage) (fresh int) {
	run.came += len(page.Nodes) + len(page.Unreadable)
	run.unreadable.add(page.Unreadable)
	for _, n := range page.Nodes {
		if !run.window.add(n.ID) {
			continue
		}
		fresh++
		if run.window != &run.seen && !run.seen.add(n.ID) {
			continue
		}
		run.client.adopt(n)
		if (run.keep == nil || run.keep(n)) && !run.yield(n, nil) {
			run.stopped = true
			return fresh
		}
	}
	return fresh
}

// next sets the query to the following page. It returns false if this page was the last.
func (run *listingRun) next(ctx context.Context, page *nodePage, fresh int) (more bool, err error) {
	size := len(page.Nodes) + len(page.Unreadable)
	if run.empty++; fresh > 0 || len(page.Unreadable) > 0 {
		run.empty = 0
	}
	if page.NextToken != "" {
		return true, run.follow(ctx, page.NextToken)
	}
	if run.hadTokens {
		return false, nil
	}
	if run.query.Has("offset") {
		if len(page.Nodes) > 0 && page.Nodes[0].ID == run.firstID {
			return run.repeatedFirst(ctx, size)
		}
		if fresh == 0 && len(page.Unreadable) == 0 {
			run.logDifference(ctx)
			return false, nil
		}
	} else if len(page.Nodes) > 0 {
		run.firstID = page.Nodes[0].ID
	}
	if err := run.tooMany(ctx, page); err != nil {
		return false, err
	}
	came := int64(run.came - run.repeated)
	if came == page.Count || size < run.asked && came > page.Count {
		return false, nil
	}
	return true, run.seek(ctx)
}

// repeatedFirst is called when page one came again instead of a later page. Amazon Photos does that
// once, and all later pages then come one page late. If it happens again, the service ignores
// offsets.
func (run *listingRun) repeatedFirst(ctx context.Context, size int) (more bool, err error) {
	if run.repeated > 0 {
		return false, run.cannotGoOn(ctx, errors.New("the service does not obey a page's offset"))
	}
	run.repeated = size
	return true, run.seek(ctx)
}

// follow sets the query to the page of a token.
func (run *listingRun) follow(ctx context.Context, token string) error {
	if run.loop.repeats(token) {
		return run.cannotGoOn(ctx, errors.New("the service repeats a page token"))
	}
	if run.empty > maxEmptyPages {
		return run.cannotGoOn(ctx, fmt.Errorf("%d pages in a row brought nothing new", run.empty))
	}
	run.hadTokens = true
	run.query.Del("offset")
	run.query.Set("startToken", token)
	return nil
}

// seek sets the query to the page after all nodes that came.
func (run *listingRun) seek(ctx context.Context) error {
	limit := run.limit
	if !run.unlimited {
		limit = min(limit, maxOffset-run.came)
	}
	if limit <= 0 {
		return run.cannotGoOn(ctx, errTooMany)
	}
	run.asked = limit
	run.query.Set("offset", strconv.Itoa(run.came))
	run.query.Set("limit", strconv.Itoa(limit))
	return nil
}

// logDifference writes a log line if fewer nodes came than promised.
func (run *listingRun) logDifference(ctx context.Context) {
	if run.missing() {
		run.client.cfg.log.InfoContext(ctx, "acd: a listing is whole, and its count is not the number of its nodes",
			"op", run.r.op.Name, "count", run.promised, "nodes", run.window.len())
	}
}

// errTooMany says that a listing has more nodes than the service lists by offsets.
var errTooMany = fmt.Errorf("the service lists no more than %d nodes without page tokens", maxOffset)

// tooMany returns an error if, according to the count, the listing has too many nodes for offsets
// and can be divided. That saves requests for pages before the limit. The result is correct without
// it.
func (run *listingRun) tooMany(ctx context.Context, page *nodePage) error {
	if run.between == nil || run.early == 0 || page.Count <= maxOffset {
		return nil
	}
	if _, _, divisible := run.dates.halves(); !divisible {
		return nil
	}
	run.early--
	return run.cannotGoOn(ctx, errTooMany)
}

// cannotGoOn returns the error of a listing that ends before it is known to be complete.
func (run *listingRun) cannotGoOn(ctx context.Context, why error) error {
	return newError(ctx, run.r.op, run.r.subject(), fmt.Errorf("%w after %d nodes: %w", ErrIncomplete, run.earlier+run.seen.len(), why))
}

// unreadableNodes counts nodes that could not be read, and keeps the first.
type unreadableNodes struct {
	first *NodeError
	count int
}

func (u *unreadableNodes) add(nodes []*NodeError) {
	if u.first == nil && len(nodes) > 0 {
		u.first = nodes[0]
	}
	u.count += len(nodes)
}

func (u *unreadableNodes) join(others unreadableNodes) {
	if u.first == nil {
		u.first = others.first
	}
	u.count += others.count
}

// err returns the error that names the first node. Call it only if count is not 0.
func (u *unreadableNodes) err() error {
	if u.count == 1 {
		return fmt.Errorf("%w: all but one node came: %w", ErrIncomplete, u.first)
	}
	return fmt.Errorf("%w: all but %d nodes came: %w", ErrIncomplete, u.count, u.first)
}

func isExpiredToken(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.StatusCode == http.StatusBadRequest && strings.Contains(e.Message, "Next token")
}

// loopFinder finds out whether a sequence of tokens repeats, whatever the length of the loop. It
// keeps only one earlier token, and replaces it at each power of two, as in Brent's algorithm.
type loopFinder struct {
	kept        string
	steps, next int
}

func (f *loopFinder) repeats(token string) bool {
	if token == f.kept {
		return true
	}
	if f.steps++; f.steps > f.next {
		f.kept, f.next = token, 2*f.steps
	}
	return false
}

// idSet remembers node ids in 16 bytes each: a real id is a UUID in base64.
type idSet map[[16]byte]struct{}

func (s *idSet) len() int { return len(*s) }

// add adds an id. It returns false if the id was already in the set.
func (s *idSet) add(id string) bool {
	if *s == nil {
		*s = idSet{}
	}
	key := idKey(id)
	if _, ok := (*s)[key]; ok {
		return false
	}
	(*s)[key] = struct{}{}
	return true
}

func (s idSet) has(id string) bool {
	_, ok := s[idKey(id)]
	return ok
}

// idKey returns the key of an id. Different ids have different keys: if the id is not the exact
// base64 of 16 bytes, the key is a hash.
func idKey(id string) (key [16]byte) {
	if uuid, err := base64.RawURLEncoding.Strict().DecodeString(id); err == nil && len(uuid) == len(key) {
		copy(key[:], uuid)
	} else {
		hash := sha256.Sum256([]byte(id))
		copy(key[:], hash[:])
	}
	return key
}
