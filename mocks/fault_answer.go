package mocks

import (
	"io"
	"net/http"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/faultio"
)

// readCloser reads from one value and closes another.
type readCloser struct {
	io.Reader
	io.Closer
}

// answer returns the response that the fault gives instead of the drive's own.
func (h *hit) answer() *answer {
	if h.Status == 0 {
		return &answer{broken: faultio.ErrReset}
	}
	body := h.Body
	if body == "" {
		body = usualBody[h.Status]
	}
	a := reply(h.Status, []byte(body))
	switch {
	case body == "":
		delete(a.header, "Content-Type")
	case body[0] != '{':
		a.setType(http.DetectContentType([]byte(body)))
	}
	for k, v := range h.Header {
		a.header[http.CanonicalHeaderKey(k)] = v
	}
	return a
}

// usualBody has, by status, the body that the service sends for errors not caused by the request
// itself.
var usualBody = map[int]string{
	http.StatusBadRequest:          `{"message":"Cannot complete upload"}`,
	http.StatusUnauthorized:        `{"message":"Token has expired"}`,
	http.StatusForbidden:           `{"message":"Authorization header requires \u0027Credential\u0027 parameter. Authorization header requires \u0027Signature\u0027 parameter. Authorization header requires \u0027SignedHeaders\u0027 parameter. Authorization header requires existence of either a \u0027X-Amz-Date\u0027 or a \u0027Date\u0027 header. Authorization\u003dBearer"}`,
	http.StatusTooManyRequests:     `{"message":"Rate exceeded"}`,
	http.StatusInternalServerError: `{"message":"Internal failure"}`,
}

// spoil applies the fault to the body of the response.
func (h *hit) spoil(a *answer) *answer {
	ctx := h.call.ctx()
	if h.Delay > 0 {
		if err := faultio.Sleep(ctx, time.Duration(h.Delay)); err != nil {
			a.close()
			return &answer{broken: err}
		}
	}
	p := faultio.Plan{After: h.After, Corrupt: h.Corrupt, BytesPerSecond: h.BytesPerSecond}
	switch {
	case h.Reset:
		p.Cut = faultio.ErrReset
	case h.Truncate:
		p.Cut = io.ErrUnexpectedEOF
	}
	a.toStream()
	a.stream = readCloser{p.Wrap(ctx, a.stream, a.length), a.stream}
	a.slow = true
	return a
}
