package acd

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/acd-sdk/acd/internal/transport"
)

// newError makes every [*Error]. The error has an operation, a target and a cause that is never nil. If
// ctx has ended, the cause also says so, even if something else went wrong.
func newError(ctx context.Context, op transport.Op, target string, err error) *Error {
	return &Error{Op: op.Name, Method: op.Method, Target: target, Err: withEnd(ctx, err)}
}

// invalid returns the error of a call that fails before any request was sent.
func invalid(ctx context.Context, op transport.Op, target, format string, args ...any) *Error {
	return newError(ctx, op, target, fmt.Errorf("%w: %w", ErrInvalid, fmt.Errorf(format, args...)))
}

// callError returns the [*Error] of a call that failed. err is the error that the retry layer returned.
// It is nil if the last response is the whole reason.
func callError(ctx context.Context, call *transport.Call, target, where string, err error) *Error {
	a := call.Answer
	var answered error
	if a.StatusCode != 0 {
		answered = sentinelOf(transport.MeaningOf(a).Kind)
	}
	if call.RenewErr != nil {
		answered = fmt.Errorf("%w: %w", answered, call.RenewErr)
	}
	e := newError(ctx, call.Op, target, causeOf(ctx, err, answered))
	e.URL = where
	e.StatusCode, e.Code, e.Message, e.LogRef = a.StatusCode, a.Body.Code, a.Body.Message, a.Body.LogRef
	e.RequestID, e.ConflictID = a.RequestID, a.Body.ConflictID
	e.Attempts, e.RetryAfter = call.Attempts, a.RetryAfter
	return e
}

// causeOf joins the error of the retry layer with the meaning of the last response.
func causeOf(ctx context.Context, err, answered error) error {
	var unsigned *transport.CredentialsError
	var permanent *transport.PermanentError
	switch {
	case err == nil, ctx.Err() != nil && isEndOf(ctx, err):
		return answered
	case isSignIn(err):
		return fmt.Errorf("%w: %w", ErrUnauthorized, err)
	case errors.As(err, &unsigned):
		return fmt.Errorf("%w: %w", ErrUnauthorized, unsigned)
	case errors.Is(err, ErrNotReplayable):
		return joinCauses(err, answered)
	case errors.As(err, &permanent):
		return permanent.Err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

func isSignIn(err error) bool {
	_, page := errors.AsType[*transport.SignInError](err)
	return page
}

// sentinelOf returns the sentinel for each kind of response.
func sentinelOf(k transport.Kind) error {
	switch k {
	case transport.KindNotFound:
		return ErrNotFound
	case transport.KindExists:
		return ErrExists
	case transport.KindUnauthorized:
		return ErrUnauthorized
	case transport.KindForbidden:
		return ErrForbidden
	case transport.KindRateLimited:
		return ErrRateLimited
	case transport.KindQuotaExceeded:
		return ErrQuotaExceeded
	case transport.KindTooLarge:
		return ErrTooLarge
	case transport.KindChanged:
		return ErrChanged
	case transport.KindUnavailable:
		return ErrUnavailable
	}
	return ErrInvalid
}

// interrupted is the cause of a call whose context ended. It holds the context's error and its cause.
// With it, such a call can be told from a timeout in a lower layer, which is a [context.DeadlineExceeded]
// too.
type interrupted struct{ err, cause error }

func (i *interrupted) Error() string {
	if errors.Is(i.cause, i.err) {
		return i.cause.Error()
	}
	return i.err.Error() + ": " + i.cause.Error()
}

func (i *interrupted) Unwrap() []error { return []error{i.err, i.cause} }

// wasInterrupted reports whether the caller's own context ended the call.
func wasInterrupted(err error) bool {
	_, ended := errors.AsType[*interrupted](err)
	return ended || errors.Is(err, context.Canceled)
}

// withEnd returns err. If ctx has ended, it puts the end of ctx before err.
func withEnd(ctx context.Context, err error) error {
	if _, told := errors.AsType[*interrupted](err); told || ctx.Err() == nil {
		return joinCauses(err)
	}
	end := &interrupted{ctx.Err(), context.Cause(ctx)}
	if err == nil || isEndOf(ctx, err) {
		return end
	}
	return joinCauses(end, err)
}

// isEndOf reports whether err says only that ctx has ended. An error that joins several causes says more,
// so the result is then false.
func isEndOf(ctx context.Context, err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if is, ok := err.(interface{ Is(error) bool }); ok && is.Is(ctx.Err()) {
			return true
		}
		if err == ctx.Err() || err == context.Cause(ctx) { //nolint:errorlint // each error of the chain by itself
			return true
		}
	}
	return false
}

// causes are several reasons for one failure. [errors.Is] finds each of them.
type causes []error

func (c causes) Error() string {
	texts := make([]string, 0, len(c))
	for _, err := range c {
		if text := inner(err); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "; ")
}

func (c causes) Unwrap() []error { return c }

// errNoReason is used if neither the service nor the network gave a reason.
var errNoReason = errors.New("no reason was given")

// joinCauses joins errors. It leaves out nil, and an error that an earlier one already wraps.
func joinCauses(errs ...error) error {
	var all causes
	for _, err := range errs {
		if err == nil || slices.ContainsFunc(all, func(e error) bool { return errors.Is(e, err) }) {
			continue
		}
		all = append(all, err)
	}
	switch len(all) {
	case 0:
		return errNoReason
	case 1:
		return all[0]
	}
	return all
}

// unknownOutcome adds [ErrOutcomeUnknown] to err: the call may have taken effect.
func unknownOutcome(ctx context.Context, op transport.Op, target string, err error) *Error {
	return amend(ctx, op, target, err, func(cause error) error { return fmt.Errorf("%w: %w", ErrOutcomeUnknown, cause) })
}

// amend changes the cause of err. If err is an [*Error] of op, its other fields are kept. Otherwise, for
// example if err is the error of another call that op made, amend makes a new [*Error] of op.
func amend(ctx context.Context, op transport.Op, target string, err error, change func(cause error) error) *Error {
	if e, ok := err.(*Error); ok && e.Op == op.Name { //nolint:errorlint // an *Error inside another error is not this call's
		amended := *e
		amended.Err = withEnd(ctx, change(e.Err))
		return &amended
	}
	return newError(ctx, op, target, change(joinCauses(err)))
}

// inner returns the text of an error that is inside another error: on one line, and without "acd: ",
// because the outer error begins with it.
func inner(err error) string {
	return strings.ReplaceAll(strings.ReplaceAll(err.Error(), "\n", "; "), "acd: ", "")
}

// location returns the URL as text that may be shown: without query and user. If the URL itself is a
// secret, it has only the host.
func location(op transport.Op, u *url.URL) string {
	if u == nil {
		return ""
	}
	if op.NoToken || op.Secret || transport.Signed(u) {
		return u.Scheme + "://" + u.Host
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}
