package mocks

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"path"
	"sync"
	"time"
)

// Fault is something that goes wrong. The zero value of each field means "nothing of that kind",
// so that a fault states only what it does and where.
type Fault struct {
	// Op is the operation, such as "Nodes.Get" or "Content.Upload", or a [path.Match] pattern such
	// as "Content.*". Empty: every operation. A path that is no operation matches only that.
	Op string `json:"op,omitempty"`
	// NodeID is the id in the request's path (of a tempLink: of its file). Empty: any.
	NodeID string `json:"nodeId,omitempty"`
	// Nth is the first call that fails, counted from 1 among those that match; 0 is the first.
	Nth int `json:"nth,omitempty"`
	// Times is how many calls fail. With 0, one call if Nth is set, else every call.
	Times int `json:"times,omitempty"`
	// Rate is the probability of each matching call to fail, drawn from Seed; 0 is 1.
	Rate float64 `json:"rate,omitempty"`
	Seed uint64  `json:"seed,omitempty"`

	// At is when it happens.
	At Point `json:"at,omitempty"`
	// After is the number of bytes of the body (of the request with InBody, else of the answer)
	// that pass before. 0 is half of them.
	After int64 `json:"after,omitempty"`

	// Status, Header and Body are answered instead. Without Body it is what the service itself sends
	// with that status.
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   string      `json:"body,omitempty"`
	// Reset breaks the connection.
	Reset bool `json:"reset,omitempty"`
	// Commit does what was asked and only then answers with Status or Reset.
	Commit bool `json:"commit,omitempty"`
	// VisibleAfter is how long what the call changed stays out of sight: of searches; and if
	// the answer is a fault too, an uploaded file is not found by its id either.
	VisibleAfter Duration `json:"visibleAfter,omitempty"`

	// Delay passes before the call is handled, or with InAnswer before the answer.
	Delay Duration `json:"delay,omitempty"`
	// BytesPerSecond slows the request body (with InBody) or the answer (with InAnswer).
	BytesPerSecond int64 `json:"bytesPerSecond,omitempty"`
	// Truncate ends the body of the answer early, as a broken proxy does.
	Truncate bool `json:"truncate,omitempty"`
	// Corrupt flips one bit of the body of the answer, or with InBody of the request.
	Corrupt bool `json:"corrupt,omitempty"`
	// WrongMD5 answers an upload or a look-up with an MD5 that is not the content's.
	WrongMD5 bool `json:"wrongMd5,omitempty"`

	// Stale leaves out of a listing what was created in the last Stale.
	Stale Duration `json:"stale,omitempty"`
	// Bogus adds so many nodes to a listing that are not children of the folder.
	Bogus int `json:"bogus,omitempty"`
	// Nameless adds so many nodes without a name, Assets so many of kind ASSET.
	Nameless int `json:"nameless,omitempty"`
	Assets   int `json:"assets,omitempty"`
	// CountBy changes the count of a listing.
	CountBy int `json:"countBy,omitempty"`
	// LosePage, with a Status, lets the next call with the same startToken skip the page.
	LosePage bool `json:"losePage,omitempty"`

	// CutFrames ends a change feed after so many change sets, without its end marker. -1: at once.
	CutFrames int `json:"cutFrames,omitempty"`
	// RepeatFrames sends every change set of a feed twice.
	RepeatFrames bool `json:"repeatFrames,omitempty"`
	// ResetFrame sends reset once more in the so many-th change set.
	ResetFrame int `json:"resetFrame,omitempty"`
	// FrameStatus is the statusCode inside the last change set, which then has no nodes.
	FrameStatus int `json:"frameStatus,omitempty"`
}

// Point is a point in the life of a request.
type Point string

const (
	// BeforeBody is before anything of the request body was read. It is the default.
	BeforeBody Point = ""
	// InBody is in the middle of the request body.
	InBody Point = "inBody"
	// AfterBody is after the request body, before anything was done with it.
	AfterBody Point = "afterBody"
	// InAnswer is in the middle of the answer's body; everything has been done.
	InAnswer Point = "inAnswer"
)

// Duration is a time.Duration that JSON holds as "1.5s".
type Duration time.Duration

// MarshalText writes the duration as time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what [time.ParseDuration] reads.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}

// Injected is a fault at work.
type Injected struct {
	fault Fault
	box   *faultBox
	rng   *rand.Rand
	calls int
	fired int
	gone  bool
}

// Fired is how often the fault has happened.
func (i *Injected) Fired() int {
	i.box.mu.Lock()
	defer i.box.mu.Unlock()
	return i.fired
}

// Remove ends the fault.
func (i *Injected) Remove() {
	i.box.mu.Lock()
	defer i.box.mu.Unlock()
	i.gone = true
}

type faultBox struct {
	mu   sync.Mutex
	list []*Injected
}

// Inject lets a fault happen from now on. Of several that match one call the first injected
// happens; each counts its own matching calls.
func (d *Drive) Inject(f Fault) *Injected {
	i := &Injected{fault: f, box: &d.faults}
	if f.Rate > 0 {
		i.rng = rand.New(rand.NewPCG(f.Seed, uint64(len(f.Op))))
	}
	d.faults.mu.Lock()
	defer d.faults.mu.Unlock()
	d.faults.list = append(d.faults.list, i)
	return i
}

// take finds the fault that happens to a call.
func (b *faultBox) take(c *call) *Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	var hit *Fault
	for _, i := range b.list {
		if i.gone || !i.fault.matches(c) {
			continue
		}
		i.calls++
		if hit == nil && i.due() {
			i.fired++
			hit = &i.fault
		}
	}
	return hit
}

func (f *Fault) matches(c *call) bool {
	op := ""
	if c.route != nil {
		op = c.route.op
	}
	if f.Op != "" {
		if ok, err := path.Match(f.Op, op); err != nil || !ok {
			return false
		}
	}
	return f.NodeID == "" || f.NodeID == c.nodeID()
}

// due counts a matching call and says whether the fault happens to it.
func (i *Injected) due() bool {
	f := &i.fault
	first := max(f.Nth, 1)
	times := f.Times
	if times == 0 && f.Nth > 0 {
		times = 1
	}
	if i.calls < first || times > 0 && i.fired >= times {
		return false
	}
	return i.rng == nil || i.rng.Float64() < f.Rate
}

// nodeID is the id that the path of the request names.
func (c *call) nodeID() string {
	if c.route == nil {
		return ""
	}
	if c.route.byID {
		return c.id
	}
	if c.route.op == "Content.TempLink" {
		return c.d.linkedID(c)
	}
	return ""
}

// replaces says that the fault gives another answer than the drive's, or none.
func (f *Fault) replaces() bool { return f.Status != 0 || f.Reset && f.At != InAnswer }

// before is the fault's part before the request is looked at; nil: go on.
func (c *call) before() *answer {
	f := c.fault
	if f == nil {
		return nil
	}
	if f.Delay > 0 && f.At != InAnswer {
		if err := sleep(c.ctx(), time.Duration(f.Delay)); err != nil {
			return &answer{broken: err}
		}
	}
	if f.LosePage {
		c.losePage()
	}
	noBody := c.r.Method == http.MethodGet || c.r.Method == http.MethodDelete
	if (f.At == BeforeBody || f.At == AfterBody && noBody) && !f.Commit && f.replaces() {
		return c.faultAnswer()
	}
	if f.At == InBody {
		c.body.r = c.faultyBody(c.body.r)
	}
	return nil
}

// faultyBody is the request body with the fault in it.
func (c *call) faultyBody(r io.Reader) io.Reader {
	f := c.fault
	after := f.After
	if after == 0 {
		after = max(c.r.ContentLength/2, 0)
	}
	switch {
	case f.Corrupt:
		return &corruptReader{r: r, at: after}
	case f.BytesPerSecond > 0:
		return &slowReader{ctx: c.ctx(), r: r, rate: f.BytesPerSecond}
	}
	return &cutReader{r: r, left: after, err: errCut}
}

// bodyRead reads what is left of the request body, and is the point AfterBody.
func (c *call) bodyRead() error {
	if err := drain(c.body); err != nil {
		return err
	}
	if f := c.fault; f != nil && f.At == AfterBody && !f.Commit && f.replaces() {
		c.faulted = true
		return errFaulted
	}
	return nil
}

// errFaulted ends a handler: the answer is the fault's.
var errFaulted = errors.New("mocks: a fault was injected here")

// after is the fault's part once the call was handled.
func (c *call) after(a *answer) *answer {
	f := c.fault
	if f == nil {
		return a
	}
	done := a.status < 400 && a.broken == nil
	switch {
	case f.At == InBody && c.body.err == errCut, c.faulted:
		a.close()
		return c.faultAnswer()
	case f.Commit && f.replaces() && done:
		a.close()
		return c.faultAnswer()
	case f.At == InAnswer && a.status != 0:
		return c.faultyAnswer(a)
	}
	return a
}

// faultAnswer is what is answered instead.
func (c *call) faultAnswer() *answer {
	f := c.fault
	if f.Status == 0 {
		return &answer{broken: errReset}
	}
	body := f.Body
	if body == "" {
		body = usualBody[f.Status]
	}
	a := reply(f.Status, []byte(body))
	switch {
	case body == "":
		delete(a.header, "Content-Type")
	case body[0] != '{':
		a.setType(http.DetectContentType([]byte(body)))
	}
	for k, v := range f.Header {
		a.header[http.CanonicalHeaderKey(k)] = v
	}
	return a
}

// usualBody is what the service sends with a status that has nothing to do with the request.
var usualBody = map[int]string{
	http.StatusBadRequest:          `{"message":"Cannot complete upload"}`,
	http.StatusUnauthorized:        `{"message":"Token has expired"}`,
	http.StatusForbidden:           `{"message":"Authorization header requires \u0027Credential\u0027 parameter. Authorization header requires \u0027Signature\u0027 parameter. Authorization header requires \u0027SignedHeaders\u0027 parameter. Authorization header requires existence of either a \u0027X-Amz-Date\u0027 or a \u0027Date\u0027 header. Authorization\u003dBearer"}`,
	http.StatusTooManyRequests:     `{"message":"Rate exceeded"}`,
	http.StatusInternalServerError: `{"message":"Internal failure"}`,
}
