// Quickstart uploads a directory to a drive as a tree, lists it, downloads it into a temporary
// directory, and compares the MD5 of every file.
//
//	go run ./examples/quickstart [-dir DIR] [-workers N] [-token FILE]
//
// Without flags it needs no account: it starts an in-memory drive and generates a directory of 200
// files whose names and sizes often break clients. With -token it uses the real service. FILE holds
// an OAuth token as one JSON object, as rclone and acd authorize write it. At the end, the uploaded
// files are moved to the trash. The exit status is 1 if anything differs or fails.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/term"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

type settings struct {
	dir       string
	workers   int
	token     string
	discovery string
}

func main() {
	var s settings
	flag.StringVar(&s.dir, "dir", "", "the `DIR` to copy; without it one is generated")
	flag.IntVar(&s.workers, "workers", 8, "how many files at once")
	flag.StringVar(&s.token, "token", "", "`FILE` with an OAuth token: use the real service")
	flag.StringVar(&s.discovery, "discovery", "", "`URL` of account/endpoint, of a drive other than Amazon's")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "quickstart: unexpected argument %q; the directory goes after -dir\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ok, err := run(ctx, s, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// run prints errors of single files on stderr, and returns false if there was one. It returns an
// error if it could not continue.
func run(ctx context.Context, s settings, stdout, stderr io.Writer) (bool, error) {
	if s.workers < 1 {
		return false, fmt.Errorf("-workers must be at least 1, not %d", s.workers)
	}
	scratch, err := os.MkdirTemp("", "acd-quickstart-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(scratch)
	if s.dir == "" {
		s.dir = scratch + "/generated"
		if err := generate(s.dir); err != nil {
			return false, fmt.Errorf("generating files: %w", err)
		}
	}
	if info, err := os.Stat(s.dir); err != nil {
		return false, fmt.Errorf("-dir: %w", err)
	} else if !info.IsDir() {
		return false, fmt.Errorf("-dir: %s is not a directory", s.dir)
	}
	counter := &countingTransport{next: newTransport(s.workers)}
	client, closeDrive, err := connect(ctx, s, counter)
	if err != nil {
		return false, err
	}
	defer closeDrive()
	c := &copier{
		client: client, workers: s.workers, stderr: stderr, counter: counter,
		from: s.dir, to: scratch + "/downloaded", bar: newBar(stderr),
	}
	start := time.Now()
	err = c.run(ctx)
	c.report(stdout, time.Since(start))
	return c.problems.Load() == 0, explain(err, s)
}

// connect returns a client of the real service, or of a drive in memory.
func connect(ctx context.Context, s settings, rt http.RoundTripper) (*acd.Client, func(), error) {
	opts := []acd.Option{acd.WithHTTPClient(&http.Client{Transport: rt})}
	if s.discovery != "" {
		opts = append(opts, acd.WithDiscoveryURL(s.discovery))
	}
	if s.token != "" {
		tokens, err := readToken(s.token)
		if err != nil {
			return nil, nil, fmt.Errorf("-token: %w", err)
		}
		client, err := acd.NewClient(ctx, tokens, opts...)
		return client, func() {}, err
	}
	if s.discovery != "" {
		return nil, nil, errors.New("-discovery needs -token")
	}
	drive := mocks.NewDrive()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	server := &http.Server{Handler: drive, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }() // runs until Close; if the server fails, the client reports it
	opts = append(opts, acd.WithDiscoveryURL("http://"+listener.Addr().String()+"/drive/v1/account/endpoint"))
	client, err := acd.NewClient(ctx, drive.TokenSource(), opts...)
	return client, func() { server.Close() }, err
}

// readToken reads a token in the form in which rclone stores it.
func readToken(file string) (oauth2.TokenSource, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var t oauth2.Token
	if err := json.Unmarshal(data, &t); err != nil || t.AccessToken == "" {
		return nil, fmt.Errorf("%s is not an OAuth token: a JSON object with access_token is wanted", file)
	}
	return oauth2.StaticTokenSource(&t), nil
}

// explain adds to an error that ended the run which setting caused it.
func explain(err error, s settings) error {
	if errors.Is(err, acd.ErrUnauthorized) && s.token != "" {
		return fmt.Errorf("-token: the drive does not accept the token in %s; sign in again with examples/acd authorize: %w", s.token, err)
	}
	return err
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
