package mocks

import (
	"net/http"
	"time"
)

// Fault is something that goes wrong. The zero value of a field means that the field has no effect,
// so a test sets only the fields that it needs.
type Fault struct {
	// Op is the operation, such as "Nodes.Get" or "Content.Upload", or a [path.Match] pattern such
	// as "Content.*". If it is empty, every request matches, also one whose path belongs to no
	// operation.
	Op Op `json:"op,omitempty"`
	// NodeID is the id in the path of the request, or the id of the file of a tempLink. If it is
	// empty, every id matches.
	NodeID string `json:"nodeId,omitempty"`
	// Nth is the first matching call that fails, counted from 1. 0 means 1.
	Nth int `json:"nth,omitempty"`
	// Times is how many calls fail. 0 means one call if Nth is set, and every call if Nth is not
	// set.
	Times int `json:"times,omitempty"`
	// Rate is the probability that a matching call fails. The random numbers come from Seed. 0
	// means that every matching call fails.
	Rate float64 `json:"rate,omitempty"`
	Seed uint64  `json:"seed,omitempty"`

	// At is the point at which the fault happens.
	At Point `json:"at,omitempty"`
	// After is the number of bytes of the body that are sent before the fault happens: of the
	// request body with InBody, else of the response body. 0 means half of the body.
	After int64 `json:"after,omitempty"`

	// Status, Header and Body are the response to the call. If Body is empty, the response has the
	// body that the service itself sends with that status.
	Status int         `json:"status,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   string      `json:"body,omitempty"`
	// Reset breaks the connection.
	Reset bool `json:"reset,omitempty"`
	// Commit lets the drive do what was asked before it answers with Status or Reset.
	Commit bool `json:"commit,omitempty"`
	// VisibleAfter is for how long searches do not see what the call changed. If the fault also has
	// Status or Reset, an uploaded file is not found by its id either during that time.
	VisibleAfter Duration `json:"visibleAfter,omitempty"`

	// Delay is the time to wait before the call is handled, or with InAnswer before the response is
	// sent.
	Delay Duration `json:"delay,omitempty"`
	// BytesPerSecond slows down the request body (with InBody) or the response body (with
	// InAnswer).
	BytesPerSecond int64 `json:"bytesPerSecond,omitempty"`
	// Truncate ends the body of the response early, as a broken proxy does.
	Truncate bool `json:"truncate,omitempty"`
	// Corrupt flips one bit of the response body, or with InBody of the request body.
	Corrupt bool `json:"corrupt,omitempty"`
	// WrongMD5 puts an MD5 that is not the content's into the response to an upload or a look-up.
	WrongMD5 bool `json:"wrongMd5,omitempty"`

	// ExpireTokens makes all tokens of the drive expire when the fault happens, as
	// [Drive.ExpireTokens] does. RevokeTokens makes the drive forget them. In both cases the call
	// itself is the first one to be refused. The TokenSource of the drive returns a new token after
	// the old one was invalidated.
	ExpireTokens bool `json:"expireTokens,omitempty"`
	RevokeTokens bool `json:"revokeTokens,omitempty"`

	// ExpireSessions ends all sessions when the fault happens, as [Drive.ExpireSessions] does.
	ExpireSessions bool `json:"expireSessions,omitempty"`

	// Rewrite changes the JSON of a successful response after the drive has done what was asked. A
	// test can use it for an odd value in a node, for another node than the requested one, or for a
	// wrong count. A fault script cannot contain it.
	Rewrite func(body []byte) []byte `json:"-"`

	// Stale leaves out of a listing the nodes that were created within this time before the call.
	Stale Duration `json:"stale,omitempty"`
	// Bogus adds this many nodes to a listing that are not children of the folder.
	Bogus int `json:"bogus,omitempty"`
	// Nameless adds this many nodes without a name, Assets this many of kind ASSET.
	Nameless int `json:"nameless,omitempty"`
	Assets   int `json:"assets,omitempty"`
	// CountBy is added to the count of a listing.
	CountBy int `json:"countBy,omitempty"`
	// LosePage, together with a Status, makes the next call with the same startToken skip a page.
	LosePage bool `json:"losePage,omitempty"`

	// CutFrames ends a change feed after this many change sets, without the end marker. -1 ends the
	// feed before the first one.
	CutFrames int `json:"cutFrames,omitempty"`
	// RepeatFrames sends every change set of a feed twice.
	RepeatFrames bool `json:"repeatFrames,omitempty"`
	// ResetFrame is the number of the change set that says reset once more, counted from 1.
	ResetFrame int `json:"resetFrame,omitempty"`
	// FrameStatus is the statusCode in the last change set. That change set then has no nodes.
	FrameStatus int `json:"frameStatus,omitempty"`
}

// Point is a point in the course of a request.
type Point string

const (
	// BeforeBody is the point before any byte of the request body is read. It is the default.
	BeforeBody Point = ""
	// InBody is the point in the middle of the request body.
	InBody Point = "inBody"
	// AfterBody is the point after the request body was read and before anything is done with it.
	AfterBody Point = "afterBody"
	// InAnswer is the point in the middle of the response body. The drive has done what was asked.
	InAnswer Point = "inAnswer"
)

// Duration is a time.Duration that is written in JSON as "1.5s".
type Duration time.Duration

// MarshalText returns the duration in the form of [time.Duration.String].
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText reads what [time.ParseDuration] reads.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	*d = Duration(v)
	return err
}
