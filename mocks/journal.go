package mocks

import (
	"maps"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Request is what the journal keeps of one request. It contains no token and no signature.
type Request struct {
	Time   time.Time
	Op     Op // the operation; "" if the path belongs to none
	Method string
	Host   string
	Path   string
	Query  url.Values // without the signature of a signed URL and without the secret of a public link
	NodeID string     // the node in the path
	Range  string
	// Length is the Content-Length of the request; -1 if the request was chunked.
	Length int64
	// Token is the state of the token or of the session that the request carried.
	Token TokenState
	// Status is the status of the response. It is 0 before there is a response, and also if the
	// connection was broken instead.
	Status   int
	Received int64 // bytes of the request body that were read
	Sent     int64 // bytes of the response body that the client has read
	Fault    bool  // a fault happened to the request
	Leak     string
}

// TokenState is what the journal records about a token or a session. The journal never holds the
// token.
type TokenState string

const (
	NoToken      TokenState = ""
	ValidToken   TokenState = "valid"
	ExpiredToken TokenState = "expired"
	UnknownToken TokenState = "unknown"
)

// Counters are totals since the drive was made or [Drive.ClearJournal] was called.
type Counters struct {
	Requests int
	ByOp     map[Op]int
	ByStatus map[int]int // 0: the connection was broken
	Received int64       // bytes of request bodies
	Sent     int64       // bytes of response bodies
	Faults   int
}

// entry is a request in the journal. Its status and its counts are set later.
type entry struct {
	Request
	done bool
}

// journal keeps the last requests, in a ring buffer.
type journal struct {
	mu       sync.Mutex
	keep     int
	ring     []*entry
	next     int
	counters Counters
	leaks    []string
	owned    map[string]bool // hosts that account/endpoint has named as hosts of the drive
	first    string          // the host of the first request
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

// publicPath returns the path, or "/…" if the client has put the value of a cookie into it.
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

// credentialState returns the state of the token or of the session that the request carries.
func (c *call) credentialState() TokenState {
	state := c.d.tokens.state(c.r.Header, c.now)
	if state == NoToken && c.d.photos() {
		_, state = c.d.signIns.find(c.d.opt.photos.site, c.r.Header, c.now)
	}
	return state
}

// answer records the status of the response. The body has not been sent at that moment.
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

// finish records how many bytes of the response body the client has read.
func (j *journal) finish(e *entry, sent int64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !e.done {
		e.done = true
		e.Sent = sent
		j.counters.Sent += sent
	}
}

// Journal returns the requests that the drive has received, in the order of their arrival. It
// returns at most as many as [WithJournal] keeps.
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

// ClearJournal removes all requests from the journal and sets the counters to zero. It keeps the
// leaks that [AssertNoLeaks] reports.
func (d *Drive) ClearJournal() {
	j := &d.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ring, j.next = nil, 0
	j.counters = Counters{ByOp: map[Op]int{}, ByStatus: map[int]int{}}
}

// Counters returns the totals since the drive was made or [Drive.ClearJournal] was called.
func (d *Drive) Counters() Counters {
	j := &d.journal
	j.mu.Lock()
	defer j.mu.Unlock()
	c := j.counters
	c.ByOp, c.ByStatus = maps.Clone(c.ByOp), maps.Clone(c.ByStatus)
	return c
}
