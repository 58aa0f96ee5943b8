package mocks

import (
	"bytes"
	"io"
	"net/http"
)

// answer is a reply not yet sent. A stream is read as it is sent, never before, so that the
// same answer serves a socket and a round trip without one.
type answer struct {
	status int
	header http.Header
	body   []byte
	stream io.ReadCloser // instead of body
	length int64         // of stream; -1: unknown
	broken error         // the connection breaks instead of an answer
	slow   bool          // every piece is sent at once
}

func (a *answer) setType(contentType string) { a.header["Content-Type"] = []string{contentType} }

func (a *answer) size() int64 {
	if a.stream != nil {
		return a.length
	}
	return int64(len(a.body))
}

func (a *answer) close() {
	if a.stream != nil {
		a.stream.Close()
	}
}

func reply(status int, body []byte) *answer {
	a := &answer{status: status, header: make(http.Header, 4), body: body}
	if body != nil {
		a.setType("application/json")
	}
	return a
}

// toStream makes a body of bytes a stream.
func (a *answer) toStream() {
	if a.stream == nil {
		a.length = int64(len(a.body))
		a.stream = io.NopCloser(bytes.NewReader(a.body))
		a.body = nil
	}
}
