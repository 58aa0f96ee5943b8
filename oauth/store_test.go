package oauth_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/oauth"
)

func token(n int) *oauth2.Token {
	return &oauth2.Token{AccessToken: fmt.Sprint("a", n), TokenType: "bearer", RefreshToken: fmt.Sprint("r", n),
		Expiry: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}
}

func put(t *testing.T, s oauth.Store, tok *oauth2.Token) {
	t.Helper()
	if _, err := s.Update(t.Context(), func(*oauth2.Token) (*oauth2.Token, error) { return tok, nil }); err != nil {
		t.Fatal(err)
	}
}

// TestStores checks what every store must do.
func TestStores(t *testing.T) {
	for name, open := range map[string]func(t *testing.T) oauth.Store{
		"memory": func(*testing.T) oauth.Store { return oauth.NewMemoryStore(nil) },
		"file": func(t *testing.T) oauth.Store {
			return oauth.NewFileStore(filepath.Join(t.TempDir(), "a", "token.json"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Run("empty", func(t *testing.T) {
				_, err := open(t).Load(t.Context())
				if !errors.Is(err, oauth.ErrNoToken) || !errors.Is(err, oauth.ErrSignInAgain) {
					t.Errorf("got %v, want ErrNoToken", err)
				}
			})
			t.Run("update sees nil, then the token", func(t *testing.T) {
				s := open(t)
				for n := range 3 {
					_, err := s.Update(t.Context(), func(old *oauth2.Token) (*oauth2.Token, error) {
						var want *oauth2.Token
						if n > 0 {
							want = token(n - 1)
						}
						if d := cmp.Diff(want, old, ignoreInner); d != "" {
							t.Error(d)
						}
						return token(n), nil
					})
					if err != nil {
						t.Fatal(err)
					}
					got, err := s.Load(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					if d := cmp.Diff(token(n), got, ignoreInner); d != "" {
						t.Error(d)
					}
				}
			})
			t.Run("an error changes nothing", func(t *testing.T) {
				s := open(t)
				put(t, s, token(1))
				boom := errors.New("boom")
				_, err := s.Update(t.Context(), func(old *oauth2.Token) (*oauth2.Token, error) {
					old.AccessToken = "changed"
					return nil, boom
				})
				if !errors.Is(err, boom) {
					t.Errorf("got %v, want boom", err)
				}
				if got, _ := s.Load(t.Context()); got == nil || got.AccessToken != "a1" {
					t.Errorf("the token is gone or changed")
				}
			})
			t.Run("no token is an error", func(t *testing.T) {
				_, err := open(t).Update(t.Context(), func(*oauth2.Token) (*oauth2.Token, error) { return nil, nil })
				if err == nil {
					t.Error("a nil token was stored")
				}
			})
			t.Run("updates take turns", func(t *testing.T) {
				s := open(t)
				put(t, s, token(0))
				var wg sync.WaitGroup
				for range 20 {
					wg.Go(func() {
						_, err := s.Update(t.Context(), func(old *oauth2.Token) (*oauth2.Token, error) {
							var n int
							_, err := fmt.Sscanf(old.RefreshToken, "r%d", &n)
							return token(n + 1), err
						})
						if err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				if got, err := s.Load(t.Context()); err != nil || got.RefreshToken != "r20" {
					t.Errorf("got %v, %v, want 20 updates", got, err)
				}
			})
			t.Run("a wait for the lock ends with the context", func(t *testing.T) {
				s := open(t)
				boom := errors.New("boom")
				_, err := s.Update(t.Context(), func(*oauth2.Token) (*oauth2.Token, error) {
					ctx, cancel := context.WithCancel(t.Context())
					time.AfterFunc(time.Millisecond, cancel)
					_, err := s.Update(ctx, func(*oauth2.Token) (*oauth2.Token, error) {
						t.Error("two updates at once")
						return token(1), nil
					})
					if !errors.Is(err, context.Canceled) {
						t.Errorf("got %v, want context.Canceled", err)
					}
					return nil, boom
				})
				if !errors.Is(err, boom) {
					t.Error(err)
				}
			})
		})
	}
}

func TestFileStoreModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are not those of Windows")
	}
	dir := filepath.Join(t.TempDir(), "config", "acd")
	s := oauth.NewFileStore(filepath.Join(dir, "token.json"))
	mode := func(path string) os.FileMode {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	put(t, s, token(1))
	if got := mode(dir); got != 0o700 {
		t.Errorf("the directory has mode %o, want 700", got)
	}
	if got := mode(s.Path()); got != 0o600 {
		t.Errorf("the file has mode %o, want 600", got)
	}
	if err := os.Chmod(s.Path(), 0o644); err != nil {
		t.Fatal(err)
	}
	put(t, s, token(2))
	if got := mode(s.Path()); got != 0o600 {
		t.Errorf("after an update the file has mode %o, want 600", got)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		if got := mode(filepath.Join(dir, e.Name())); got != 0o600 {
			t.Errorf("%s has mode %o, want 600", e.Name(), got)
		}
	}
	if d := cmp.Diff([]string{"token.json", "token.json.lock"}, names); d != "" {
		t.Error(d)
	}
}

// TestFileStoreIsReplaced: a reader that has the old file open reads the whole old token.
func TestFileStoreIsReplaced(t *testing.T) {
	s := oauth.NewFileStore(filepath.Join(t.TempDir(), "token.json"))
	put(t, s, token(1))
	before, err := os.Open(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer before.Close()
	put(t, s, token(2))
	text := make([]byte, 1000)
	n, _ := before.Read(text)
	if got, err := oauth.ParseToken(text[:n]); err != nil || got.AccessToken != "a1" {
		t.Errorf("got %v, %v: the file was written over", got, err)
	}
}

func TestFileStoreFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	link, file := filepath.Join(dir, "link"), filepath.Join(dir, "file")
	put(t, oauth.NewFileStore(file), token(1))
	if err := os.Symlink(file, link); err != nil {
		t.Skip(err)
	}
	put(t, oauth.NewFileStore(link), token(2))
	if got, err := oauth.NewFileStore(file).Load(t.Context()); err != nil || got.AccessToken != "a2" {
		t.Errorf("got %v, %v: the link was replaced, not the file", got, err)
	}
}

func TestFileStoreRefusesWhatIsNoToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	const text = "my SECRET notes"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := oauth.NewFileStore(path)
	_, err := s.Load(t.Context())
	_, err2 := s.Update(t.Context(), func(*oauth2.Token) (*oauth2.Token, error) { return token(1), nil })
	for _, err := range []error{err, err2} {
		if err == nil || errors.Is(err, oauth.ErrNoToken) || !strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("got %v, want an error that names the file and shows nothing of it", err)
		}
	}
	if got, _ := os.ReadFile(path); string(got) != text {
		t.Errorf("the file was changed to %q", got)
	}
}

// unwritable makes stores that nobody can write, not even root.
var unwritable = map[string]func(t *testing.T) *oauth.FileStore{
	"the directory cannot be made": func(t *testing.T) *oauth.FileStore {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return oauth.NewFileStore(filepath.Join(file, "token.json"))
	},
	"the new file cannot be made": func(t *testing.T) *oauth.FileStore {
		s := oauth.NewFileStore(filepath.Join(t.TempDir(), "token.json"))
		put(t, s, token(1))
		if err := os.MkdirAll(filepath.Join(s.Path()+".new", "in the way"), 0o700); err != nil {
			t.Fatal(err)
		}
		return s
	},
}

func TestFileStoreFailsBeforeAnythingIsSpent(t *testing.T) {
	for name, open := range unwritable {
		t.Run(name, func(t *testing.T) {
			_, err := open(t).Update(t.Context(), func(*oauth2.Token) (*oauth2.Token, error) {
				t.Error("change was called")
				return token(2), nil
			})
			if err == nil || !strings.Contains(err.Error(), "the token cannot be stored") {
				t.Errorf("got %v", err)
			}
		})
	}
}
