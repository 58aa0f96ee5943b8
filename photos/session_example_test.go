package photos_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/acd-sdk/acd/photos"
)

// The text that a browser's developer tools copy can be used unchanged. If a cookie is missing, the
// error names it and contains no value.
func ExampleParseSession() {
	s, err := photos.ParseSession([]byte(`curl 'https://www.amazon.co.uk/photos' -b 'session-id=1; ubid-acbuk=2; at-acbuk=3; lc-acbuk=en_GB'`))
	fmt.Println(s, err)

	_, err = photos.ParseSession([]byte(`session-id=1; at_main=3`))
	fmt.Println(err)
	// Output:
	// photos.Session(amazon.co.uk) <nil>
	// photos: the cookie ubid-main is missing for amazon.com: sign in at www.amazon.com in a browser, open its developer tools (F12), Network, reload, and of a request to www.amazon.com choose Copy as cURL
}

// A program stores a session, and later removes it to sign out.
func ExampleFileSessionStore() {
	dir, err := os.MkdirTemp("", "acd")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	store := photos.NewFileSessionStore(filepath.Join(dir, "session.json"))

	session, err := photos.ParseSession([]byte("session-id=1; ubid-main=2; at-main=3"))
	if err != nil {
		fmt.Println(err)
		return
	}
	err = store.Update(ctx, func(*photos.Session) (*photos.Session, error) { return session, nil })
	there, loadErr := store.Load(ctx)
	fmt.Println(there, err, loadErr)

	err = store.Update(ctx, func(*photos.Session) (*photos.Session, error) { return nil, nil })
	_, loadErr = store.Load(ctx)
	fmt.Println(err, errors.Is(loadErr, photos.ErrNoSession))
	// Output:
	// photos.Session(amazon.com) <nil> <nil>
	// <nil> true
}
