package mocks

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/faultio"
)

// hit is a fault that happens to one call. A nil hit is that of a call to which none happens: all its
// methods let the call pass.
type hit struct {
	*Fault
	call    *call
	stopped bool // the fault has ended the handler
}

// replaces says that the fault gives another answer than the drive's, or none.
func (h *hit) replaces() bool {
	return h != nil && (h.Status != 0 || h.Reset && h.At != InAnswer)
}

// before is the fault's part before anything else is done for the call. Where it returns an answer,
// nothing else is.
func (h *hit) before() *answer {
	if h == nil {
		return nil
	}
	c := h.call
	if h.Delay > 0 && h.At != InAnswer {
		if err := faultio.Sleep(c.ctx(), time.Duration(h.Delay)); err != nil {
			return &answer{broken: err}
		}
	}
	h.signOut()
	if h.LosePage {
		h.losePage()
	}
	if h.At == InBody {
		c.body.r = h.requestBody(c.body.r)
	}
	noBody := c.r.Method == http.MethodGet || c.r.Method == http.MethodDelete
	if h.replaces() && !h.Commit && (h.At == BeforeBody || h.At == AfterBody && noBody) {
		return h.answer()
	}
	return nil
}

// signOut ends what the fault says of the credentials that the drive has given.
func (h *hit) signOut() {
	d := h.call.d
	if h.ExpireTokens {
		d.ExpireTokens()
	}
	if h.RevokeTokens {
		d.revokeTokens()
	}
	if h.ExpireSessions {
		d.ExpireSessions()
	}
}

// requestBody is the body of the request with the fault in it.
func (h *hit) requestBody(r io.Reader) io.Reader {
	p := faultio.Plan{After: h.After, Corrupt: h.Corrupt, BytesPerSecond: h.BytesPerSecond}
	if !h.Corrupt && h.BytesPerSecond == 0 {
		p.Cut = faultio.ErrCut
	}
	return p.Wrap(h.call.ctx(), r, h.call.r.ContentLength)
}

// afterBody is the fault's part once the body was read. Its error ends the handler.
func (h *hit) afterBody() error {
	if h.replaces() && h.At == AfterBody && !h.Commit {
		h.stopped = true
		return errFaulted
	}
	return nil
}

// errFaulted ends a handler: the answer is the fault's.
var errFaulted = errors.New("mocks: a fault was injected here")

// after is the fault's part once the call was handled.
func (h *hit) after(a *answer) *answer {
	if h == nil {
		return a
	}
	done := a.status < 400 && a.broken == nil
	switch {
	case h.stopped, h.At == InBody && errors.Is(h.call.body.err, faultio.ErrCut), h.Commit && h.replaces() && done:
		a.close()
		return h.answer()
	case h.Rewrite != nil && done && a.stream == nil:
		a.body = h.Rewrite(slices.Clone(a.body))
	case h.At == InAnswer && a.status != 0:
		return h.spoil(a)
	}
	return a
}

// hides says that what the call does is to stay out of sight altogether for a while.
func (h *hit) hides() bool { return h.replaces() && h.VisibleAfter > 0 }
