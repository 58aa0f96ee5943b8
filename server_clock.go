package acd

import (
	"net/http"
	"sync/atomic"
	"time"
)

// serverClocks holds, for each host of the service, the difference between its clock and the local
// one. The differences come from the Date headers of responses. The clocks of different hosts may
// differ.
type serverClocks struct {
	offsets [baseCount]atomic.Pointer[time.Duration]
}

// learn reads the Date of a response. The offset is never too large: Date is cut to whole seconds
// and was written before now.
func (s *serverClocks) learn(host Base, h http.Header, now time.Time) {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		offset := date.Sub(now)
		s.offsets[host].Store(&offset)
	}
}

// earliest returns the earliest date that the service can give to a node which it made at the local
// time t or later. It returns zero if no host has sent a Date yet. It uses the slowest of all
// clocks, including the local one: a node that a call made must never seem older than the call.
func (s *serverClocks) earliest(t time.Time) time.Time {
	var slowest time.Duration
	known := false
	for i := range s.offsets {
		if offset := s.offsets[i].Load(); offset != nil {
			known = true
			slowest = min(slowest, *offset)
		}
	}
	if !known {
		return time.Time{}
	}
	return t.Add(slowest - clockMargin)
}
