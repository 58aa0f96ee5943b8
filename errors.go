package acd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/acd-sdk/acd/internal/transport"
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
	var b strings.Builder
	b.WriteString("acd: ")
	b.WriteString(e.Op)
	if e.Target != "" {
		fmt.Fprintf(&b, " %q", e.Target)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(strings.ReplaceAll(e.Err.Error(), "\n", "; "))
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

// A NodeError is a node in an answer that could not be read, because a field by which nodes are
// told apart (its id, kind, status, name, parents, versions, size or MD5) has a value that is none.
type NodeError struct {
	ID     string // "" if that is what could not be read
	Field  string // such as "contentProperties.size"; "" if there is no node at all
	Reason string // what is there, and what is due; never the value
}

func (e *NodeError) Error() string {
	const longest = 64 // a genuine id has 22 bytes
	text := "a node without an id: "
	if e.ID != "" {
		text = fmt.Sprintf("node %q: ", strings.ToValidUTF8(e.ID[:min(len(e.ID), longest)], ""))
	}
	if e.Field != "" {
		text += fmt.Sprintf("field %q: ", e.Field)
	}
	return text + e.Reason
}

// IsRetryable says whether the same call may well succeed later: the service
// was unreachable, failing or limiting. The client has already retried. A node that could not
// be read ([NodeError]) is no reason: the service would send it the same way.
func IsRetryable(err error) bool {
	if _, ok := errors.AsType[*NodeError](err); ok {
		return false
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, ErrNotReplayable) || errors.Is(err, ErrOutcomeUnknown) {
		return false
	}
	return errors.Is(err, ErrUnavailable) || errors.Is(err, ErrRateLimited) || errors.Is(err, ErrIncomplete)
}

// kindOf sorts an error answer into a sentinel: by status first, then by code,
// then by the message's text.
func kindOf(a transport.Answer) error {
	switch s := a.StatusCode; {
	case strings.Contains(a.Body.Code, "InsufficientStorage"), a.Body.Code == "NO_ACTIVE_SUBSCRIPTION_FOUND":
		return ErrQuotaExceeded
	case strings.Contains(a.Body.Message, "Token has expired") && s < 500:
		return ErrUnauthorized
	case s == http.StatusUnauthorized:
		return ErrUnauthorized
	case s == http.StatusForbidden:
		return ErrForbidden
	case s == http.StatusNotFound, s == http.StatusGone:
		return ErrNotFound
	case s == http.StatusConflict:
		return ErrExists
	case s == http.StatusPreconditionFailed:
		return ErrChanged
	case s == http.StatusRequestEntityTooLarge:
		return ErrTooLarge
	case s == http.StatusTooManyRequests:
		return ErrRateLimited
	case s == http.StatusRequestTimeout, s >= 500, s < 400:
		return ErrUnavailable
	case s == http.StatusBadRequest && strings.HasPrefix(a.Body.Message, "Cannot complete upload"):
		return ErrUnavailable
	}
	return ErrInvalid
}

// callError makes the *Error of a call that failed. err is what the retry floor
// returned, or nil if the last answer says it all.
func callError(call *transport.Call, target, where string, err error) error {
	a := call.Answer
	e := &Error{
		Op: call.Op.Name, Target: target, Method: call.Op.Method, URL: where,
		StatusCode: a.StatusCode, Code: a.Body.Code, Message: a.Body.Message,
		LogRef: a.Body.LogRef, RequestID: a.Header.Get("x-amzn-RequestId"),
		ConflictID: a.Body.ConflictID, Attempts: call.Attempts, RetryAfter: a.RetryAfter,
	}
	var last error
	if a.StatusCode != 0 {
		last = kindOf(a)
	}
	if call.RenewErr != nil {
		last = fmt.Errorf("%w: %w", last, call.RenewErr)
	}
	switch {
	case err == nil:
		e.Err = last
	case isContext(err) && last != nil:
		e.Err = errors.Join(err, last)
	case isContext(err):
		e.Err = joinDistinct(err, a.Err)
	default:
		e.Err = sortCause(err, last)
	}
	return e
}

// sortCause gives an error that is no answer its sentinel.
func sortCause(err, last error) error {
	var noToken *transport.TokenError
	var permanent *transport.PermanentError
	switch {
	case errors.As(err, &noToken):
		return fmt.Errorf("%w: %w", ErrUnauthorized, noToken)
	case errors.Is(err, ErrNotReplayable):
		return joinDistinct(err, last)
	case errors.As(err, &permanent):
		return permanent.Err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

func isContext(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func joinDistinct(err, other error) error {
	if other == nil || errors.Is(err, other) || errors.Is(other, err) {
		return err
	}
	return errors.Join(err, other)
}

// location is u as it may be shown: no query, no user, and of a URL that is
// itself a secret only the host.
func location(op transport.Op, u *url.URL) string {
	if u == nil {
		return ""
	}
	if op.NoToken || transport.Signed(u) {
		return u.Scheme + "://" + u.Host
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}
