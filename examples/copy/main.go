// Copy copies a directory or a file to a drive or back: in parallel, verified, and so that
// it can be interrupted and run again.
//
//	go run ./examples/copy [flags] FROM TO
//
// One of FROM and TO is a path on the drive, written drive:path; the other is a
// local one. A file goes into TO if that is a directory, or ends in a slash, and else to exactly this path. With -check every file is read again on both sides afterwards
// and compared. With -token it uses the real service: FILE holds an OAuth token
// as one JSON object, as rclone and examples/authorize write it. Without it, it
// uses examples/mockdrive, where that listens by default:
//
//	go run ./examples/mockdrive -faults examples/mockdrive/faults.jsonl
//	go run ./examples/copy -check "$(go env GOROOT)/src" drive:src
//
// Every failure is a line of its own, and makes the exit status 1.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/transfer"
)

// Where examples/mockdrive is by default, and what it accepts.
const (
	mockDiscovery = "http://127.0.0.1:8800/drive/v1/account/endpoint"
	mockToken     = "mock-token"
)

type settings struct {
	from, to         string
	token, discovery string
	hashes           string
	owner            string
	check, modTimes  bool
	resume           bool
	opts             transfer.Options
}

// list is a flag that may be repeated.
type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

func main() {
	s, err := parse(os.Args[1:], os.Stderr)
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "copy:", err)
		}
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ok, err := run(ctx, s, os.Stdout, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "copy:", err)
	}
	if ctx.Err() != nil {
		fmt.Fprintln(os.Stderr, "copy: interrupted; run it again to do what is left")
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{}
	fs := flag.NewFlagSet("copy", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() {
		fmt.Fprintln(stderr, "usage: copy [flags] FROM TO\n\nOne of FROM and TO is drive:path, the other a local directory or file.")
		fs.PrintDefaults()
	}
	fs.BoolVar(&s.check, "check", false, "read every file again on both sides afterwards, and compare")
	fs.IntVar(&s.opts.Workers, "workers", 32, "how many files at once")
	fs.BoolVar(&s.opts.DryRun, "dry-run", false, "only say what would be done")
	fs.BoolVar(&s.opts.Mirror, "mirror", false, "move to the drive's trash what is only there")
	fs.BoolVar(&s.modTimes, "mtime", false, "keep modified times, as properties of the nodes")
	fs.StringVar(&s.owner, "owner", "", "owner of these properties: the application's friendly `NAME`; without it, the one that made the drive's folder")
	fs.Var((*list)(&s.opts.Include), "include", "copy only files that match `PATTERN`; may be repeated")
	fs.Var((*list)(&s.opts.Exclude), "exclude", "leave out files and folders that match `PATTERN`; may be repeated")
	fs.BoolVar(&s.opts.IgnoreCase, "ignore-case", false, "match patterns without case")
	fs.BoolVar(&s.opts.AllowEmptySource, "allow-empty", false, "mirror a directory that holds no file to copy")
	fs.IntVar(&s.opts.MaxTrash, "max-trash", 0, "with -mirror, trash nothing if it would be more than `N` files and folders; 0 is no limit")
	fs.Float64Var(&s.opts.MaxTrashShare, "max-trash-share", 0.5, "with -mirror, trash nothing if it would be more than this `share` of what is on the drive; 1 is no limit")
	fs.BoolVar(&s.resume, "resume", false, "go on in the middle of files that an earlier run did not finish")
	fs.Int64Var(&s.opts.MaxSize, "max-size", 0, "leave out files of more `bytes`")
	fs.StringVar(&s.hashes, "hashes", "", "remember the MD5s of local files in `FILE`")
	fs.StringVar(&s.token, "token", "", "`FILE` with an OAuth token: use the real service")
	fs.StringVar(&s.discovery, "discovery", "", "`URL` of account/endpoint, of a drive other than Amazon's")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	if fs.NArg() != 2 {
		return nil, errors.New("FROM and TO are wanted after the flags")
	}
	s.from, s.to = fs.Arg(0), fs.Arg(1)
	if _, ok := onDrive(s.from); ok == isDrive(s.to) {
		return nil, errors.New("one of FROM and TO must be drive:path, the other a local directory or file")
	}
	if s.resume {
		s.opts.UploadOptions = append(s.opts.UploadOptions, acd.WithResume())
	}
	if s.opts.MaxTrashShare == 0 {
		return nil, errors.New("-max-trash-share must be above 0; without -mirror nothing is trashed")
	}
	if s.opts.Workers < 1 {
		return nil, fmt.Errorf("-workers must be at least 1, not %d", s.opts.Workers)
	}
	return s, nil
}

func onDrive(arg string) (path string, ok bool) { return strings.CutPrefix(arg, "drive:") }

func isDrive(arg string) bool {
	_, ok := onDrive(arg)
	return ok
}

// run reports what is wrong with single files on stderr and returns false; an
// error means that it could not go on.
func run(ctx context.Context, s *settings, stdout, stderr io.Writer) (bool, error) {
	counter := &countingTransport{next: newTransport(s.opts.Workers)}
	client, err := connect(ctx, s, counter)
	if err != nil {
		return false, err
	}
	if s.hashes != "" {
		cache, err := transfer.OpenHashCache(s.hashes)
		if err != nil {
			return false, fmt.Errorf("-hashes: %w", err)
		}
		defer cache.Close()
		s.opts.Hashes = cache
	}
	c := &copier{settings: s, client: client, stdout: stdout, stderr: stderr, counter: counter, skipped: map[string]bool{}}
	start := time.Now()
	err = c.copy(ctx)
	if err == nil && s.check && !s.opts.DryRun {
		err = c.check(ctx)
	}
	c.table(time.Since(start))
	return err == nil && c.report.Failed == 0 && c.differences() == 0, explain(err, s)
}

func connect(ctx context.Context, s *settings, rt http.RoundTripper) (*acd.Client, error) {
	tokens := oauth2.StaticTokenSource(&oauth2.Token{AccessToken: mockToken})
	discovery := s.discovery
	if s.token == "" && discovery == "" {
		discovery = mockDiscovery
	}
	if s.token != "" {
		var err error
		if tokens, err = readToken(s.token); err != nil {
			return nil, fmt.Errorf("-token: %w", err)
		}
	}
	opts := []acd.Option{acd.WithHTTPClient(&http.Client{Transport: rt})}
	if discovery != "" {
		opts = append(opts, acd.WithDiscoveryURL(discovery))
	}
	return acd.NewClient(ctx, tokens, opts...)
}

// readToken reads a token as rclone keeps it.
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

// explain says which setting an error that ended everything comes from.
func explain(err error, s *settings) error {
	switch {
	case errors.Is(err, acd.ErrUnauthorized) && s.token != "":
		return fmt.Errorf("-token: the drive does not accept the token in %s; sign in again with examples/authorize: %w", s.token, err)
	case errors.Is(err, acd.ErrUnavailable) && s.token == "":
		return fmt.Errorf("is examples/mockdrive running? With -token the real service is used: %w", err)
	}
	return err
}
