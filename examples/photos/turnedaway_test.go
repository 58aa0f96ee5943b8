package main

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd/mocks"
)

// Five pages in a row in place of answers end a run, with advice, and no further request is made. Fewer do not.
func TestPagesInPlaceOfAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		pages int
		ends  bool
	}{"a lone one": {1, false}, "four": {4, false}, "without end": {1000, true}} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				p, _ := seeded(t, 60)
				fault := mocks.BotDefence()
				fault.Nth, fault.Times = 20, tc.pages
				injected := p.drive.Inject(fault)
				start := time.Now()
				o := p.run("export", "-mock", "-transfers", "1", dir)
				if !tc.ends {
					if o.ok(); injected.Fired() != tc.pages || o.row("present") == 0 {
						t.Errorf("%d pages\n%s", injected.Fired(), o.out)
					}
					return
				}
				o.fails(1, "five requests in a row", "robot", "run the same command again")
				if n := injected.Fired(); n != mostPages || time.Since(start) > 5*time.Minute {
					t.Errorf("%d pages in %v", n, time.Since(start))
				}
				injected.Remove()
				if o = p.run("export", "-mock", dir); o.ok().row("present") == 0 {
					t.Errorf("the next run:\n%s", o.out)
				}
			})
		})
	}
}
