package program_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/mocks"
)

// screen is a terminal or a file. It records when something was written.
type screen struct {
	mu    sync.Mutex
	start time.Time
	text  bytes.Buffer
	at    []time.Duration
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = append(s.at, time.Since(s.start))
	return s.text.Write(p)
}

// longest returns the longest silence until the end.
func (s *screen) longest() (longest time.Duration) {
	last := time.Duration(0)
	for _, at := range append(s.at, time.Since(s.start)) {
		longest = max(longest, at-last)
		last = at
	}
	return longest
}

// waits returns a program that makes a request to a drive. The drive answers only with an error
// status for some time.
func waits(drive *mocks.Drive) *program.Program {
	return &program.Program{Name: "p", Commands: []program.Command{{Name: "wait", Run: func(ctx context.Context, c *program.Console, _ []string) error {
		// The waits are not random here, so that the command takes minutes each time.
		slow := acd.RetryPolicy{Backoff: func(n int) time.Duration { return time.Duration(n) * 5 * time.Second }}
		client := drive.Client(ctx, acd.WithHTTPClient(&http.Client{Transport: c.Transport(drive)}), acd.WithLogger(c.Log()), acd.WithRetryPolicy(slow))
		_, err := client.Nodes.Root(ctx)
		fmt.Fprintln(c.Out, "done")
		return err
	}}}}
}

// On a terminal there is never more than two seconds of silence: a line says what the command is
// waiting for and how often it was tried. The line is cleared when something else is written.
// Without a terminal there is a line every 30 s.
func TestNothingIsSilentForLong(t *testing.T) {
	for name, tc := range map[string]struct {
		terminal bool
		most     time.Duration
		line     string
	}{
		"on a terminal": {true, 2500 * time.Millisecond, `waiting for Nodes.List, tried \d+ times: status 503 \(\d+s\)`},
		"elsewhere":     {false, 31 * time.Second, `waiting for Nodes.List, tried \d+ times: status 503 \(30s\)\n`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive()
				drive.Inject(mocks.Fault{Op: "Nodes.List", Status: 503})
				s := &screen{start: time.Now()}
				c := program.NewConsole(nil, s, s)
				c.Terminal = tc.terminal
				if status := waits(drive).Run(t.Context(), []string{"wait"}, c); status != 1 {
					t.Errorf("status %d", status)
				}
				if time.Since(s.start) < time.Minute || s.longest() > tc.most {
					t.Errorf("silent for %v of %v", s.longest(), time.Since(s.start))
				}
				text := s.text.String()
				if !regexp.MustCompile(tc.line).MatchString(text) {
					t.Errorf("no line %q in %q", tc.line, text)
				}
				if tc.terminal && !strings.Contains(text, "\r\x1b[Kdone\n") {
					t.Errorf("the line is not cleared: %q", text)
				}
			})
		})
	}
}

// The line also appears if the server does not answer at all, or if its first response is slow.
func TestWaitingForTheFirstAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		drive.Inject(mocks.Fault{Op: "Nodes.List", Times: 1, Delay: mocks.Duration(10 * time.Second)})
		s := &screen{start: time.Now()}
		c := program.NewConsole(nil, s, s)
		c.Terminal = true
		if status := waits(drive).Run(t.Context(), []string{"wait"}, c); status != 0 || !strings.Contains(s.text.String(), "waiting for Nodes.List (5s)") {
			t.Errorf("status %d, %q", status, s.text.String())
		}
	})
	c := program.NewConsole(nil, &bytes.Buffer{}, &bytes.Buffer{})
	rt := c.Transport(failing{errors.New("dial https://signed.example/?secret")})
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rt.RoundTrip(req); err == nil {
		t.Error("no error")
	}
	if got := c.Activity().String(); got != "waiting for the sign-in, tried 1 times: no answer" {
		t.Errorf("%q", got)
	}
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// -v and -vv are two levels of logging.
func TestVerbosity(t *testing.T) {
	for args, want := range map[string]int{"wait": 0, "wait -v": 1, "-vv wait": 3} {
		synctest.Test(t, func(t *testing.T) {
			drive := mocks.NewDrive()
			drive.Inject(mocks.Fault{Op: "Nodes.List", Times: 1, Status: 503})
			var out, errs bytes.Buffer
			if status := waits(drive).Run(t.Context(), strings.Fields(args), program.NewConsole(nil, &out, &errs)); status != 0 {
				t.Errorf("status %d", status)
			}
			if got := strings.Count(errs.String(), "level="); got != want {
				t.Errorf("%s: %d lines, want %d:\n%s", args, got, want, errs.String())
			}
		})
	}
}

// At first the bar has no rate. Later it has a rate and the remaining time.
func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &screen{start: time.Now()}
		c := program.NewConsole(nil, s, s)
		c.Terminal = true
		p := c.NewProgress("copying")
		p.Total(100 << 20)
		p.Moving("a", 8<<20) // a buffer takes these bytes at once
		if got := p.String(); got != "copying: 0 files, 8 MiB of 100 MiB, 8%" {
			t.Errorf("%q", got)
		}
		for i := range 8 {
			time.Sleep(time.Second)
			p.Moving("a", int64(8+i)<<20)
		}
		p.Done("a", 20<<20, true)
		p.Done("b", 30<<20, false)
		if got := p.String(); got != "copying: 1 files, 50 MiB of 100 MiB, 50%, 1.88 MiB/s, ETA 27s" {
			t.Errorf("%q", got)
		}
		p.End()
		if text := s.text.String(); !strings.Contains(text, "\r\x1b[Kcopying: ") || !strings.HasSuffix(text, "\r\x1b[K") || strings.Contains(text, "\n") {
			t.Errorf("%q", text)
		}
	})
}

// Without a terminal, progress is printed in lines, and only with -P.
func TestProgressLines(t *testing.T) {
	for args, want := range map[string]bool{"move": false, "move -P": true} {
		synctest.Test(t, func(t *testing.T) {
			s := &screen{start: time.Now()}
			c := program.NewConsole(nil, s, s)
			p := &program.Program{Name: "p", Commands: []program.Command{{Name: "move", Run: func(_ context.Context, c *program.Console, _ []string) error {
				bar := c.NewProgress("moving")
				defer bar.End()
				for i := range 20 {
					time.Sleep(time.Second)
					bar.Moving("a", int64(i)<<10)
				}
				return nil
			}}}}
			if status := p.Run(t.Context(), strings.Fields(args), c); status != 0 {
				t.Errorf("status %d", status)
			}
			if got := strings.Contains(s.text.String(), "moving: 0 files, 10 KiB, 930 B/s\n"); got != want {
				t.Errorf("%s: %q", args, s.text.String())
			}
		})
	}
}

func TestSizesAndDurations(t *testing.T) {
	for text, want := range map[string]int64{"1": 1 << 10, "10B": 10, "1M": 1 << 20, "1.5Gi": 3 << 29, "off": -1} {
		var s program.Size
		if err := s.Set(text); err != nil || int64(s) != want {
			t.Errorf("%s: %d, %v", text, s, err)
		}
	}
	for bytes, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1024: "1 KiB", 1536: "1.5 KiB", 10 << 20: "10 MiB", 50 << 30: "50 GiB", 1000 << 10: "1000 KiB", 1100 << 10: "1.07 MiB", 123456789: "118 MiB"} {
		if got := program.FormatSize(bytes); got != want {
			t.Errorf("%d: %s, want %s", bytes, got, want)
		}
	}
	for text, want := range map[string]time.Duration{"3m": 3 * time.Minute, "90": 90 * time.Second, "1.5d": 36 * time.Hour} {
		var d program.Duration
		if err := d.Set(text); err != nil || time.Duration(d) != want {
			t.Errorf("%s: %v, %v", text, time.Duration(d), err)
		}
	}
	for d, want := range map[time.Duration]string{0: "0s", 1500 * time.Millisecond: "2s", 90 * time.Second: "1m30s", time.Hour + 5*time.Second: "1h", 51 * time.Hour: "2d3h", 400 * 24 * time.Hour: "1y35d"} {
		if got := program.FormatDuration(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

// A program that has nothing to do says so on a terminal. Without a terminal it prints nothing.
func TestRest(t *testing.T) {
	for _, terminal := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := &screen{start: time.Now()}
			c := program.NewConsole(nil, s, s)
			c.Terminal = terminal
			p := &program.Program{Name: "p", Commands: []program.Command{{Name: "rest", Run: func(_ context.Context, c *program.Console, _ []string) error {
				c.Rest("up to date")
				time.Sleep(time.Hour)
				c.Rest("")
				return nil
			}}}}
			if status := p.Run(t.Context(), []string{"rest"}, c); status != 0 {
				t.Errorf("status %d", status)
			}
			want := ""
			if terminal {
				want = "\r\x1b[Kup to date\r\x1b[K"
			}
			if got := s.text.String(); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
}

// A question on a terminal is not overwritten.
func TestAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &screen{start: time.Now()}
		c := program.NewConsole(nil, s, s)
		c.Terminal = true
		p := &program.Program{Name: "p", Commands: []program.Command{{Name: "ask", Run: func(_ context.Context, c *program.Console, _ []string) error {
			answered := c.Ask()
			fmt.Fprint(c.Out, "Name: ")
			time.Sleep(time.Hour)
			answered()
			time.Sleep(time.Second)
			return nil
		}}}}
		if status := p.Run(t.Context(), []string{"ask"}, c); status != 0 || s.text.String() != "Name: " {
			t.Errorf("status %d, %q", status, s.text.String())
		}
	})
}
