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

// Verdict is what one attempt's ending means for the next.
type Verdict int

const (
	Done      Verdict = iota // a success
	Final                    // an answer to report; asking again gives the same
	Refused                  // nothing happened: send again if the body can be had again
	Ambiguous                // it may have happened: resend only what a second send cannot harm
	Expired                  // the token was not accepted: once more, with another one
)

func (v Verdict) String() string {
	return [...]string{"done", "final", "refused", "ambiguous", "expired"}[v]
}

// Answer is what an attempt that failed said: a status with a body, or an error.
type Answer struct {
	StatusCode int // 0 if no answer came
	Header     http.Header
	URL        *url.URL // of the last hop
	RequestID  string
	Body       wire.ErrorBody
	RetryAfter time.Duration
	Err        error // no answer, or one that could not be read
}

// Kind is what an answer that is no success says about the call.
type Kind int

const (
	KindInvalid Kind = iota // the request cannot be right
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

// Meaning is what an attempt's ending means: for the call's next attempt, and for its caller.
type Meaning struct {
	Verdict Verdict
	Kind    Kind
}

// MeaningOf is the one table of what an answer means. It holds no more than the documented
// and observed cases: a 400 is final but for its marked messages, a 409 always is, and
// a 403 but for the sporadic one. Where the status and the body's code or message disagree,
// the more precise one counts: the code, then the message, then the status.
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
	// The content service hides an expired token in a 400, and some other 4xx carry it too.
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

// judgeError judges an attempt without an answer. That the caller's context ended is not seen
// here but by the retry floor: a time-out below it, of a dial say, is a [context.DeadlineExceeded] too.
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

// PermanentError marks an error of ours, not of the network: a retry cannot mend it.
type PermanentError struct{ Err error }

func (e *PermanentError) Error() string { return e.Err.Error() }
func (e *PermanentError) Unwrap() error { return e.Err }

// ErrStalled ends an attempt that moved no byte for the stall limit.
var ErrStalled = errors.New("no byte moved for the stall limit")

// inspect reads an attempt's ending. Of an error answer it reads at most
// [wire.MaxErrorBody] bytes, and puts them back.
func inspect(resp *http.Response, err error) Answer {
	if err != nil {
		return Answer{Err: withoutURL(err)}
	}
	a := Answer{StatusCode: resp.StatusCode, Header: resp.Header, RequestID: resp.Header.Get("x-amzn-RequestId")}
	if resp.Request != nil { // a caller's transport may leave it out
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

// withoutURL strips net/http's wrapper, which prints the whole URL with any
// signature in its query. A caller's transport may have wrapped it twice.
func withoutURL(err error) error {
	for {
		u, ok := errors.AsType[*url.Error](err)
		if !ok {
			return err
		}
		err = u.Err
	}
}
