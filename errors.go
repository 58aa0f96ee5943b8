package acd

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
)

// sentinel is an error to compare with. If the field is has a value, the sentinel is also that error of io/fs.
type sentinel struct {
	text string
	is   error
}

func (s *sentinel) Error() string { return s.text }
func (s *sentinel) Unwrap() error { return s.is }

// These sentinels are the kinds of failure for which a program may need different actions. Compare with
// [errors.Is]. An [*Error] in the same chain has the details.
var (
	// ErrNotFound: there is no such node. It is also an [fs.ErrNotExist].
	ErrNotFound error = &sentinel{"no such node", fs.ErrNotExist}
	// ErrExists: the name, the content or the local id is taken. [Error.ConflictID] is the id of the
	// existing node, if the service sent it. It is also an [fs.ErrExist].
	ErrExists error = &sentinel{"node exists already", fs.ErrExist}
	// ErrUnauthorized: the service did not accept the token. If there was a newer token, the service did
	// not accept that one either. It is also an [fs.ErrPermission].
	ErrUnauthorized error = &sentinel{"not signed in", fs.ErrPermission}
	// ErrForbidden: the account or the application may not do that. It is also an [fs.ErrPermission].
	ErrForbidden error = &sentinel{"not allowed", fs.ErrPermission}
	// ErrRateLimited: after the last attempt, the service still asked the client to slow down. If a
	// [*ThrottledError] is in the chain, all responses have been like that for a long time.
	ErrRateLimited error = &sentinel{text: "rate limited"}
	// ErrQuotaExceeded: the account has no room for the content.
	ErrQuotaExceeded error = &sentinel{text: "account is full"}
	// ErrTooLarge: the content is larger than [WithMaxUploadSize] or than the service accepts.
	ErrTooLarge error = &sentinel{text: "too large"}
	// ErrInvalid: the request is wrong: it has a bad name, filter, id or option.
	ErrInvalid error = &sentinel{"invalid request", fs.ErrInvalid}
	// ErrChecksum: content does not have the MD5 or the size that it should have.
	ErrChecksum error = &sentinel{text: "checksum mismatch"}
	// ErrChanged: the content has changed since it was opened, or the version of the node is not the one
	// that the caller gave.
	ErrChanged error = &sentinel{text: "changed meanwhile"}
	// ErrIncomplete: a listing or a change feed ended too early, or it lacks nodes that could not be
	// read. In the second case a [*NodeError] in the same chain names the first such node.
	ErrIncomplete error = &sentinel{text: "incomplete"}
	// ErrPageExpired: the service no longer knows the page token. Start the listing again from its first
	// page: see [PageToken].
	ErrPageExpired error = &sentinel{text: "page token has run out"}
	// ErrOtherParents: the node has other parent folders than the caller gave: see [IfOnlyParent].
	ErrOtherParents error = &sentinel{text: "node has other parents"}
	// ErrUnavailable: the service could not be reached, or it failed. A later call may succeed.
	ErrUnavailable error = &sentinel{text: "service unavailable"}
	// ErrOutcomeUnknown: the response was lost, and the client could not find out whether the call took
	// effect.
	ErrOutcomeUnknown error = &sentinel{text: "outcome unknown"}
	// ErrNotReplayable: a retry is needed, but the source was read already and cannot be read again. See
	// [WithReopen].
	ErrNotReplayable error = &sentinel{text: "source cannot be read again"}
)

// Error is a call that failed. To decide what to do, use [errors.Is] with the sentinels. The fields are
// for logs and bug reports. No field holds a token, a cookie or a signed URL.
type Error struct {
	Op         string // the operation, such as "Nodes.Get"
	Target     string // the id, name or path of the node that the call was about, if any
	Method     string
	URL        string // without its query; for a tempLink only the host
	StatusCode int    // 0 if there was no response
	Code       string // the error code of the service, unchanged, such as NAME_ALREADY_EXISTS
	Message    string // the error text of the service
	LogRef     string // for the support of the service, with RequestID
	RequestID  string
	ConflictID string        // the id of the existing node, with ErrExists
	Attempts   int           // 0 if no request was sent
	RetryAfter time.Duration // how long the service asked to wait, or 0
	Err        error         // a sentinel, the cause, or both joined
}

func (e *Error) Error() string {
	text := "acd: " + e.Op
	if e.Target != "" {
		text += fmt.Sprintf(" %q", e.Target)
	}
	if reason := e.reason(); reason != "" {
		text += ": " + reason
	}
	return text
}

// reason returns what went wrong, without the operation and its target.
func (e *Error) reason() string {
	var b strings.Builder
	if e.Err != nil { // nil only in an Error that another package made
		b.WriteString(inner(e.Err))
	}
	var details []string
	add := func(format string, args ...any) { details = append(details, fmt.Sprintf(format, args...)) }
	if e.StatusCode != 0 {
		add("%s", strings.TrimSpace(fmt.Sprintf("%d %s", e.StatusCode, e.Code)))
	}
	if e.Message != "" {
		add("%q", e.Message)
	}
	if e.ConflictID != "" {
		add("conflicting node %s", e.ConflictID)
	}
	if e.RequestID != "" {
		add("request %s", e.RequestID)
	}
	if e.Attempts > 1 {
		add("%d attempts", e.Attempts)
	}
	if len(details) > 0 {
		fmt.Fprintf(&b, " (%s)", strings.Join(details, ", "))
	}
	return b.String()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

// A NodeError is a node in a response that could not be read. A field that identifies it (its id, kind,
// status, name, parents, versions, size or MD5) is missing or has a value of a wrong type.
type NodeError struct {
	ID     string // "" if the id could not be read
	Name   string // as stored on the drive; "" if the name could not be read
	Field  string // such as "contentProperties.size"; "" if the whole node is missing
	Reason string // what was found and what was expected; never the value
}

func (e *NodeError) Error() string {
	const longest = 64 // a real id has 22 bytes
	short := func(s string) string { return strings.ToValidUTF8(s[:min(len(s), longest)], "") }
	text := "a node without an id: "
	switch {
	case e.ID != "":
		text = fmt.Sprintf("node %q: ", short(e.ID))
	case e.Name != "":
		text = fmt.Sprintf("the node of the name %q: ", short(e.Name))
	}
	if e.Field != "" {
		text += fmt.Sprintf("field %q: ", e.Field)
	}
	return text + e.Reason
}

// IsRetryable reports whether the same call may succeed later. This is so if the service could not be
// reached, failed, or limited the rate. The client has already retried the call. It is false if a node
// could not be read ([NodeError]), because the service would send the node in the same way again.
//
// It is also false if the context of the call ended, and if the call may have taken effect
// ([ErrOutcomeUnknown]). It is false for an upload whose source cannot be read again
// ([ErrNotReplayable]), and for a transfer whose content arrived with errors ([ErrChecksum]). For these
// two, use [IsRetryableFromStart].
func IsRetryable(err error) bool {
	if _, unreadable := errors.AsType[*NodeError](err); unreadable || wasInterrupted(err) || errors.Is(err, ErrNotReplayable) || errors.Is(err, ErrOutcomeUnknown) || errors.Is(err, ErrChecksum) {
		return false
	}
	return errors.Is(err, ErrUnavailable) || errors.Is(err, ErrRateLimited) || errors.Is(err, ErrIncomplete)
}

// IsRetryableFromStart reports whether a transfer may succeed if the program starts it again from the
// beginning: it must then open the source, or the target, again. It is true for every error that
// [IsRetryable] accepts, for [ErrNotReplayable] and for [ErrChecksum]. After the ErrChecksum of an
// upload, the drive holds a node with the wrong content (see [RemoveOnMismatch]): overwrite it, or trash
// it first.
func IsRetryableFromStart(err error) bool {
	if wasInterrupted(err) || errors.Is(err, ErrOutcomeUnknown) {
		return false
	}
	return IsRetryable(err) || errors.Is(err, ErrNotReplayable) || errors.Is(err, ErrChecksum)
}
