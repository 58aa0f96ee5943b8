package acd

import (
	"context"
	"errors"
	"time"
)

// dates are a range of dates, both ends included. A zero end is open.
type dates struct{ from, to time.Time }

const (
	// No node can have been created before firstYear or after lastYear. A range that is open is divided as if it ended
	// there. Our clock is not asked: the service's may be another one, and each halving costs one request at most.
	firstYear, lastYear = 2005, 2100
	// shortestDates are not divided: the service's dates are in milliseconds.
	shortestDates = time.Millisecond
)

// halves divides a range, if it can be divided. They share the date in the middle, so that no
// date can fall between them.
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

// outside returns a node whose date of creation is clearly not in the range, or nil.
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

// byDates lists again what has too many nodes for the service's offsets, in ranges of dates of
// creation that are each few enough. Those ranges are found by halving: the service is not asked to sort, because
// an order that it does not keep would lose nodes.
func (l *listing) byDates(ctx context.Context) error {
	// A count that is far from the truth must not cause more than some ranges without need.
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
			// The half is whole but for nodes that cannot be read: the others are listed first.
			unreadable.join(l.unreadable)
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
