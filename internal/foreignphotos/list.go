package foreignphotos

import (
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Tokens says which pages have a nextToken.
type Tokens int

const (
	TokensByParameters Tokens = iota // only for the two sets of parameters with which a token was seen (docs/wire-photos.md, 4.2)
	TokensNever
	TokensAlways // on nodes, children and trash
)

// WithTokens selects which pages have a nextToken.
func WithTokens(t Tokens) Option { return func(o *settings) { o.tokens = t } }

// WithFirstPageTwice sends the first page a second time before the second page
// (docs/wire-photos.md, 4.2). So each later page comes one page later than its offset says.
func WithFirstPageTwice() Option {
	return func(o *settings) {
		o.stretch = func(ids []string, limit int) []string {
			return slices.Concat(ids[:min(limit, len(ids))], ids)
		}
	}
}

// WithDuplicates sends every fiftieth node of a listing twice in a row. The real service may well
// do this, because offsets move while nodes are added.
func WithDuplicates() Option {
	return func(o *settings) {
		o.stretch = func(ids []string, _ int) []string {
			var all []string
			for i, id := range ids {
				if all = append(all, id); i%50 == 0 {
					all = append(all, id)
				}
			}
			return all
		}
	}
}

// WithCountDrift adds drift(n) to the count of the nth page that is requested, from 1 on
// (docs/wire-photos.md, 7).
func WithCountDrift(drift func(call int) int) Option { return func(o *settings) { o.drift = drift } }

// WithShortPages sends at most n nodes in a page, even if the request asks for more. More nodes may
// follow a short page.
func WithShortPages(n int) Option { return func(o *settings) { o.shortPages = n } }

// WithOffsetIgnored answers every offset with the first page. A client that waits for an empty page
// then never ends. The real service may do this, because no document mentions offset.
func WithOffsetIgnored() Option { return func(o *settings) { o.offsetIgnored = true } }

const (
	maxPage   = 200  // docs/wire-photos.md, 4.1 and docs/wire.md, 4.1
	maxOffset = 9999 // limit of offset plus limit; search has no such limit (docs/wire-photos.md, 4.1, 4.2)
)

// position is the listing and the index for which a nextToken was given. A token is good for its
// own listing only (docs/wire.md, 4.1).
type position struct {
	of string
	at int
}

// span returns the part of a listing that a request asks for, or a refusal. Search has no nextToken
// and no limit of 9999.
func (s *Service) span(r *http.Request, search bool) (offset, limit int, refusal *reply) {
	q := r.URL.Query()
	limit, badLimit := number(q, "limit", maxPage, 1, maxPage)
	offset, badOffset := number(q, "offset", 0, 0, math.MaxInt32)
	token := q.Get("startToken")
	from, known := s.tokens[token]
	var a reply
	switch {
	case badLimit || badOffset:
		a = invalid("Value at 'limit' or 'offset'")
	case token != "" && (search || q.Has("offset")):
		a = invalid("Value at 'startToken'")
	case token != "" && (!known || from.of != listing(r)):
		a = fail(http.StatusBadRequest, "", "Next token is expired")
	case token != "":
		return from.at, limit, nil
	case !search && offset+limit > maxOffset:
		a = fail(http.StatusBadRequest, "", "Offset + limit cannot be greater than 9999")
	default:
		return offset, limit, nil
	}
	return 0, 0, &a
}

// page answers with one page of a listing.
func (s *Service) page(r *http.Request, ids []string, search bool) reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	offset, limit, refusal := s.span(r, search)
	if refusal != nil {
		return *refusal
	}
	s.lists++
	answer := Doc{"count": max(0, len(ids)+s.opt.drift(s.lists))}
	if s.opt.stretch != nil {
		ids = s.opt.stretch(ids, limit)
	}
	if s.opt.offsetIgnored {
		offset = 0
	}
	if s.opt.shortPages > 0 {
		limit = min(limit, s.opt.shortPages)
	}
	end := min(offset+limit, len(ids))
	data := []Doc{}
	for _, id := range ids[min(offset, end):end] {
		data = append(data, s.withTempLink(r, s.docs[id]))
	}
	answer["data"] = data
	if end < len(ids) && !search && s.givesToken(r) {
		next := newID()
		s.tokens[next] = position{listing(r), end}
		answer["nextToken"] = next
	}
	return ok(answer)
}

// listing returns a key for the listing of a request: all its parameters except the position.
func listing(r *http.Request) string {
	q := r.URL.Query()
	q.Del("startToken")
	q.Del("offset")
	return r.URL.Path + "?" + q.Encode()
}

// givesToken reports whether the page has a nextToken. By default it follows the two observations
// in 4.2 of docs/wire-photos.md: nodes with filters=kind:FILE and tempLink=false but without asset,
// and children with asset=ALL and tempLink=true. The usual parameters give no token.
func (s *Service) givesToken(r *http.Request) bool {
	q := r.URL.Query()
	switch {
	case s.opt.tokens == TokensNever:
		return false
	case s.opt.tokens == TokensAlways:
		return true
	case r.URL.Path == api+"nodes":
		return !q.Has("asset") && q.Get("tempLink") == "false" && strings.Contains(q.Get("filters"), "kind:FILE")
	case strings.HasSuffix(r.URL.Path, "/children"):
		return q.Get("asset") == "ALL" && q.Get("tempLink") == "true"
	}
	return false
}

// withTempLink returns doc with its tempLink if the request asks for it. With V2, a client must
// send credentials to the URL in tempLink (docs/wire-photos.md, 4.4, docs/wire.md, 5.6).
func (s *Service) withTempLink(r *http.Request, doc Doc) Doc {
	if r.URL.Query().Get("tempLink") != "true" || doc["kind"] != "FILE" && doc["kind"] != "ASSET" {
		return doc
	}
	linked := copyValue(doc).(Doc)
	linked["tempLink"] = "https://" + s.site.hosts().Content + "/cdproxy/nodes/" + text(doc, "id")
	return linked
}

// selection says which nodes a listing has, and in which order.
type selection struct {
	clauses []clause
	values  func(field, id string, doc Doc) []string
	within  func(doc Doc) bool
	sort    string
	falling bool
}

// choose returns the ids of a selection. It keeps the result until the library changes, because
// each page of a large library needs the same selection again.
func (l *Library) choose(key string, sel selection) []string {
	if ids, known := l.memo[key]; known {
		return ids
	}
	ids := []string{}
	for _, id := range l.order {
		doc := l.docs[id]
		if sel.within(doc) && !slices.ContainsFunc(sel.clauses, func(c clause) bool { return !c.selects(sel.values(c.field, id, doc)) }) {
			ids = append(ids, id)
		}
	}
	if sel.sort != "" {
		keys := map[string]time.Time{}
		for _, id := range ids {
			keys[id], _ = parseDate(text(l.docs[id], sel.sort))
		}
		slices.SortStableFunc(ids, func(a, b string) int {
			if sel.falling {
				a, b = b, a
			}
			return keys[a].Compare(keys[b])
		})
	}
	if l.memo == nil {
		l.memo = map[string][]string{}
	}
	l.memo[key] = ids
	return ids
}

// number reads a number from a query. bad reports that the number is outside of low and high, or no
// number.
func number(q url.Values, key string, otherwise, low, high int) (n int, bad bool) {
	if !q.Has(key) {
		return otherwise, false
	}
	n, err := strconv.Atoi(q.Get(key))
	return n, err != nil || n < low || n > high
}
