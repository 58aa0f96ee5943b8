package main

import (
	"net/http"
	"strings"
	"testing"
)

// A probe asks some thirty questions, changes nothing, and prints nothing of what is in the library.
func TestProbe(t *testing.T) {
	p, library := seeded(t, 100)
	p.signIn()
	var methods []string
	p.transport = watching{p.drive, &methods}
	o := p.run("probe").ok()
	if n := strings.Count(o.out, "\n"); n < 30 || n > 50 {
		t.Errorf("%d questions\n%s", n, o.out)
	}
	personal := append([]string{"IMG_", "Holidays", "Pictures", "beach", p.drive.CustomerID()}, library.Albums...)
	for _, text := range personal {
		if strings.Contains(o.out, text) {
			t.Errorf("%q is printed:\n%s", text, o.out)
		}
	}
	for _, m := range methods {
		if !strings.HasPrefix(m, "GET ") && m != "POST /drive/v1/changes" {
			t.Errorf("it sends %s", m)
		}
	}
}

// watching notes what is sent.
type watching struct {
	next http.RoundTripper
	seen *[]string
}

func (w watching) RoundTrip(req *http.Request) (*http.Response, error) {
	*w.seen = append(*w.seen, req.Method+" "+req.URL.Path)
	return w.next.RoundTrip(req)
}
