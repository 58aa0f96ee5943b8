// Mockdrive runs an Amazon Drive on this machine. Programs in any language can use it.
//
//	go run ./examples/mockdrive -addr 127.0.0.1:8800 [-dir DIR] [-token T] [-faults FILE]
//
// The client needs the discovery address, which is /drive/v1/account/endpoint on the address above,
// and must send "Authorization: Bearer mock-token". For a program that knows only Amazon's host
// names, use -intercept: it prints two lines of environment, and under these the program runs
// unchanged. With -dir everything is kept after a restart. FILE holds one fault per line in the
// form that mocks.ReadFaults reads. The file faults.jsonl in this directory has one fault of every
// kind.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/acd-sdk/acd/mocks"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			os.Exit(2)
		}
		fmt.Fprintln(os.Stderr, "mockdrive:", err)
		os.Exit(1)
	}
}

type settings struct {
	addr, dir, token, faults string
	lag, pending             time.Duration
	quota, redirect          int64
	rate                     float64
	synthetic                int64
	firstParty, photos       bool
	intercept                bool
}

func parse(args []string, stderr io.Writer) (*settings, error) {
	s := &settings{}
	fs := flag.NewFlagSet("mockdrive", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&s.addr, "addr", "127.0.0.1:8800", "`host:port` to listen on; port 0 picks a free one")
	fs.StringVar(&s.dir, "dir", "", "keep everything in this `directory`; without it, in memory")
	fs.StringVar(&s.token, "token", "mock-token", "the bearer `token` that is accepted")
	fs.StringVar(&s.faults, "faults", "", "inject the faults of this `file`, one JSON object a line")
	fs.DurationVar(&s.lag, "lag", 0, "how long searches lag behind changes")
	fs.DurationVar(&s.pending, "pending", 0, "how long a new file is PENDING")
	fs.Int64Var(&s.quota, "quota", 100<<40, "size of the drive in `bytes`")
	fs.Int64Var(&s.redirect, "redirect-from", 10<<30, "size in `bytes` from which downloads are redirected to a signed URL")
	fs.Float64Var(&s.rate, "rate", 0, "`requests` a second above which the answer is 429; 0: no limit")
	fs.Int64Var(&s.synthetic, "synthetic", -1, "hold no contents: accept only those of the generator with this `seed`")
	fs.BoolVar(&s.firstParty, "first-party", false, "allow purging")
	fs.BoolVar(&s.intercept, "intercept", false, "also answer, through a proxy on this machine, for the hosts that programs know by name")
	fs.BoolVar(&s.photos, "photos", false, "speak the dialect of Amazon Photos, too")
	if err := fs.Parse(args); err != nil {
		return nil, err
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	return s, nil
}

func (s *settings) open() (*mocks.Drive, error) {
	opts := []mocks.Option{mocks.WithToken(s.token), mocks.WithIndexLag(s.lag), mocks.WithPending(s.pending), mocks.WithQuota(s.quota), mocks.WithRedirectFrom(s.redirect)}
	if s.rate > 0 {
		opts = append(opts, mocks.WithRateLimit(s.rate, max(int(s.rate/10), 1), 0))
	}
	if s.synthetic >= 0 {
		opts = append(opts, mocks.WithSyntheticContents(uint64(s.synthetic)))
	}
	if s.firstParty {
		opts = append(opts, mocks.WithFirstParty())
	}
	if s.photos {
		opts = append(opts, mocks.WithPhotos())
	}
	if s.dir == "" {
		return mocks.NewDrive(opts...), nil
	}
	return mocks.OpenDrive(s.dir, opts...)
}

// injected is a fault and its count, for the report.
type injected struct {
	fault mocks.Fault
	*mocks.Injected
}

func (s *settings) inject(drive *mocks.Drive) ([]injected, error) {
	if s.faults == "" {
		return nil, nil
	}
	f, err := os.Open(s.faults)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	faults, err := mocks.ReadFaults(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.faults, err)
	}
	var list []injected
	for _, fault := range faults {
		list = append(list, injected{fault, drive.Inject(fault)})
	}
	return list, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	s, err := parse(args, stderr)
	if err != nil {
		return err
	}
	drive, err := s.open()
	if err != nil {
		return err
	}
	defer drive.Close()
	faults, err := s.inject(drive)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		return err
	}
	base := "http://" + l.Addr().String()
	fmt.Fprintf(stdout, "An Amazon Drive is at %s, root folder %s.\n", base, drive.RootID())
	fmt.Fprintf(stdout, "Point a client at %s/drive/v1/account/endpoint with the header \"Authorization: Bearer %s\".\n", base, s.token)
	if s.intercept {
		stop, err := intercept(ctx, drive, stdout)
		if err != nil {
			return err
		}
		defer stop()
	}
	server := &http.Server{Handler: drive, ReadHeaderTimeout: time.Minute}
	stopped := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if server.Shutdown(grace) != nil {
			server.Close()
		}
	})
	defer stopped()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	report(stdout, drive.Counters(), faults)
	return drive.Close()
}

// intercept starts the proxy, and an authorization server whose tokens the drive accepts.
func intercept(ctx context.Context, drive *mocks.Drive, stdout io.Writer) (stop func(), err error) {
	login := mocks.NewAuthServer(mocks.WithAuthApproval(), mocks.WithAuthIssued(drive.AddToken))
	i, err := newInterceptor(drive, login)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(stdout, "Sign in with the client %s and the secret %s, or with the token above.\nUnder this environment programs find the drive at Amazon's own names:\n", mocks.AuthClientID, mocks.AuthClientSecret)
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		if err := i.serve(ctx, stdout); err != nil {
			fmt.Fprintln(stdout, "the proxy has ended:", err)
		}
	})
	return func() {
		cancel()
		running.Wait()
	}, nil
}

func report(w io.Writer, c mocks.Counters, faults []injected) {
	fmt.Fprintf(w, "%d requests, %d bytes received, %d bytes sent.\n", c.Requests, c.Received, c.Sent)
	for _, op := range slices.Sorted(maps.Keys(c.ByOp)) {
		name := op
		if op == "" {
			name = "(no such call)"
		}
		fmt.Fprintf(w, "  %-22s %8d\n", name, c.ByOp[op])
	}
	for i, f := range faults {
		fmt.Fprintf(w, "  fault %d %s: %d times\n", i+1, f.fault.Op, f.Fired())
	}
}
