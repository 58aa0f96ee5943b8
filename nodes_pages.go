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
	// maxFruitless is how many times a listing runs again without anything new.
	maxFruitless = 3
	// maxEmptyPages is how many pages in a row may bring nothing new, although each names a next one.
	maxEmptyPages = 50
	// maxOffset is the service's own limit on the sum of a page's offset and its size.
	maxOffset = 9999
)

// listing lists what opts select, and yields what keep says.
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

// pages are what a listing asks for.
type pages struct {
	query url.Values
	limit int              // nodes in a page
	keep  func(*Node) bool // nil keeps all
	// unlimited says that the service's limit on offsets does not hold for this call.
	unlimited bool
	// between is the query for nodes of these dates only; nil if the listing cannot be divided.
	between func(dates) (url.Values, error)
}

// pages is the one loop under all listings.
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

// untilWhole runs a listing until it is whole. The service loses pages: one that
// was answered with a 429 may be gone, and a token lives ten minutes only. The
// listing then runs again, and yields only what is new.
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

// listing is one listing over all its runs. Where it ends:
//
//   - A page without a token ends a listing in which pages had tokens: it proved itself the last.
//   - If no page had a token, a page that is full, or that leaves less than the count which the
//     service promised, is followed by a page at an offset (so Amazon Photos pages). An empty page, or only known
//     nodes, then prove the end. The count is a hint: on real drives it does not always fit, so that a listing which
//     proved its end is whole whatever the count says, and the difference is logged.
//   - An offset that is refused or that is not obeyed (page one again, more than once) proves nothing: [ErrIncomplete], after all
//     that came. So does one that would pass the service's limit of 9,999, unless the listing can be
//     divided by dates: see byDates.
//   - A run in which an attempt at a page failed, and that saw less than was promised, may have lost the
//     page: the listing runs again. What counts is what was seen over all runs.
type listing struct {
	pages
	client  *Client
	r       request
	yield   func(*Node, error) bool
	stopped bool // by the caller
	seen    idSet
	// window are the ids that were seen within dates, which are all dates at first: then it is seen itself.
	window   *idSet
	dates    dates
	earlier  int   // nodes of pages before, if this is one page of a listing that other calls go on with
	early    int   // how often a count is still believed that says that there are too many nodes
	promised int64 // nodes, by the first page of the last run
	// unreadable are nodes of the last run. The listing goes on to its end before it says so.
	unreadable unreadableNodes
}

// missing says whether less was seen than was promised.
func (l *listing) missing() bool {
	return int64(l.earlier+l.window.len()+l.unreadable.count) < l.promised
}

// listingRun is one way through the pages.
type listingRun struct {
	*listing
	failed    bool // an attempt at a page failed, which the service may have dropped then
	hadTokens bool
	asked     int    // for so many nodes in a page
	came      int    // nodes, repeated ones too
	firstID   string // of page one
	repeated  int    // nodes of page one that came again in its place
	empty     int    // pages in a row without anything new
	loop      loopFinder
}

// run goes through the pages once. It is to run again if it may have lost a
// page.
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

// pageFailed decides whether a listing of which a page failed is to run again.
func (run *listingRun) pageFailed(ctx context.Context, first bool, err error) (again bool, _ error) {
	switch {
	case !first && isExpiredToken(err):
		return true, nil
	case run.query.Has("offset") && ctx.Err() == nil && errors.Is(err, ErrInvalid):
		return false, run.cannotGoOn(ctx, fmt.Errorf("the service refuses a page by its offset: %w", err))
	}
	return false, err
}

// yieldNew yields what is new in a page, and returns how many nodes of it are new within the dates.
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

// next sets the query to the page after this one, or returns false if this was the last.
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

// repeatedFirst deals with page one coming again instead of a later one. Amazon Photos does so once, and then all
// others come a page late; if it does so again, it does not obey offsets.
func (run *listingRun) repeatedFirst(ctx context.Context, size int) (more bool, err error) {
	if run.repeated > 0 {
		return false, run.cannotGoOn(ctx, errors.New("the service does not obey a page's offset"))
	}
	run.repeated = size
	return true, run.seek(ctx)
}

// follow asks for the page of a token.
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

// seek asks for the page behind what came.
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

// logDifference tells of a promise that did not fit.
func (run *listingRun) logDifference(ctx context.Context) {
	if run.missing() {
		run.client.cfg.log.InfoContext(ctx, "acd: a listing is whole, and its count is not the number of its nodes",
			"op", run.r.op.Name, "count", run.promised, "nodes", run.window.len())
	}
}

// errTooMany says that a listing has more nodes than the service lists by offsets.
var errTooMany = fmt.Errorf("the service lists no more than %d nodes without page tokens", maxOffset)

// tooMany says before all pages came that they will be too many, if the count says so and the listing can be
// divided. It spares pages, and nothing depends on it.
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

// cannotGoOn ends a listing of which nothing says that it is whole.
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

// err names the first node. It is only called if there is one.
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

// loopFinder finds a sequence of tokens that goes round, whatever its length,
// while it keeps one of them: each power of two, as Brent's algorithm does.
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

// idSet remembers node ids in 16 bytes each: a genuine id is a UUID in base64.
type idSet map[[16]byte]struct{}

func (s *idSet) len() int { return len(*s) }

// add returns false if the id is in the set already.
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

// idKey keeps ids apart as they are written: of one that is not the exact base64 of 16 bytes it is the hash.
func idKey(id string) (key [16]byte) {
	if uuid, err := base64.RawURLEncoding.Strict().DecodeString(id); err == nil && len(uuid) == len(key) {
		copy(key[:], uuid)
	} else {
		hash := sha256.Sum256([]byte(id))
		copy(key[:], hash[:])
	}
	return key
}
