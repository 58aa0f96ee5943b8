package transport

import (
	"net"
	"syscall"
	"time"
)

// isClosed reports whether net/http has closed the connection. net/http reads from the connection
// while it sends, so it notices at once when the server has closed it.
func isClosed(c net.Conn) bool {
	for t, ok := c.(interface{ NetConn() net.Conn }); ok; t, ok = c.(interface{ NetConn() net.Conn }) {
		c = t.NetConn() // the connection under TLS; a loop, because a proxy over TLS adds another layer
	}
	if c == nil {
		return false
	}
	if s, ok := c.(syscall.Conn); ok {
		raw, err := s.SyscallConn()
		if err == nil {
			err = raw.Control(func(uintptr) {})
		}
		return err != nil
	}
	// The connection is of a caller's own type. Nothing is being written now, and net/http sets no
	// write deadline, so that clearing the deadline changes nothing.
	return c.SetWriteDeadline(time.Time{}) != nil
}
