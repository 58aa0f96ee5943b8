package mocks

import (
	"slices"
	"time"
)

// due is something that happens by itself when its time has come.
type due struct {
	at int64
	do func(now time.Time)
}

// at has do run at the first request after t.
func (d *store) at(t time.Time, do func(now time.Time)) {
	e := due{t.UnixMilli(), do}
	i, _ := slices.BinarySearchFunc(d.dues, e.at, func(x due, at int64) int {
		if x.at <= at {
			return -1
		}
		return 1
	})
	d.dues = slices.Insert(d.dues, i, e)
}

// settle does what has become due: no goroutine, each request first brings the drive up to date.
func (d *store) settle(now time.Time) {
	ms := now.UnixMilli()
	for len(d.dues) > 0 && d.dues[0].at <= ms {
		e := d.dues[0]
		d.dues = d.dues[1:]
		e.do(now)
	}
	for len(d.trashed) > 0 && d.trashFor > 0 && d.trashed[0].modified+d.trashFor.Milliseconds() <= ms {
		d.purge(d.trashed[0], now)
	}
}
