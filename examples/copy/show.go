package main

import (
	"io"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/transfer"
)

// newTransport keeps a connection for each worker.
func newTransport(workers int) http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = workers + 1
	return t
}

// countingTransport counts the requests, and how many of them repeat another.
type countingTransport struct {
	next              http.RoundTripper
	requests, retries atomic.Int64
}

func (t *countingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	t.requests.Add(1)
	if op, ok := acd.OperationFromContext(req.Context()); ok && op.Attempt > 1 {
		t.retries.Add(1)
	}
	return t.next.RoundTrip(req)
}

// bar is a progress bar, on a terminal only.
type bar struct {
	w       io.Writer // nil if it is not a terminal
	current *progressbar.ProgressBar
}

func newBar(w io.Writer) *bar {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &bar{w: w}
	}
	return &bar{}
}

// begin starts the bar; total is in bytes, -1 if it is not known.
func (b *bar) begin(what string, total func() int64) {
	if b.w == nil {
		return
	}
	b.current = progressbar.NewOptions64(total(),
		progressbar.OptionSetWriter(b.w), progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish())
}

// clear makes room for a line.
func (b *bar) clear(e transfer.Event) {
	if b.current != nil && e.Action != transfer.Copied && e.Action != transfer.Identical && e.Action != transfer.MadeFolder {
		b.current.Clear()
	}
}

func (b *bar) add(e transfer.Event) {
	if b.current != nil && e.Action != transfer.Trashed {
		b.current.Add64(e.Size)
	}
}

func (b *bar) end() {
	if b.current != nil {
		b.current.Finish()
	}
}
