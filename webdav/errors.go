package webdav

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/net/webdav"

	"github.com/acd-sdk/acd"
)

// A faultError is a failure that says which status the response gets.
type faultError struct {
	status int
	text   string
}

func (e *faultError) Error() string { return e.text }

func fault(status int, text string) error { return &faultError{status, text} }

// errBodyCut means that the client went away, or that it sent another number of bytes than it had
// announced.
var errBodyCut = &faultError{http.StatusBadRequest, "the body was cut short; nothing was changed"}

// A meaning says with which status and text a failure is answered.
type meaning struct {
	is     error
	status int
	text   string
}

// meanings returns the meanings in the order in which they are tried. The order matters, because an
// error may match several.
func meanings() []meaning {
	const later = http.StatusServiceUnavailable
	return []meaning{
		{acd.ErrQuotaExceeded, webdav.StatusInsufficientStorage, "the account is full"},
		{acd.ErrTooLarge, http.StatusRequestEntityTooLarge, "the service takes no file of this size"},
		{acd.ErrUnauthorized, http.StatusBadGateway, "the drive asks to sign in again"},
		{acd.ErrForbidden, http.StatusForbidden, "the drive does not allow that"},
		{acd.ErrRateLimited, later, "the service asks to slow down"},
		{acd.ErrOutcomeUnknown, later, "the answer was lost; whether the change took effect is not known"},
		{acd.ErrExists, http.StatusConflict, "the name is taken"},
		{acd.ErrInvalid, http.StatusBadRequest, "the drive takes no such name"},
		{acd.ErrChecksum, http.StatusBadGateway, "the content arrived differently"},
		{acd.ErrUnavailable, later, "the service cannot be reached, or fails"},
		{acd.ErrNotReplayable, later, "the connection to the service broke off; send the file again"},
		{acd.ErrIncomplete, later, "the service did not show all of the folder"},
		{acd.ErrChanged, http.StatusConflict, "the file changed meanwhile"},
		{context.DeadlineExceeded, http.StatusGatewayTimeout, "the service took too long"},
		{context.Canceled, later, "the request was broken off"},
		{fs.ErrNotExist, http.StatusNotFound, "there is no such file"},
		{fs.ErrExist, http.StatusMethodNotAllowed, "the name is taken"},
	}
}

func meaningOf(err error) meaning {
	if e, ok := errors.AsType[*faultError](err); ok {
		return meaning{e, e.status, e.text}
	}
	for _, m := range meanings() {
		if errors.Is(err, m.is) {
			return m
		}
	}
	return meaning{err, http.StatusInternalServerError, "the request failed"}
}

func statusOf(err error) int  { return meaningOf(err).status }
func textOf(err error) string { return meaningOf(err).text }

// retryAfter returns how long a client should wait before it tries again. ok is false if another
// try does not help.
func retryAfter(err error) (wait time.Duration, ok bool) {
	if statusOf(err) != http.StatusServiceUnavailable {
		return 0, false
	}
	wait = 10 * time.Second
	if e, ok := errors.AsType[*acd.ThrottledError](err); ok {
		wait = max(wait, time.Until(e.Until))
	} else if e, ok := errors.AsType[*acd.Error](err); ok && e.RetryAfter > 0 {
		wait = e.RetryAfter
	}
	return wait, true
}

// logFailure logs a failure that the client did not cause.
func (x *exchange) logFailure(status int) {
	if status < http.StatusInternalServerError {
		return
	}
	level := slog.LevelWarn
	if errors.Is(x.failure, acd.ErrUnauthorized) {
		level = slog.LevelError
	}
	x.log.Log(context.Background(), level, "webdav: "+textOf(x.failure), "method", x.method, "name", x.name, "status", status, "error", x.failure)
}
