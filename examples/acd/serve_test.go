package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/examples/internal/program"
)

// watched is a writer that passes the output of a command on, line by line.
type watched struct{ lines chan string }

func (w watched) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		w.lines <- strings.TrimSpace(line)
	}
	return len(p), nil
}

func TestServeIsANetworkFolder(t *testing.T) {
	p := newPerson(t)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := watched{make(chan string, 10)}
	var errs bytes.Buffer
	status := make(chan int, 1)
	go func() {
		a := &app{dir: p.dir, mock: p.mock}
		status <- a.program().Run(ctx, []string{"serve", "webdav", "mock:Documents"}, program.NewConsole(strings.NewReader(""), out, &errs))
	}()
	var address string
	select {
	case line := <-out.lines:
		_, address, _ = strings.Cut(line, " is at ")
	case s := <-status:
		t.Fatalf("status %d: %s", s, errs.String())
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, strings.TrimSuffix(address, "/")+"/new.txt", strings.NewReader("from a network folder"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	resp, err = http.Get(strings.TrimSuffix(address, "/") + "/new.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, err := io.ReadAll(resp.Body); err != nil || string(text) != "from a network folder" {
		t.Errorf("%q, %v", text, err)
	}
	stop()
	if s := <-status; s != 0 {
		t.Errorf("status %d after an interrupt: %s", s, errs.String())
	}
	if info, err := os.Stat(filepath.Join(p.dir, "webdav.secret")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestServeRefusesWhatIsNotSafe(t *testing.T) {
	p := newPerson(t)
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"serve", "ftp", "mock:"}, "webdav alone"},
		{[]string{"serve", "webdav", "./here"}, "not on a drive"},
		{[]string{"serve", "webdav", "mock:", "-addr", "0.0.0.0:0"}, "TLS"},
		{[]string{"serve", "webdav", "mock:", "-cert", "nowhere.pem"}, "-cert"},
	} {
		o := p.run(tt.args...)
		if o.status != 2 || !strings.Contains(o.err, tt.says) || strings.Count(strings.TrimSpace(o.err), "\n") > 0 {
			t.Errorf("%v: status %d, %q", tt.args, o.status, o.err)
		}
	}
	if o := p.run("serve", "webdav", "mock:nowhere"); o.status != 1 {
		t.Errorf("a folder that is not there: status %d, %q", o.status, o.err)
	}
}
