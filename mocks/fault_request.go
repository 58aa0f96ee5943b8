package mocks

import (
	"errors"
	"io"
	"net/http"
	"time"
)

// replaces says that the fault gives another answer than the drive's, or none.
func (f *Fault) replaces() bool { return f.Status != 0 || f.Reset && f.At != InAnswer }

// before is the fault's part before the request is looked at; nil: go on.
func (c *call) before() *answer {
	f := c.fault
	if f == nil {
		return nil
	}
	if f.Delay > 0 && f.At != InAnswer {
		if err := sleep(c.ctx(), time.Duration(f.Delay)); err != nil {
			return &answer{broken: err}
		}
	}
	if f.LosePage {
		c.losePage()
	}
	noBody := c.r.Method == http.MethodGet || c.r.Method == http.MethodDelete
	if (f.At == BeforeBody || f.At == AfterBody && noBody) && !f.Commit && f.replaces() {
		return c.faultAnswer()
	}
	if f.At == InBody {
		c.body.r = c.faultyBody(c.body.r)
	}
	return nil
}

// faultyBody is the request body with the fault in it.
func (c *call) faultyBody(r io.Reader) io.Reader {
	f := c.fault
	after := f.After
	if after == 0 {
		after = max(c.r.ContentLength/2, 0)
	}
	switch {
	case f.Corrupt:
		return &corruptReader{r: r, at: after}
	case f.BytesPerSecond > 0:
		return &slowReader{ctx: c.ctx(), r: r, rate: f.BytesPerSecond}
	}
	return &cutReader{r: r, left: after, err: errCut}
}

// bodyRead reads what is left of the request body, and is the point AfterBody.
func (c *call) bodyRead() error {
	if err := drain(c.body); err != nil {
		return err
	}
	if f := c.fault; f != nil && f.At == AfterBody && !f.Commit && f.replaces() {
		c.faulted = true
		return errFaulted
	}
	return nil
}

// errFaulted ends a handler: the answer is the fault's.
var errFaulted = errors.New("mocks: a fault was injected here")

// after is the fault's part once the call was handled.
func (c *call) after(a *answer) *answer {
	f := c.fault
	if f == nil {
		return a
	}
	done := a.status < 400 && a.broken == nil
	switch {
	case f.At == InBody && c.body.err == errCut, c.faulted:
		a.close()
		return c.faultAnswer()
	case f.Commit && f.replaces() && done:
		a.close()
		return c.faultAnswer()
	case f.At == InAnswer && a.status != 0:
		return c.faultyAnswer(a)
	}
	return a
}

// faultAnswer is what is answered instead.
func (c *call) faultAnswer() *answer {
	f := c.fault
	if f.Status == 0 {
		return &answer{broken: errReset}
	}
	body := f.Body
	if body == "" {
		body = usualBody[f.Status]
	}
	a := reply(f.Status, []byte(body))
	switch {
	case body == "":
		delete(a.header, "Content-Type")
	case body[0] != '{':
		a.setType(http.DetectContentType([]byte(body)))
	}
	for k, v := range f.Header {
		a.header[http.CanonicalHeaderKey(k)] = v
	}
	return a
}

// usualBody is what the service sends with a status that has nothing to do with the request.
var usualBody = map[int]string{
	http.StatusBadRequest:          `{"message":"Cannot complete upload"}`,
	http.StatusUnauthorized:        `{"message":"Token has expired"}`,
	http.StatusForbidden:           `{"message":"Authorization header requires \u0027Credential\u0027 parameter. Authorization header requires \u0027Signature\u0027 parameter. Authorization header requires \u0027SignedHeaders\u0027 parameter. Authorization header requires existence of either a \u0027X-Amz-Date\u0027 or a \u0027Date\u0027 header. Authorization\u003dBearer"}`,
	http.StatusTooManyRequests:     `{"message":"Rate exceeded"}`,
	http.StatusInternalServerError: `{"message":"Internal failure"}`,
}
