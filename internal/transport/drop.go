package transport

import (
	"errors"
	"io"
	"time"

	"github.com/acd-sdk/acd/internal/wire"
)

// needlessFor limits the time for reading bytes that nobody needs: the text of an error, or the
// rest of a response. The rest of a response is read so that the connection can be used again. At
// most 64 KiB of it are read. In 2 s they arrive over a line of 32 KiB/s. If the server is slower,
// the connection is closed, so that the caller does not wait longer.
const needlessFor = 2 * time.Second

var errNeedless = errors.New("the rest of the answer is not needed")

// Drop reads at most wire.MaxErrorBody bytes of a body that nobody wants, so that the connection
// can be used again, and closes the body. It returns the first bytes of the body, PageStart at
// most.
func Drop(body io.ReadCloser) (start []byte, err error) {
	t := time.AfterFunc(needlessFor, func() { _ = body.Close() })
	defer t.Stop()
	rest := io.LimitReader(body, wire.MaxErrorBody)
	start = make([]byte, PageStart)
	n, _ := io.ReadFull(rest, start)
	_, _ = io.Copy(io.Discard, rest)
	return start[:n], body.Close()
}
