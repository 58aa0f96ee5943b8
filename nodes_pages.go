package acd

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
)

// maxFruitless is how many times a listing runs again without anything new.
const maxFruitless = 3

// listing is the one loop under all listings. The service loses pages: one that
// was answered with a 429 may be gone, and a token lives ten minutes only. The
// listing then runs again, and yields only what is new.
func (s *NodesService) listing(ctx context.Context, r request, opts ListOptions, keep func(*Node) bool) iter.Seq2[*Node, error] {
	return func(yield func(*Node, error) bool) {
		fail := func(err error) error { return newError(ctx, r.op, r.about(), err) }
		query, err := opts.query(s.client.cfg.encoding)
		if err != nil {
			yield(nil, fail(err))
			return
		}
		l := &listing{client: s.client, r: r, query: query, keep: keep, yield: yield}
		for fruitless := 0; ; fruitless++ {
			before := l.seen.len()
			again, err := l.run(ctx)
			if l.seen.len() > before {
				fruitless = 0
			}
			switch {
			case l.stopped || err == nil && !again && l.unreadable.count == 0:
				return
			case err != nil:
				yield(nil, err)
				return
			case !again:
				yield(nil, fail(l.unreadable.err()))
				return
			case fruitless == maxFruitless:
				yield(nil, fail(fmt.Errorf("%w: the service promised %d nodes, and %d came", ErrIncomplete, l.promised, l.seen.len())))
				return
			}
		}
	}
}

// listing is one listing over all its runs.
type listing struct {
	client   *Client
	r        request
	query    url.Values
	keep     func(*Node) bool
	yield    func(*Node, error) bool
	stopped  bool // by the caller
	seen     idSet
	promised int64 // nodes, by the first page of the last run
	// unreadable are nodes of the last run. The listing goes on to its end before it says so.
	unreadable unreadableNodes
}

// run goes through the pages once. It is to run again if it may have lost a
// page.
func (l *listing) run(ctx context.Context) (again bool, err error) {
	var (
		came   int64
		failed bool // an attempt at a page, which the service may have dropped then
		loop   loopFinder
	)
	l.query.Del("startToken")
	l.unreadable = unreadableNodes{}
	for pages := 0; ; pages++ {
		l.r.query = l.query
		page, record, err := callRecord[nodePage](ctx, l.client, l.r)
		failed = failed || record.Attempts > 1
		if err != nil {
			if pages > 0 && isExpiredToken(err) {
				return true, nil
			}
			return false, err
		}
		if pages == 0 {
			l.promised = page.Count
		}
		came += int64(len(page.Nodes) + len(page.Unreadable))
		l.unreadable.add(page.Unreadable)
		more := page.NextToken != ""
		for _, n := range page.Nodes {
			l.client.adopt(n)
			// A listing of one page cannot repeat itself.
			if (more || pages > 0 || l.seen.len() > 0 || failed) && !l.seen.add(n.ID) {
				continue
			}
			if l.keep(n) && !l.yield(n, nil) {
				l.stopped = true
				return false, nil
			}
		}
		if !more {
			return failed && came < page.Count, nil
		}
		if loop.repeats(page.NextToken) {
			return false, newError(ctx, l.r.op, l.r.about(), fmt.Errorf("%w: the service repeats a page token", ErrIncomplete))
		}
		l.query.Set("startToken", page.NextToken)
	}
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
	key := md5.Sum([]byte(id))
	if uuid, err := base64.RawURLEncoding.DecodeString(id); err == nil && len(uuid) == len(key) {
		copy(key[:], uuid)
	}
	if *s == nil {
		*s = idSet{}
	}
	if _, ok := (*s)[key]; ok {
		return false
	}
	(*s)[key] = struct{}{}
	return true
}
