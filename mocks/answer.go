package mocks

import (
	"bytes"
	"io"
	"net/http"
)

// answer is a response that is not sent yet. Its stream is read only while it is sent, so the same
// answer works with a socket and without one.
type answer struct {
	status int
	header http.Header
	body   []byte
	stream io.ReadCloser // used instead of body, if not nil
	length int64         // of stream; -1 if unknown
	broken error         // if not nil, the connection breaks with this error and there is no response
	slow   bool          // every piece of the stream is flushed at once
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

// toStream turns body into stream.
func (a *answer) toStream() {
	if a.stream == nil {
		a.length = int64(len(a.body))
		a.stream = io.NopCloser(bytes.NewReader(a.body))
		a.body = nil
	}
}
