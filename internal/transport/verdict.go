package transport

import (
	"context"
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
	Body       wire.ErrorBody
	RetryAfter time.Duration
	Err        error // no answer, or one that could not be read
}

// judge is the one place that decides what may be asked again. It holds no
// more than the documented and observed cases: a 400 is final but for its three
// marked messages, a 409 always is, and a 403 but for the sporadic one.
func judge(a Answer) Verdict {
	if a.Err != nil {
		return judgeError(a.Err)
	}
	switch s := a.StatusCode; {
	case s < 300:
		return Done
	case s == http.StatusUnauthorized:
		return Expired
	// The content service hides an expired token in a 400, and some 4xx carry it too.
	case s < 500 && s != http.StatusConflict && strings.Contains(a.Body.Message, "Token has expired"):
		return Expired
	case s == http.StatusBadRequest && strings.HasPrefix(a.Body.Message, "Cannot complete upload"):
		return Ambiguous
	case s == http.StatusForbidden && strings.HasPrefix(a.Body.Message, "Authorization header requires"):
		return Refused
	case s == http.StatusTooManyRequests:
		return Refused
	case s == http.StatusRequestTimeout:
		return Ambiguous
	case s == http.StatusNotImplemented, s == http.StatusHTTPVersionNotSupported:
		return Final
	case s >= 500:
		return Ambiguous
	}
	return Final
}

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
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return Final
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
	a := Answer{StatusCode: resp.StatusCode, Header: resp.Header}
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
