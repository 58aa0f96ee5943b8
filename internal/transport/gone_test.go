package transport

import (
	"net"
	"testing"
)

// bareConn has no methods except those of net.Conn.
type bareConn struct{ net.Conn }

// over gives access to the connection under it, as TLS does.
type over struct{ net.Conn }

func (o over) NetConn() net.Conn { return o.Conn }

func TestClosedConnectionsAreSeen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, wrap := range map[string]func(net.Conn) net.Conn{
		"TCP":                 func(c net.Conn) net.Conn { return c },
		"over TCP":            func(c net.Conn) net.Conn { return over{c} },
		"the caller's":        func(c net.Conn) net.Conn { return bareConn{c} },
		"over the caller's":   func(c net.Conn) net.Conn { return over{bareConn{c}} },
		"over and over again": func(c net.Conn) net.Conn { return over{over{c}} },
	} {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn := wrap(c)
		if isClosed(conn) {
			t.Errorf("%s: closed while it is open", name)
		}
		c.Close()
		if !isClosed(conn) {
			t.Errorf("%s: open when it is closed", name)
		}
	}
	if isClosed(nil) {
		t.Error("no connection is closed")
	}
}
