package transport

import (
	"errors"
	"io"
	"time"

	"github.com/acd-sdk/acd/internal/wire"
)

// needlessFor is how long what nobody needs is read: an error's text, or the rest of an answer, which
// is read so that the connection can be used again. In 2 s the 64 KiB that are read of it at most arrive
// over a line of 32 KiB/s. A peer that takes longer costs a connection, and not the caller's time.
const needlessFor = 2 * time.Second

var errNeedless = errors.New("the rest of the answer is not needed")

// Drop reads a little of an answer's body that nobody wants, so that the connection can be used again,
// and closes it. It returns how the body begins.
func Drop(body io.ReadCloser) (start []byte, err error) {
	t := time.AfterFunc(needlessFor, func() { _ = body.Close() })
	defer t.Stop()
	rest := io.LimitReader(body, wire.MaxErrorBody)
	start = make([]byte, PageStart)
	n, _ := io.ReadFull(rest, start)
	_, _ = io.Copy(io.Discard, rest)
	return start[:n], body.Close()
}
