package mocks

import (
	"net/http"
	"time"
)

// Fault is something that goes wrong. The zero value of each field means "nothing of that kind",
// so that a fault states only what it does and where.
type Fault struct {
	// Op is the operation, such as "Nodes.Get" or "Content.Upload", or a [path.Match] pattern such
	// as "Content.*". Empty: every operation, and every path that is none.
	Op Op `json:"op,omitempty"`
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

	// ExpireTokens lets all tokens of the drive expire at that moment, as [Drive.ExpireTokens] does, and
	// RevokeTokens has the drive forget them: the call itself is the first that is refused. The drive's
	// TokenSource gives another one once its token is invalidated.
	ExpireTokens bool `json:"expireTokens,omitempty"`
	RevokeTokens bool `json:"revokeTokens,omitempty"`

	// ExpireSessions ends all sessions at that moment, as [Drive.ExpireSessions] does.
	ExpireSessions bool `json:"expireSessions,omitempty"`

	// Rewrite changes the JSON of a success, after the drive has done what was asked: an odd value in a node, a node
	// that is another one, a count that does not fit. It is not in a script.
	Rewrite func(body []byte) []byte `json:"-"`

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
