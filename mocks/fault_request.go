package mocks

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/faultio"
)

// hit is a fault that happens to one call. A nil hit means that no fault happens to the call. The
// methods of a nil hit change nothing.
type hit struct {
	*Fault
	call    *call
	stopped bool // the fault has ended the handler
}

// replaces reports whether the fault replaces the response of the drive, by another response or by
// a broken connection.
func (h *hit) replaces() bool {
	return h != nil && (h.Status != 0 || h.Reset && h.At != InAnswer)
}

// before does the fault's part at the beginning of the call. If it returns a response, the call is
// not handled.
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

// signOut ends the tokens and the sessions of the drive, if the fault says so.
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

// requestBody returns the body of the request with the fault applied.
func (h *hit) requestBody(r io.Reader) io.Reader {
	p := faultio.Plan{After: h.After, Corrupt: h.Corrupt, BytesPerSecond: h.BytesPerSecond}
	if !h.Corrupt && h.BytesPerSecond == 0 {
		p.Cut = faultio.ErrCut
	}
	return p.Wrap(h.call.ctx(), r, h.call.r.ContentLength)
}

// afterBody does the fault's part after the request body was read. If it returns an error, the
// handler must stop with that error.
func (h *hit) afterBody() error {
	if h.replaces() && h.At == AfterBody && !h.Commit {
		h.stopped = true
		return errFaulted
	}
	return nil
}

// errFaulted stops a handler. The fault then gives the response.
var errFaulted = errors.New("mocks: a fault was injected here")

// after does the fault's part after the call was handled. It returns the response to send.
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

// hides reports whether nobody may see what the call did for a while, not even by the node's id.
func (h *hit) hides() bool { return h.replaces() && h.VisibleAfter > 0 }
