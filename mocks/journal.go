package mocks

import (
	"maps"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Request is what the journal keeps of one request. It holds no token and no signature.
type Request struct {
	Time   time.Time
	Op     Op // name of the operation, "" for a path that is none
	Method string
	Host   string
	Path   string
	Query  url.Values // the signature of a signed URL and the secret of a public link are left out
	NodeID string     // named by the path
	Range  string
	// Length is the Content-Length of the request, -1 if it was chunked.
	Length int64
	// Token says what token the request carried, or what session.
	Token TokenState
	// Status is the answer's; 0 while there is none, or if the connection was broken instead.
	Status   int
	Received int64 // bytes of the request body that were read
	Sent     int64 // bytes of the answer's body that were read by the client
	Fault    bool  // a fault happened to it
	Leak     string
}

// TokenState is what the journal says of a token instead of the token.
type TokenState string

const (
	NoToken      TokenState = ""
	ValidToken   TokenState = "valid"
	ExpiredToken TokenState = "expired"
	UnknownToken TokenState = "unknown"
)

// Counters are totals since the drive was made.
type Counters struct {
	Requests int
	ByOp     map[Op]int
	ByStatus map[int]int // 0: the connection was broken
	Received int64       // bytes of request bodies
	Sent     int64       // bytes of answers
	Faults   int
}

// entry is a place in the journal that is still being written.
type entry struct {
	Request
	done bool
}

// journal keeps the last requests, in a ring.
type journal struct {
	mu       sync.Mutex
	keep     int
	ring     []*entry
	next     int
	counters Counters
	leaks    []string
	owned    map[string]bool // hosts that the drive has named as its own
	first    string          // the first host seen
}

func (j *journal) begin(c *call) *entry {
	e := &entry{Request: Request{
		Time: c.now, Method: c.r.Method, Host: c.host(), Path: c.d.signIns.publicPath(c.r.URL.Path), Query: c.d.signIns.publicQuery(c.query),
		Range: c.r.Header.Get("Range"), Length: c.r.ContentLength,
	}}
	if c.route != nil {
		e.Op = c.route.op
		e.NodeID = c.d.signIns.publicPath(c.nodeID())
		if e.Op == OpContentTempLink || e.Op == OpSharesGet || e.Op == OpGroupsShare {
			e.Path = e.Path[:strings.LastIndexByte(e.Path, '/')+1] + "…"
		}
	}
	e.Token = c.credentialState()
	j.mu.Lock()
	defer j.mu.Unlock()
	e.Leak = j.leak(c)
	if e.Leak != "" {
		j.leaks = append(j.leaks, e.Method+" "+e.Host+e.Path+": "+e.Leak)
	}
	if len(j.ring) < j.keep {
		j.ring = append(j.ring, e)
	} else {
		j.ring[j.next] = e
		j.next = (j.next + 1) % j.keep
	}
	j.counters.Requests++
	if j.counters.ByOp == nil {
		j.counters.ByOp, j.counters.ByStatus = map[Op]int{}, map[int]int{}
	}
	j.counters.ByOp[e.Op]++
	return e
}

// publicPath is a path without what a client has put into it of a cookie.
func (s *signIns) publicPath(path string) string {
	if s.secretIn(path) {
		return "/…"
	}
	return path
}

func (s *signIns) publicQuery(q url.Values) url.Values {
	if len(q) == 0 {
		return nil
	}
	q = maps.Clone(q)
	for k := range q {
		if s.secretIn(strings.Join(append([]string{k}, q[k]...), "\n")) {
			delete(q, k)
			continue
		}
		if strings.HasPrefix(k, "X-Amz-") && k != "X-Amz-Algorithm" && k != "X-Amz-Expires" ||
			strings.EqualFold(k, "access_token") || k == "shareId" || k == "groupShareToken" {
			delete(q, k)
		}
	}
	return q
}

// credentialState is what the journal says of the token or the session of a request.
func (c *call) credentialState() TokenState {
	state := c.d.tokens.state(c.r.Header, c.now)
	if state == NoToken && c.d.photos() {
		_, state = c.d.signIns.find(c.d.opt.photos.site, c.r.Header, c.now)
	}
	return state
}

// answer notes the status, which is known before the body has gone out.
func (j *journal) answer(c *call, a *answer) {
	j.mu.Lock()
	defer j.mu.Unlock()
	c.entry.Status = a.status
	c.entry.Received = c.body.n
	c.entry.Fault = c.fault != nil
	j.counters.ByStatus[a.status]++
	j.counters.Received += c.body.n
	if c.fault != nil {
		j.counters.Faults++
	}
}

// finish notes how much of the answer the client has read.
func (j *journal) finish(e *entry, sent int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !e.done {
		e.done = true
		e.Sent = sent
		j.counters.Sent += sent
	}
}

// Journal is what was asked of the drive so far, in the order of arrival.
func (d *Drive) Journal() []Request {
	j := &d.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	list := make([]Request, 0, len(j.ring))
	for i := range j.ring {
		list = append(list, j.ring[(j.next+i)%len(j.ring)].Request)
	}
	return list
}

// ClearJournal forgets the requests so far and sets the counters to zero. Leaks are not forgotten.
func (d *Drive) ClearJournal() {
	j := &d.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ring, j.next = nil, 0
	j.counters = Counters{ByOp: map[Op]int{}, ByStatus: map[int]int{}}
}

// Counters are the totals so far.
func (d *Drive) Counters() Counters {
	j := &d.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	c := j.counters
	c.ByOp, c.ByStatus = maps.Clone(c.ByOp), maps.Clone(c.ByStatus)
	return c
}
