package acd

import (
	"context"
	"errors"
	"time"
)

// dates is a range of dates; both ends are included. A zero end is open.
type dates struct{ from, to time.Time }

const (
	// All nodes were created between firstYear and lastYear. If a range is open, these years are
	// used as its ends to divide it. The local clock is not used, because the clock of the service
	// may differ. Because the range is that long, a few more halvings may be needed, at
	// most one request each.
	firstYear, lastYear = 2005, 2100
	// shortestDates is the length of a range that cannot be divided, because the service's dates
	// are in milliseconds.
	shortestDates = time.Millisecond
)

// halves divides a range into two; ok is false if it cannot be divided. Both halves include the
// date in the middle, so that no date falls between them.
func (w dates) halves() (earlier, later dates, ok bool) {
	from, to := w.from, w.to
	if from.IsZero() {
		from = time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if to.IsZero() {
		to = time.Date(lastYear, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if to.Sub(from) <= shortestDates {
		return dates{}, dates{}, false
	}
	middle := from.Add(to.Sub(from) / 2).Truncate(shortestDates)
	return dates{w.from, middle}, dates{middle, w.to}, true
}

// outside returns a node that was clearly not created in the range, or nil.
func (w dates) outside(nodes []*Node) *Node {
	const margin = time.Second // some services compare whole seconds
	for _, n := range nodes {
		switch created := n.CreatedDate; {
		case created.IsZero():
		case !w.from.IsZero() && created.Before(w.from.Add(-margin)), !w.to.IsZero() && created.After(w.to.Add(margin)):
			return n
		}
	}
	return nil
}

// byDates repeats a listing that has too many nodes for the service's offsets. It divides the
// listing by date of creation until each range has few enough nodes. It finds the ranges by
// halving. It does not ask the service to sort by date, because nodes would be lost if the service
// did not keep the order.
func (l *listing) byDates(ctx context.Context) error {
	// A wrong count must not cause more than some unnecessary ranges.
	l.early = 40 + 4*int(min(l.promised, 1<<40)/maxOffset)
	var unreadable unreadableNodes
	err := l.within(ctx, dates{}, &unreadable)
	if err == nil && !l.stopped && unreadable.count > 0 {
		return newError(ctx, l.r.op, l.r.subject(), unreadable.err())
	}
	return err
}

// within lists the two halves of a range that has too many nodes.
func (l *listing) within(ctx context.Context, w dates, unreadable *unreadableNodes) error {
	earlier, later, ok := w.halves()
	if !ok {
		return newError(ctx, l.r.op, l.r.subject(), joinCauses(ErrIncomplete, errTooMany))
	}
	for _, half := range []dates{earlier, later} {
		query, err := l.between(half)
		if err != nil {
			return newError(ctx, l.r.op, l.r.subject(), err)
		}
		l.query, l.dates, l.window = query, half, new(idSet)
		err = l.untilWhole(ctx)
		switch {
		case l.stopped:
			return nil
		case errors.Is(err, errTooMany):
			err = l.within(ctx, half, unreadable)
		case l.unreadable.count > 0 && errors.Is(err, ErrIncomplete):
			// The half is complete except for nodes that cannot be read. Go on, and report them at
			// the end.
			unreadable.join(l.unreadable)
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
