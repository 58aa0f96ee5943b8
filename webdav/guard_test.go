package webdav

import (
	"net/netip"
	"testing"
)

// Tests must not open a socket that other machines can reach. So this test calls the guard
// directly.
func TestHostNamesOfAnAddressThatOthersReach(t *testing.T) {
	g := guard{address: netip.MustParseAddrPort("0.0.0.0:8443"), hosts: []string{"nas.example", "192.0.2.1"}}
	for host, want := range map[string]bool{
		"nas.example": true, "NAS.example:8443": true, "192.0.2.1:8443": true,
		"nas.example:1": false, "other.example": false, "localhost:8443": false, "127.0.0.1:8443": false, "": false,
	} {
		if got := g.isOurs(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
	c := Config{TLS: nil, Hosts: g.hosts}
	if got := c.url(g.address, "secret"); got != "http://nas.example:8443/secret/" {
		t.Error(got)
	}
}
