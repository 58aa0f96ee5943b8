package acd

import (
	"net/http"
	"sync/atomic"
	"time"
)

// serverClock is the service's time against ours, as its Date headers tell.
type serverClock struct{ offset atomic.Pointer[time.Duration] }

// learn never overestimates: Date was cut to the second and written before now.
func (s *serverClock) learn(h http.Header, now time.Time) {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		s.offset.Store(new(date.Sub(now)))
	}
}

// at is the service's time at the local time t, at the earliest, or zero if
// the service never said.
func (s *serverClock) at(t time.Time) time.Time {
	if p := s.offset.Load(); p != nil {
		return t.Add(*p)
	}
	return time.Time{}
}
