package program

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Progress is a bar with rate and ETA on a terminal. Without a terminal, and with -P, it prints a
// line every few seconds.
type Progress struct {
	c    *Console
	verb string

	mu      sync.Mutex
	total   int64 // bytes; below 0 if unknown
	done    int64 // bytes of the finished files
	moved   int64 // bytes of those finished files that went over the network
	files   int
	current map[string]int64 // bytes of each file that is being copied
	samples []sample         // of the last seconds, oldest first
	shown   time.Time
}

type sample struct {
	at    time.Time
	moved int64
}

const (
	rateOver     = 10 * time.Second       // the rate is the average of this time
	sampleEvery  = 250 * time.Millisecond //
	reliableFrom = time.Second            // no rate is shown earlier, because the first buffers fill at the speed of memory
	lineEvery    = 5 * time.Second        // with -P and without a terminal
)

// NewProgress begins a bar. verb says what is done, for example "copying". The caller must call
// End.
func (c *Console) NewProgress(verb string) *Progress {
	p := &Progress{c: c, verb: verb, total: -1, current: map[string]int64{}, samples: []sample{{time.Now(), 0}}}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doing = p.String
	return p
}

// Total sets the number of bytes of all files.
func (p *Progress) Total(bytes int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.total = bytes
}

// Moving sets how many bytes of a file were copied so far.
func (p *Progress) Moving(path string, bytes int64) {
	p.mu.Lock()
	p.current[path] = bytes
	p.mu.Unlock()
	p.show()
}

// Done notes that a file is finished, and whether its content was copied.
func (p *Progress) Done(path string, bytes int64, moved bool) {
	p.mu.Lock()
	delete(p.current, path)
	p.done += bytes
	if moved {
		p.moved += bytes
		p.files++
	}
	p.mu.Unlock()
	p.show()
}

// End clears the bar.
func (p *Progress) End() {
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.c.doing = nil
	p.c.wipe()
}

func (p *Progress) show() {
	every := sampleEvery
	if !p.c.Terminal {
		every = lineEvery
	}
	p.mu.Lock()
	now := time.Now()
	due := now.Sub(p.shown) >= every
	if due {
		p.shown = now
		p.samples = append(p.samples, sample{now, p.movedNow()})
		for len(p.samples) > 2 && now.Sub(p.samples[1].at) > rateOver {
			p.samples = p.samples[1:]
		}
	}
	p.mu.Unlock()
	if !due || !p.c.Terminal && !p.c.progress {
		return
	}
	text := p.String()
	p.c.mu.Lock()
	defer p.c.mu.Unlock()
	p.c.spoke, p.c.waiting = now, false
	if p.c.Terminal {
		p.c.status(text)
	} else {
		fmt.Fprintln(p.c.raw, text)
	}
}

func (p *Progress) movedNow() int64 {
	n := p.moved
	for _, bytes := range p.current {
		n += bytes
	}
	return n
}

// rate returns the rate in bytes a second, 0 if it is not known.
func (p *Progress) rate() float64 {
	first, last := p.samples[0], p.samples[len(p.samples)-1]
	if took := last.at.Sub(first.at); took >= reliableFrom {
		return max(float64(last.moved-first.moved)/took.Seconds(), 0)
	}
	return 0
}

// String returns a line such as "copying: 3 files, 12 MiB of 50 MiB, 24%, 2.5 MiB/s, ETA 15s".
func (p *Progress) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	done := p.done + p.movedNow() - p.moved
	parts := []string{fmt.Sprintf("%d files", p.files), FormatSize(done)}
	if p.total >= 0 {
		parts[1] += " of " + FormatSize(p.total)
		if p.total > 0 {
			parts = append(parts, fmt.Sprintf("%d%%", min(done*100/p.total, 100)))
		}
	}
	if rate := p.rate(); rate > 0 {
		parts = append(parts, FormatSize(int64(rate))+"/s")
		if left := p.total - done; p.total >= 0 && left > 0 {
			parts = append(parts, "ETA "+FormatDuration(max(time.Duration(float64(left)/rate*float64(time.Second)), time.Second)))
		}
	}
	return p.verb + ": " + strings.Join(parts, ", ")
}
