package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/acd-sdk/acd/internal/wire"
)

// Verdict says what the end of one attempt means for the next attempt.
type Verdict int

const (
	Done      Verdict = iota // success
	Final                    // not retried: a second attempt would have the same result
	Refused                  // nothing was done: retried if the body can be opened again
	Ambiguous                // it may have been done: retried only if a second send does no harm
	Expired                  // the token was rejected: retried once with another token
)

func (v Verdict) String() string {
	return [...]string{"done", "final", "refused", "ambiguous", "expired"}[v]
}

// Answer is the outcome of an attempt that failed: a status with a body, or an error.
type Answer struct {
	StatusCode int // 0 if no response came
	Header     http.Header
	URL        *url.URL // of the last hop
	RequestID  string
	Body       wire.ErrorBody
	RetryAfter time.Duration
	Err        error // set if no response came, or if it could not be read
}

// Kind says why a call failed.
type Kind int

const (
	KindInvalid Kind = iota // the request is wrong
	KindNotFound
	KindExists
	KindUnauthorized
	KindForbidden
	KindRateLimited
	KindQuotaExceeded
	KindTooLarge
	KindChanged
	KindUnavailable
)

// Meaning is what the end of an attempt means for the next attempt (Verdict) and for the caller
// (Kind).
type Meaning struct {
	Verdict Verdict
	Kind    Kind
}

// MeaningOf is the only table of what a failed attempt means. It holds only documented and observed
// cases: a 400 is final except for some messages, a 409 is always final, and a 403 is final except
// for one message that comes sporadically. If the status disagrees with the code or message in the
// body, the most precise one counts: first the code, then the message, then the status.
func MeaningOf(a Answer) Meaning {
	if _, page := errors.AsType[*SignInError](a.Err); page {
		return Meaning{Final, KindUnauthorized}
	}
	if a.Err != nil {
		return Meaning{judgeError(a.Err), KindUnavailable}
	}
	if m, ok := meaningOfBody(a.StatusCode, a.Body); ok {
		return m
	}
	return meaningOfStatus(a.StatusCode)
}

func meaningOfBody(status int, b wire.ErrorBody) (Meaning, bool) {
	switch {
	case strings.Contains(b.Code, "InsufficientStorage"), b.Code == "NO_ACTIVE_SUBSCRIPTION_FOUND", b.Code == "NoActiveSubscriptionFound":
		return Meaning{meaningOfStatus(status).Verdict, KindQuotaExceeded}, true
	// The content service reports an expired token as a 400. Some other 4xx have the same message.
	case status >= 300 && status < 500 && status != http.StatusConflict && strings.Contains(b.Message, "Token has expired"):
		return Meaning{Expired, KindUnauthorized}, true
	case status == http.StatusBadRequest && strings.HasPrefix(b.Message, "Cannot complete upload"):
		return Meaning{Ambiguous, KindUnavailable}, true
	case status == http.StatusForbidden && strings.HasPrefix(b.Message, "Authorization header requires"):
		return Meaning{Refused, KindForbidden}, true
	}
	return Meaning{}, false
}

func meaningOfStatus(status int) Meaning {
	switch {
	case status < 300:
		return Meaning{Done, KindUnavailable}
	case status == http.StatusUnauthorized:
		return Meaning{Expired, KindUnauthorized}
	case status == http.StatusForbidden:
		return Meaning{Final, KindForbidden}
	case status == http.StatusNotFound, status == http.StatusGone:
		return Meaning{Final, KindNotFound}
	case status == http.StatusRequestTimeout:
		return Meaning{Ambiguous, KindUnavailable}
	case status == http.StatusConflict:
		return Meaning{Final, KindExists}
	case status == http.StatusPreconditionFailed:
		return Meaning{Final, KindChanged}
	case status == http.StatusRequestEntityTooLarge:
		return Meaning{Final, KindTooLarge}
	case status == http.StatusTooManyRequests:
		return Meaning{Refused, KindRateLimited}
	case status == http.StatusNotImplemented, status == http.StatusHTTPVersionNotSupported, status < 400:
		return Meaning{Final, KindUnavailable}
	case status >= 500:
		return Meaning{Ambiguous, KindUnavailable}
	}
	return Meaning{Final, KindInvalid}
}

// judgeError returns the verdict on an attempt that got no response. The retry layer, not
// judgeError, looks whether the caller's context has ended: a time-out in a lower layer, for
// example of a dial, is also a [context.DeadlineExceeded].
func judgeError(err error) Verdict {
	var (
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		dns         *net.DNSError
		op          *net.OpError
		permanent   *PermanentError
	)
	switch {
	case errors.As(err, &permanent), errors.As(err, &certificate), errors.As(err, &record),
		errors.As(err, &authority), errors.As(err, &hostname):
		return Final
	case errors.As(err, &dns):
		if dns.IsNotFound {
			return Final
		}
		return Refused
	case errors.As(err, &op) && op.Op == "dial":
		return Refused
	}
	return Ambiguous
}

// PermanentError marks an error that does not come from the network. It is not retried, because a
// retry cannot help.
type PermanentError struct{ Err error }

func (e *PermanentError) Error() string { return e.Err.Error() }
func (e *PermanentError) Unwrap() error { return e.Err }

// ErrStalled ends an attempt in which no byte moved for the stall limit.
var ErrStalled = errors.New("no byte moved for the stall limit")

// inspect reads the end of an attempt. If the response is an error, inspect reads at most
// [wire.MaxErrorBody] bytes of its body and closes the body.
func inspect(resp *http.Response, err error) Answer {
	if err != nil {
		return Answer{Err: withoutURL(err)}
	}
	a := Answer{StatusCode: resp.StatusCode, Header: resp.Header, RequestID: resp.Header.Get("x-amzn-RequestId")}
	if resp.Request != nil { // a caller's transport may leave Request nil
		a.URL = resp.Request.URL
	}
	if resp.StatusCode < 300 {
		return a
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, wire.MaxErrorBody))
	resp.Body.Close()
	resp.Body = http.NoBody
	a.Body = wire.ParseErrorBody(resp.Header.Get("Content-Type"), text)
	a.RetryAfter = wire.RetryAfter(resp.Header, time.Now())
	return a
}

// withoutURL removes net/http's wrapper around err, because the wrapper prints the whole URL with
// any signature in its query. A caller's transport may have wrapped err twice.
func withoutURL(err error) error {
	for {
		u, ok := errors.AsType[*url.Error](err)
		if !ok {
			return err
		}
		err = u.Err
	}
}
