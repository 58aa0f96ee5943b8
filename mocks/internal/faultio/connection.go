package faultio

import (
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/acd-sdk/acd/mocks/internal/blob"
)

// CopyFlushed copies r to w and flushes after each piece.
func CopyFlushed(w http.ResponseWriter, r io.Reader) (int64, error) {
	ctl := http.NewResponseController(w)
	buf := make([]byte, 32<<10)
	var total int64
	for {
		n, err := r.Read(buf)
		if n > 0 {
			k, err := w.Write(buf[:n])
			total += int64(k)
			if err != nil {
				return total, err
			}
			_ = ctl.Flush()
		}
		if err != nil {
			return total, blob.EOF(err)
		}
	}
}

// Break breaks the connection: by a reset if the cause is ErrReset, else by an early end. It does
// not return: it panics with http.ErrAbortHandler.
func Break(w http.ResponseWriter, cause error) {
	if errors.Is(cause, ErrReset) {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			conn.Close()
		}
	}
	panic(http.ErrAbortHandler)
}
