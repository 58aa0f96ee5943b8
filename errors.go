package acd

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"
)

// sentinel is an error to compare with; some are also one of io/fs's.
type sentinel struct {
	text string
	is   error
}

func (s *sentinel) Error() string { return s.text }
func (s *sentinel) Unwrap() error { return s.is }

// The kinds of failure that a program acts on. Compare with [errors.Is]; an
// [*Error] in the same chain has the details.
var (
	// ErrNotFound: there is no such node. It is also an [fs.ErrNotExist].
	ErrNotFound error = &sentinel{"no such node", fs.ErrNotExist}
	// ErrExists: the name, the content or the local id is taken; [Error.ConflictID]
	// names the node in the way if the service did. It is also an [fs.ErrExist].
	ErrExists error = &sentinel{"node exists already", fs.ErrExist}
	// ErrUnauthorized: the token was not accepted, and neither was a fresh one if
	// there was one. It is also an [fs.ErrPermission].
	ErrUnauthorized error = &sentinel{"not signed in", fs.ErrPermission}
	// ErrForbidden: the account or the application may not do that. It is also an [fs.ErrPermission].
	ErrForbidden error = &sentinel{"not allowed", fs.ErrPermission}
	// ErrRateLimited: the service still asked to slow down at the last attempt. If a
	// [*ThrottledError] is in the chain, it has done nothing else for long.
	ErrRateLimited error = &sentinel{text: "rate limited"}
	// ErrQuotaExceeded: the account has no room for the content.
	ErrQuotaExceeded error = &sentinel{text: "account is full"}
	// ErrTooLarge: the content is above [WithMaxUploadSize] or what the service takes.
	ErrTooLarge error = &sentinel{text: "too large"}
	// ErrInvalid: the request cannot be right: a bad name, filter, id or option.
	ErrInvalid error = &sentinel{"invalid request", fs.ErrInvalid}
	// ErrChecksum: content does not have the MD5 or the size that it should have.
	ErrChecksum error = &sentinel{text: "checksum mismatch"}
	// ErrChanged: the content is no longer the one that was opened, or the version
	// no longer the one that was given.
	ErrChanged error = &sentinel{text: "changed meanwhile"}
	// ErrIncomplete: a listing or a change feed ended before its end, or came to its end
	// without nodes that could not be read; then a [*NodeError] in the same chain names the first.
	ErrIncomplete error = &sentinel{text: "incomplete"}
	// ErrPageExpired: the service no longer knows the page token. The listing starts over from its first page, see [PageToken].
	ErrPageExpired error = &sentinel{text: "page token has run out"}
	// ErrOtherParents: the node is in other folders than the caller thinks, see [IfOnlyParent].
	ErrOtherParents error = &sentinel{text: "node has other parents"}
	// ErrUnavailable: the service could not be reached or failed. Later may be better.
	ErrUnavailable error = &sentinel{text: "service unavailable"}
	// ErrOutcomeUnknown: an answer was lost, and looking did not tell whether the
	// call took effect.
	ErrOutcomeUnknown error = &sentinel{text: "outcome unknown"}
	// ErrNotReplayable: a retry would be due, but the source was read and cannot
	// be had again. See [WithReopen].
	ErrNotReplayable error = &sentinel{text: "source cannot be read again"}
)

// Error is a call that failed. [errors.Is] with the sentinels decides what to
// do; the fields are for logs and bug reports. No field holds a token, a cookie
// or a signed URL.
type Error struct {
	Op         string // the operation, such as "Nodes.Get"
	Target     string // the node's id, name or path that the call was about, if any
	Method     string
	URL        string // without query; of a tempLink only the host
	StatusCode int    // 0 if no answer came
	Code       string // the service's own word, verbatim, such as NAME_ALREADY_EXISTS
	Message    string // the service's own text
	LogRef     string // for the service's support, with RequestID
	RequestID  string
	ConflictID string        // id of the node in the way, of an ErrExists
	Attempts   int           // 0 if nothing was sent
	RetryAfter time.Duration // what the service asked to wait, 0 if nothing
	Err        error         // a sentinel, the cause, or both
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

// reason is what went wrong, without the operation and its target.
func (e *Error) reason() string {
	var b strings.Builder
	if e.Err != nil { // a program may make an Error of its own
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

// A NodeError is a node in an answer that could not be read, because a field that identifies it
// (its id, kind, status, name, parents, versions, size or MD5) has a value of a wrong kind or none at all.
type NodeError struct {
	ID     string // "" if that is what could not be read
	Name   string // in the drive's form; "" if that could not be read either
	Field  string // such as "contentProperties.size"; "" if there is no node at all
	Reason string // what is there, and what is due; never the value
}

func (e *NodeError) Error() string {
	const longest = 64 // a genuine id has 22 bytes
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

// IsRetryable says whether the same call may well succeed later: the service
// was unreachable, failing or limiting. The client has already retried. A node that could not
// be read ([NodeError]) is no reason: the service would send it the same way.
//
// A call whose context ended is never retryable, and neither is one that may have taken
// effect ([ErrOutcomeUnknown]). Of an upload whose source was read and cannot be read again
// ([ErrNotReplayable]), and of a transfer whose content arrived differently ([ErrChecksum]),
// the same call is not retryable either: ask [IsRetryableFromStart].
func IsRetryable(err error) bool {
	if _, unreadable := errors.AsType[*NodeError](err); unreadable || wasInterrupted(err) || errors.Is(err, ErrNotReplayable) || errors.Is(err, ErrOutcomeUnknown) || errors.Is(err, ErrChecksum) {
		return false
	}
	return errors.Is(err, ErrUnavailable) || errors.Is(err, ErrRateLimited) || errors.Is(err, ErrIncomplete)
}

// IsRetryableFromStart says whether a transfer may well succeed when it is started anew by a
// program that can open the source, or the target, from its beginning once more. It is true
// for all that is [IsRetryable], for [ErrNotReplayable] and for [ErrChecksum]. After the
// ErrChecksum of an upload the node with the wrong content is on the drive (see
// [RemoveOnMismatch]): overwrite it, or trash it first.
func IsRetryableFromStart(err error) bool {
	if wasInterrupted(err) || errors.Is(err, ErrOutcomeUnknown) {
		return false
	}
	return IsRetryable(err) || errors.Is(err, ErrNotReplayable) || errors.Is(err, ErrChecksum)
}
