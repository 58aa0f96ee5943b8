package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/photos"
)

// library is where a command finds the photos: an account, or the one in memory.
type library struct {
	app     *app
	mock    bool
	session string // the file
}

func (a *app) library() *library { return &library{app: a} }

func (l *library) register(fs *flag.FlagSet) {
	fs.BoolVar(&l.mock, "mock", false, "a library of 2,000 photos in memory, which needs no account")
	l.registerSession(fs)
}

// registerSession is for what only an account has.
func (l *library) registerSession(fs *flag.FlagSet) {
	fs.StringVar(&l.session, "session", l.app.sessionFile, "the `file` that keeps the session")
}

// The library in memory is the same each time, so that an export of it can be gone on with.
const (
	mockSite  = "amazon.co.uk"
	mockFiles = 2000
	mockSeed  = 1
)

// open returns the client of the library, and the context of what it is used for: it ends when the service turns us away.
func (l *library) open(ctx context.Context, con *program.Console) (context.Context, *photos.Client, error) {
	store, way := photos.SessionStore(photos.NewFileSessionStore(l.session)), l.app.transport
	if l.mock {
		drive, err := l.app.mock()
		if err != nil {
			return nil, nil, err
		}
		session, err := photos.ParseSession([]byte(drive.NewSession().Header()))
		if err != nil {
			return nil, nil, err
		}
		fmt.Fprintln(con.Err, "This is a library in memory, not your account.")
		store, way = photos.NewMemorySessionStore(session), drive
	}
	return newClient(ctx, con, store, way)
}

// newClient is a client whose requests the console shows.
func newClient(ctx context.Context, con *program.Console, store photos.SessionStore, way http.RoundTripper) (context.Context, *photos.Client, error) {
	ctx, end := context.WithCancelCause(ctx)
	way = con.Transport(&turnedAway{next: way, end: end})
	client, err := photos.NewClient(ctx, store, acd.WithHTTPClient(&http.Client{Transport: way}), acd.WithLogger(con.Log()))
	return ctx, client, err
}

// shown is a name as a terminal may have it: others name what they share, and a terminal obeys control characters.
func shown(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != zeroWidthJoiner {
			return unicode.ReplacementChar
		}
		return r
	}, name)
}

const zeroWidthJoiner = '\u200d' // stands between the parts of many emoji

// newTransport waits for the beginning of an answer, and keeps some connections.
func newTransport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 16
	t.ResponseHeaderTimeout = time.Minute
	return t
}

// builtIn is the library of -mock.
func builtIn() (*mocks.Drive, error) {
	drive := mocks.NewDrive(mocks.WithPhotos(mockSite), mocks.WithJournal(1))
	_, err := drive.SeedPhotos(mockFiles, mockSeed)
	return drive, err
}
