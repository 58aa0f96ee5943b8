package transport

import (
	"net"
	"syscall"
	"time"
)

// isClosed says whether net/http has closed the connection: it reads on while it sends, and so it sees
// at once that the peer has gone.
func isClosed(c net.Conn) bool {
	for t, ok := c.(interface{ NetConn() net.Conn }); ok; t, ok = c.(interface{ NetConn() net.Conn }) {
		c = t.NetConn() // TLS, perhaps to a proxy over TLS
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
	// A connection of the caller's own. Nothing is being written now, and no deadline is the rule.
	return c.SetWriteDeadline(time.Time{}) != nil
}
