package acd

import (
	"net/http"
	"sync/atomic"
	"time"
)

// serverClocks are the clocks of the service's hosts against ours, as their Date headers tell.
// They need not agree.
type serverClocks struct {
	offsets [baseCount]atomic.Pointer[time.Duration]
}

// learn reads an answer's Date. It never overestimates: Date was cut to the second and written before now.
func (s *serverClocks) learn(host Base, h http.Header, now time.Time) {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		offset := date.Sub(now)
		s.offsets[host].Store(&offset)
	}
}

// earliest is the earliest date that a node can have which the service made at the local time t or
// later, or zero if the service never said what time it is. It goes by the slowest of the clocks, our own among
// them: a node of ours must never seem to be older than the call that made it.
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
