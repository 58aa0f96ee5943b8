package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// start runs the program. It returns the base URL, and a function that stops the program and
// returns its output.
func start(t *testing.T, args ...string) (base string, stop func() string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), w, io.Discard)
		w.CloseWithError(err)
		done <- err
	}()
	lines := bufio.NewReader(r)
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	base = line[strings.Index(line, "http://"):strings.Index(line, ",")]
	return base, func() string {
		cancel()
		out, err := io.ReadAll(lines)
		if err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		return string(out)
	}
}

func call(t *testing.T, method, url, token, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func TestServesAndKeeps(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "drive")
	base, stop := start(t, "-dir", dir, "-token", "secret", "-faults", "faults.jsonl")
	if status, _ := call(t, "GET", base+"/drive/v1/account/endpoint", "wrong", ""); status != 401 {
		t.Errorf("wrong token: %d", status)
	}
	if status, body := call(t, "POST", base+"/drive/v1/nodes", "secret", `{"name":"kept","kind":"FOLDER"}`); status != 201 {
		t.Errorf("create: %d %s", status, body)
	}
	if out := stop(); !strings.Contains(out, "Nodes.CreateFolder") || !strings.Contains(out, "fault 1 *: 0 times") {
		t.Errorf("report: %s", out)
	}
	base, stop = start(t, "-dir", dir, "-token", "secret")
	defer stop()
	if _, body := call(t, "GET", base+"/drive/v1/nodes?filters=name:kept", "secret", ""); !strings.Contains(body, `"count":1,`) {
		t.Errorf("after a restart: %s", body)
	}
}

func TestBadSettings(t *testing.T) {
	for _, args := range [][]string{
		{"-faults", "no-such-file"}, {"-addr", "no-port"}, {"extra"}, {"-faults", "main.go"}, {"-no-such-flag"},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
}
