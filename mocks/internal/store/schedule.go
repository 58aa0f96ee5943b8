package store

import (
	"slices"
	"time"
)

// due is a function that is to run at a certain time.
type due struct {
	at int64
	do func(now time.Time)
}

// At makes do run at the first request after t.
func (s *Store) At(t time.Time, do func(now time.Time)) {
	e := due{t.UnixMilli(), do}
	i, _ := slices.BinarySearchFunc(s.dues, e.at, func(x due, at int64) int {
		if x.at <= at {
			return -1
		}
		return 1
	})
	s.dues = slices.Insert(s.dues, i, e)
}

// Settle runs the functions that are due and purges old nodes from the trash. Each request calls it
// first, so the drive needs no goroutine.
func (s *Store) Settle(now time.Time) {
	ms := now.UnixMilli()
	for len(s.dues) > 0 && s.dues[0].at <= ms {
		e := s.dues[0]
		s.dues = s.dues[1:]
		e.do(now)
	}
	for len(s.Trashed) > 0 && s.TrashFor > 0 && s.Trashed[0].Modified+s.TrashFor.Milliseconds() <= ms {
		s.Purge(s.Trashed[0], now)
	}
}
