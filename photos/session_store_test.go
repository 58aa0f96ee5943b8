package photos_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/acd-sdk/acd/photos"
)

// session returns the nth session of a person at amazon.de. Its number can be seen only in the file
// of a store.
func session(t *testing.T, n int) *photos.Session {
	t.Helper()
	s, err := photos.ParseSession(fmt.Appendf(nil, `session-id=id-%d; ubid-acbde=ubid; at-acbde="Atza|<&>SECRET%d"`, n, n))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, store photos.SessionStore, s *photos.Session) {
	t.Helper()
	if err := store.Update(t.Context(), func(*photos.Session) (*photos.Session, error) { return s, nil }); err != nil {
		t.Fatal(err)
	}
}

// stored returns the session of a store in the form of its file, "" if there is none.
func stored(t *testing.T, store photos.SessionStore) string {
	t.Helper()
	s, err := store.Load(t.Context())
	if errors.Is(err, photos.ErrNoSession) {
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	return content(t, s)
}

func content(t *testing.T, s *photos.Session) string {
	t.Helper()
	file := photos.NewFileSessionStore(filepath.Join(t.TempDir(), "f"))
	put(t, file, s)
	text, err := os.ReadFile(file.Path())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSessionStores tests what all stores have in common.
func TestSessionStores(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) photos.SessionStore{
		"memory": func(*testing.T) photos.SessionStore { return photos.NewMemorySessionStore(nil) },
		"file": func(t *testing.T) photos.SessionStore {
			return photos.NewFileSessionStore(filepath.Join(t.TempDir(), "a", "session.json"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Run("empty", func(t *testing.T) {
				if _, err := open(t).Load(t.Context()); !errors.Is(err, photos.ErrNoSession) {
					t.Errorf("got %v, want ErrNoSession", err)
				}
			})
			t.Run("update sees nil, then the session, then nil after a sign-out", func(t *testing.T) {
				store := open(t)
				for _, step := range []struct{ before, after int }{{0, 1}, {1, 2}, {2, 2}, {2, 0}, {0, 0}, {0, 3}} {
					err := store.Update(t.Context(), func(s *photos.Session) (*photos.Session, error) {
						if (s == nil) != (step.before == 0) || s != nil && content(t, s) != content(t, session(t, step.before)) {
							t.Errorf("%v: got %v", step, s)
						}
						if step.after == 0 {
							return nil, nil
						}
						return session(t, step.after), nil
					})
					if err != nil {
						t.Fatal(err)
					}
					want := ""
					if step.after != 0 {
						want = content(t, session(t, step.after))
					}
					if got := stored(t, store); got != want {
						t.Errorf("%v: the store holds %s", step, got)
					}
				}
			})
			t.Run("an error changes nothing", func(t *testing.T) {
				store := open(t)
				put(t, store, session(t, 1))
				boom := errors.New("boom")
				err := store.Update(t.Context(), func(*photos.Session) (*photos.Session, error) { return session(t, 2), boom })
				if !errors.Is(err, boom) || stored(t, store) != content(t, session(t, 1)) {
					t.Errorf("got %v, or the session is changed", err)
				}
			})
			t.Run("updates take turns", func(t *testing.T) { testTurns(t, open(t)) })
			t.Run("a wait for the lock ends with the context", func(t *testing.T) {
				store := open(t)
				err := store.Update(t.Context(), func(*photos.Session) (*photos.Session, error) {
					ctx, cancel := context.WithCancel(t.Context())
					cancel()
					err := store.Update(ctx, func(*photos.Session) (*photos.Session, error) {
						t.Error("two updates at once")
						return nil, nil
					})
					return nil, err
				})
				if !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, want context.Canceled", err)
				}
			})
		})
	}
}

func testTurns(t *testing.T, store photos.SessionStore) {
	put(t, store, session(t, 0))
	var mu sync.Mutex
	n := 0
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			err := store.Update(t.Context(), func(*photos.Session) (*photos.Session, error) {
				if !mu.TryLock() {
					t.Error("two updates at once")
					return nil, errors.New("not alone")
				}
				defer mu.Unlock()
				n++
				return session(t, n), nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if stored(t, store) != content(t, session(t, 20)) {
		t.Errorf("not the last of %d sessions is stored", n)
	}
}

func TestFileSessionStoreModes(t *testing.T) {
	skipWithoutModes(t)
	dir := filepath.Join(t.TempDir(), "config", "acd")
	store := photos.NewFileSessionStore(filepath.Join(dir, "session.json"))
	put(t, store, session(t, 1))
	put(t, store, session(t, 2))
	for path, want := range map[string]fs.FileMode{dir: 0o700 | fs.ModeDir, store.Path(): 0o600, store.Path() + ".lock": 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("%v, %v", entries, err)
	}
}

func skipWithoutModes(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("modes are not those of Windows")
	}
}

func TestFileSessionStoreRefusesWhatIsOpenToOthers(t *testing.T) {
	skipWithoutModes(t)
	for name, tc := range map[string]struct {
		file, dir fs.FileMode
		want      string
	}{
		"file, readable":      {0o640, 0o700, "chmod 600 '%s/session.json'"},
		"file, for everybody": {0o604, 0o700, "chmod 600 '%s/session.json'"},
		"directory, group":    {0o600, 0o770, "chmod go-w '%s'"},
		"directory, all":      {0o600, 0o777, "chmod go-w '%s'"},
		"directory, sticky":   {0o600, 0o777 | fs.ModeSticky, "keep the session in one of your own"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			store := photos.NewFileSessionStore(filepath.Join(dir, "session.json"))
			put(t, store, session(t, 1))
			if err := errors.Join(os.Chmod(store.Path(), tc.file), os.Chmod(dir, tc.dir)); err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(tc.want, "%s", dir)
			_, err := store.Load(t.Context())
			for _, err := range []error{err, store.Update(t.Context(), func(*photos.Session) (*photos.Session, error) { return nil, errors.New("called") })} {
				if err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, photos.ErrNoSession) {
					t.Errorf("got %v, want %s", err, want)
				}
			}
		})
	}
}

func TestFileSessionStoreRefusesWhatIsNoSession(t *testing.T) {
	for name, make := range map[string]func(path string) error{
		"is a link": func(path string) error {
			return errors.Join(os.WriteFile(path+".real", []byte("session-id=1"), 0o600), os.Symlink(path+".real", path))
		},
		"is no regular file": func(path string) error { return os.Mkdir(path, 0o700) },
		"no cookie of a":     func(path string) error { return os.WriteFile(path, []byte("my SECRET=notes"), 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			store := photos.NewFileSessionStore(filepath.Join(t.TempDir(), "session.json"))
			if err := make(store.Path()); err != nil {
				t.Skip(err)
			}
			before, _ := os.Lstat(store.Path())
			_, err := store.Load(t.Context())
			for _, err := range []error{err, store.Update(t.Context(), func(*photos.Session) (*photos.Session, error) { return session(t, 1), nil })} {
				if err == nil || errors.Is(err, photos.ErrNoSession) || !strings.Contains(err.Error(), store.Path()) ||
					!strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "SECRET") {
					t.Errorf("got %v", err)
				}
			}
			if after, err := os.Lstat(store.Path()); err != nil || !os.SameFile(before, after) {
				t.Errorf("it was replaced: %v", err)
			}
		})
	}
}

// A person may copy the text from the browser into the file.
func TestFileSessionStoreReadsWhatPeopleCopy(t *testing.T) {
	store := photos.NewFileSessionStore(filepath.Join(t.TempDir(), "session.json"))
	if err := os.WriteFile(store.Path(), []byte("Cookie: session-id=1; ubid_main=2; at_main=3\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := store.Load(t.Context()); err != nil || s.Site() != "amazon.com" {
		t.Errorf("%v, %v", s, err)
	}
}

func TestFileSessionStoreFailsBeforeTheChange(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	inTheWay := photos.NewFileSessionStore(filepath.Join(t.TempDir(), "session.json"))
	if err := os.MkdirAll(filepath.Join(inTheWay.Path()+".new", "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, store := range []photos.SessionStore{photos.NewFileSessionStore(filepath.Join(file, "session.json")), inTheWay} {
		err := store.Update(t.Context(), func(*photos.Session) (*photos.Session, error) {
			t.Error("change was called")
			return nil, nil
		})
		if err == nil || !strings.Contains(err.Error(), "the session cannot be stored") {
			t.Errorf("got %v", err)
		}
	}
}

// Two stores of one file behave like two processes, because a file lock also works between two open
// files of one process.
func TestTwoStoresOfOneFileTakeTurns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "session.json")
	a, b := photos.NewFileSessionStore(path), photos.NewFileSessionStore(path)
	put(t, a, session(t, 0))
	var mu sync.Mutex
	n := 0
	var wg sync.WaitGroup
	for i := range 20 {
		store := []*photos.FileSessionStore{a, b}[i%2]
		wg.Go(func() {
			err := store.Update(t.Context(), func(s *photos.Session) (*photos.Session, error) {
				if !mu.TryLock() {
					return nil, errors.New("not alone")
				}
				defer mu.Unlock()
				n++
				return session(t, n), nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if stored(t, a) != content(t, session(t, 20)) || stored(t, b) != stored(t, a) {
		t.Error("an update is lost")
	}
}

func TestMemorySessionStoreWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := photos.NewMemorySessionStore(nil)
		begun, end := make(chan struct{}), make(chan struct{})
		go func() {
			_ = store.Update(t.Context(), func(*photos.Session) (*photos.Session, error) {
				close(begun)
				<-end
				return session(t, 1), nil
			})
		}()
		<-begun
		done := make(chan error)
		go func() {
			_, err := store.Load(t.Context())
			done <- err
		}()
		synctest.Wait()
		close(end)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
