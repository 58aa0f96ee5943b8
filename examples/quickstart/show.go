package main

import (
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/acd-sdk/acd"
)

// newTransport returns a transport that keeps an idle connection for each worker.
func newTransport(workers int) http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = workers + 1
	return t
}

// countingTransport counts the requests, and how many of them are retries.
type countingTransport struct {
	next     http.RoundTripper
	requests atomic.Int64
	retries  atomic.Int64
}

func (t *countingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	t.requests.Add(1)
	if op, ok := acd.OperationFromContext(req.Context()); ok && op.Attempt > 1 {
		t.retries.Add(1)
	}
	return t.next.RoundTrip(req)
}

// bar is a progress bar. It is shown only on a terminal.
type bar struct {
	terminal bool
	w        io.Writer
	current  *progressbar.ProgressBar
}

func newBar(w io.Writer) *bar { return &bar{terminal: isTerminal(w), w: w} }

func (b *bar) begin(what string, bytes int64) {
	if !b.terminal {
		return
	}
	b.current = progressbar.NewOptions64(bytes,
		progressbar.OptionSetWriter(b.w), progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish())
}

func (b *bar) add(n int64) {
	if b.current != nil {
		b.current.Add64(n)
	}
}

func (b *bar) end() {
	if b.current != nil {
		b.current.Finish()
		b.current = nil
	}
}

func (c *copier) report(w io.Writer, took time.Duration) {
	seconds := took.Seconds()
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(name string, value any) { fmt.Fprintf(t, "%s\t%v\t\n", name, value) }
	row("files", c.verified.Load())
	row("folders", len(c.folders))
	row("bytes", c.bytes.Load())
	row("seconds", fmt.Sprintf("%.1f", seconds))
	row("MB/s", fmt.Sprintf("%.1f", float64(2*c.bytes.Load())/1e6/seconds)) // every byte was uploaded and downloaded
	row("requests", c.counter.requests.Load())
	row("retries", c.counter.retries.Load())
	row("failures", c.problems.Load()-c.mismatches.Load())
	row("mismatches", c.mismatches.Load())
	t.Flush()
}
