package store

import (
	"errors"
	"fmt"

	"github.com/acd-sdk/acd/mocks/internal/query"
)

// Listings of nodes, of children and of the trash work in the same way. Only the candidates differ.

// listing is a listing with more than one page. If the order is that of a list that the store
// keeps, a cursor into this list is enough. A filtered or sorted result is kept whole, 8 bytes for
// each node.
type listing struct {
	query  string
	total  int
	result []*Node
	cursor bool
	used   int64
}

// A Query is the request for a listing.
type Query struct {
	Folder *Node // only the children of this folder; nil: all nodes
	Trash  bool  // only nodes that were trashed themselves
	Filter query.Filter
	Sort   []query.SortKey
	Limit  int
	Offset int
	Token  string // token of the page; empty: the first page
	Text   string // the parameters to which a list token is bound
	V2     bool   // nodes that only Photos knows are included

	Only      func(*Node) bool // an additional condition that a filter cannot express; nil: none
	Tokenless bool             // give no token for the next page
}

// Page is one page of a listing.
type Page struct {
	Total int
	Nodes []*Node
	Next  string
}

// List returns one page of a listing.
func (s *Store) List(q *Query, now int64) (*Page, error) {
	if q.Token != "" {
		return s.nextPage(q, now)
	}
	if s.plain(q, now) {
		return s.cursorPage(q, 0, s.plainTotal(q), now)
	}
	result := s.Found(q, now)
	total := len(result)
	result = result[min(q.Offset, total):]
	p := &Page{Total: total, Nodes: result[:min(q.Limit, len(result))]}
	if len(p.Nodes) < len(result) && !q.Tokenless {
		key := s.keepListing(&listing{query: q.Text, total: total, result: result, used: now})
		p.Next = s.listToken(key, uint64(len(p.Nodes)), now)
	}
	return p, nil
}

// found is the last result of a search. It is kept because paging without tokens asks for the same
// result many times.
type found struct {
	text   string
	seq    uint64
	result []*Node
}

// Found returns all nodes that the query finds, in the order that the query asks for. The caller
// must not change the result.
func (s *Store) Found(q *Query, now int64) []*Node {
	text := "" // the result is not kept while searches still have to see changes
	if s.Albums && s.lagUntil <= now && s.IndexedUntil <= now {
		text = fmt.Sprint(q.Text, q.V2, q.Trash)
		if s.last.text == text && s.last.seq == s.Seq {
			return s.last.result
		}
	}
	result := s.Search(q, now)
	if len(q.Sort) > 0 {
		SortNodes(result, q.Sort)
	}
	if text != "" {
		s.last = found{text, s.Seq, result}
	}
	return result
}

// Lagging reports whether there are changes that searches do not see yet.
func (s *Store) Lagging(now int64) bool { return s.lagUntil > now }

// plain reports whether the listing is a part of a list that the store keeps in order.
func (s *Store) plain(q *Query, now int64) bool {
	return len(q.Filter) == 0 && len(q.Sort) == 0 && q.Offset == 0 && !s.Albums && !q.Trash && s.lagUntil <= now && q.Only == nil
}

func (s *Store) plainTotal(q *Query) int {
	if f := q.Folder; f != nil {
		if f.Dir == nil {
			return 0
		}
		return f.Dir.live
	}
	return s.liveNodes
}

func (s *Store) cursorPage(q *Query, after uint64, total int, now int64) (*Page, error) {
	p := &Page{Total: total}
	nodes, place := s.Nodes, func(n *Node) uint64 { return n.ord }
	start := 0
	if f := q.Folder; f == nil {
		start = s.indexOf(after + 1)
	} else if f.Dir == nil {
		return p, nil
	} else {
		nodes, place = f.Dir.Children, func(n *Node) uint64 { seq, _ := n.EdgeSeq(f); return seq }
		start = f.Dir.after(f, after)
	}
	for _, n := range nodes[start:] {
		if !n.Status.Live() || n.Hidden(now) {
			continue
		}
		if len(p.Nodes) == q.Limit {
			if q.Tokenless {
				break
			}
			key := q.Token
			if key == "" {
				key = s.keepListing(&listing{query: q.Text, total: total, cursor: true, used: now})
			}
			p.Next = s.listToken(key, place(p.Nodes[len(p.Nodes)-1]), now)
			break
		}
		p.Nodes = append(p.Nodes, n)
	}
	return p, nil
}

// ErrListToken means that a list token is malformed, has expired, or belongs to another listing.
var ErrListToken = errors.New("list token expired")

// nextPage returns the page that belongs to a token. If a fault has lost that page, it returns the
// page after it.
func (s *Store) nextPage(q *Query, now int64) (*Page, error) {
	lost := s.LostPages[q.Token]
	p, err := s.pageOf(q, now)
	if err != nil || !lost {
		return p, err
	}
	if p.Next == "" {
		p.Nodes = nil
		return p, nil
	}
	q.Token = p.Next
	return s.pageOf(q, now)
}

func (s *Store) pageOf(q *Query, now int64) (*Page, error) {
	key, pos, issued, ok := s.readListToken(q.Token)
	l := s.listings[key]
	if !ok || l == nil || l.query != q.Text || issued+s.ListTokenFor.Milliseconds() < now {
		return nil, ErrListToken
	}
	l.used = now
	if l.cursor {
		q.Token = key
		return s.cursorPage(q, pos, l.total, now)
	}
	p := &Page{Total: l.total}
	rest := l.result[min(pos, uint64(len(l.result))):]
	taken := 0
	for _, n := range rest {
		if len(p.Nodes) == q.Limit {
			break
		}
		taken++
		if n.Status != Purged {
			p.Nodes = append(p.Nodes, n)
		}
	}
	if taken < len(rest) {
		p.Next = s.listToken(key, pos+uint64(taken), now)
	}
	return p, nil
}
