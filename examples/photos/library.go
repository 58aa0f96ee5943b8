package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"time"

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
	fs.StringVar(&l.session, "session", l.app.sessionFile, "the `file` that keeps the session")
}

// The library in memory is the same each time, so that an export of it can be gone on with.
const (
	mockSite  = "amazon.co.uk"
	mockFiles = 2000
	mockSeed  = 1
)

// open returns the client of the library.
func (l *library) open(ctx context.Context, con *program.Console) (*photos.Client, error) {
	if l.mock {
		return openMock(ctx, con)
	}
	return photos.NewClient(ctx, photos.NewFileSessionStore(l.session),
		acd.WithHTTPClient(&http.Client{Transport: con.Transport(&turnedAway{next: newTransport()})}), acd.WithLogger(con.Log()))
}

// newTransport waits for the beginning of an answer, and keeps some connections.
func newTransport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 16
	t.ResponseHeaderTimeout = time.Minute
	return t
}

func openMock(ctx context.Context, con *program.Console) (*photos.Client, error) {
	fmt.Fprintf(con.Err, "This is a library of %d photos in memory, not your account.\n", mockFiles)
	drive := mocks.NewDrive(mocks.WithPhotos(mockSite), mocks.WithJournal(1))
	if _, err := drive.SeedPhotos(mockFiles, mockSeed); err != nil {
		return nil, err
	}
	session, err := photos.ParseSession([]byte(drive.NewSession().Header()))
	if err != nil {
		return nil, err
	}
	return photos.NewClient(ctx, photos.NewMemorySessionStore(session),
		acd.WithHTTPClient(&http.Client{Transport: con.Transport(&turnedAway{next: drive})}), acd.WithLogger(con.Log()))
}
