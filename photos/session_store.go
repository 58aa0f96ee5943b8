package photos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/acd-sdk/acd/internal/atomicfile"
	"github.com/gofrs/flock"
)

// SessionStore keeps one session. All processes and goroutines that share a sign-in must share its store, because
// the service renews cookies while they are used; many users are many stores.
//
// A SessionStore is safe for concurrent use.
type SessionStore interface {
	// Load returns the session, or an error that is [ErrNoSession] if there is none.
	Load(ctx context.Context) (*Session, error)

	// Update calls change with the present session, nil if there is none, and saves what it returns; nil signs out:
	// afterwards there is no session. From before the session is read until it is saved it holds a lock that all
	// other processes respect. If change returns an error or the same cookies, nothing is written. Update returns
	// the error of change as it is.
	Update(ctx context.Context, change func(*Session) (*Session, error)) error
}

// MemorySessionStore keeps a session in memory, for one process and its lifetime.
type MemorySessionStore struct {
	edits
	turn    turn
	session *Session
}

// NewMemorySessionStore returns a store that holds s; nil is an empty store.
func NewMemorySessionStore(s *Session) *MemorySessionStore {
	return &MemorySessionStore{turn: newTurn(), session: s}
}

// Load implements [SessionStore].
func (m *MemorySessionStore) Load(ctx context.Context) (*Session, error) {
	if err := m.turn.take(ctx); err != nil {
		return nil, err
	}
	defer m.turn.pass()
	if m.session == nil {
		return nil, ErrNoSession
	}
	return m.session, nil
}

// Update implements [SessionStore].
func (m *MemorySessionStore) Update(ctx context.Context, change func(*Session) (*Session, error)) error {
	if err := m.turn.take(ctx); err != nil {
		return err
	}
	defer m.turn.pass()
	s, err := change(m.session)
	if err != nil {
		return err
	}
	m.session = s
	m.count.Add(1)
	return nil
}

// edits counts the sessions that were put into a store through this value, so that a sign-in in this process is
// seen at once.
type edits struct{ count atomic.Uint64 }

func (e *edits) edited() uint64 { return e.count.Load() }

// A turn is a mutex that a context can give up on.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (t turn) pass() { <-t }

const lockPoll = 20 * time.Millisecond

// FileSessionStore keeps a session in a file: a JSON object of the cookies' names and values. Whatever else
// [ParseSession] reads may be put into the file too.
//
// The file has mode 0600, and a directory made for it has 0700. A file that others than its owner can read or
// write is refused, and so is a directory that others can write, since they could put a file of theirs in its place;
// the error says which command helps. Windows has no such modes, and there nothing is checked: there the
// directories of a user's profile are closed to others. Links and all that is no regular file are refused.
//
// The file is replaced as a whole, so that no reader and no crash sees half a session. Beside it lies an empty file
// with the suffix ".lock", whose lock makes processes take turns; network file systems that do not support locks do
// not protect.
type FileSessionStore struct {
	edits
	path string
}

// NewFileSessionStore returns a store that keeps its session in the file at path. The file need not exist, nor
// its directory.
func NewFileSessionStore(path string) *FileSessionStore { return &FileSessionStore{path: path} }

// Path returns the path of the file.
func (f *FileSessionStore) Path() string { return f.path }

// Load implements [SessionStore]. A file that holds no session is an error, but not [ErrNoSession]: it may be
// somebody else's.
func (f *FileSessionStore) Load(ctx context.Context) (*Session, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return readSession(f.path)
}

// Update implements [SessionStore]. It fails before it calls change if the file could not be replaced.
func (f *FileSessionStore) Update(ctx context.Context, change func(*Session) (*Session, error)) error {
	dir := filepath.Dir(f.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return notStored(err)
	}
	if err := checkDirectory(dir); err != nil {
		return notStored(err)
	}
	lock := flock.New(f.path + ".lock")
	if ok, err := lock.TryLockContext(ctx, lockPoll); !ok {
		return fmt.Errorf("photos: the session's lock: %w", err)
	}
	defer func() { _ = lock.Close() }()

	old, err := readSession(f.path)
	if err != nil && !errors.Is(err, ErrNoSession) {
		return err
	}
	w, err := atomicfile.CreateAs(f.path, f.path+".new") // the lock is held
	if err != nil {
		return notStored(err)
	}
	defer w.Discard()
	s, err := change(old)
	if err != nil || same(s, old) {
		return err
	}
	if s == nil {
		err = os.Remove(f.path)
	} else {
		err = commit(w, s)
	}
	if err != nil {
		return notStored(err)
	}
	f.count.Add(1)
	return nil
}

func commit(w *atomicfile.File, s *Session) error {
	text, err := s.encode()
	if err != nil {
		return err
	}
	if _, err := w.Write(text); err != nil {
		return err
	}
	return w.Commit()
}

func notStored(err error) error {
	return fmt.Errorf("photos: the session cannot be stored: %w", err)
}

func readSession(path string) (*Session, error) {
	before, err := os.Lstat(path) // a pipe would be opened for ever
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoSession
	}
	if err == nil {
		err = checkFile(path, before)
	}
	if err == nil {
		err = checkDirectory(filepath.Dir(path))
	}
	if err != nil {
		return nil, notRead(err)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoSession
	}
	if err != nil {
		return nil, notRead(err)
	}
	defer f.Close()
	if opened, err := f.Stat(); err != nil || checkFile(path, opened) != nil {
		return nil, notRead(fmt.Errorf("%s was replaced while it was opened", path))
	}
	text, err := io.ReadAll(io.LimitReader(f, maxPasted+1))
	if err != nil {
		return nil, notRead(err)
	}
	s, err := ParseSession(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

func notRead(err error) error { return fmt.Errorf("photos: the session cannot be read: %w", err) }

// checkFile refuses a file that somebody else can read, or that is none.
func checkFile(path string, info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a link: name the file itself", path)
	case !mode.IsRegular():
		return fmt.Errorf("%s is no regular file", path)
	case hasModes() && mode.Perm()&0o077 != 0:
		return fmt.Errorf("others can read or write %s: chmod 600 %s", path, shellQuoted(path))
	}
	return nil
}

// checkDirectory refuses a directory in which somebody else can put another file in the session's place.
func checkDirectory(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return err
	case !hasModes() || info.Mode().Perm()&0o022 == 0:
		return nil
	case info.Mode()&fs.ModeSticky != 0:
		return fmt.Errorf("the directory %s is everybody's: keep the session in one of your own", dir)
	}
	return fmt.Errorf("others can write the directory %s: chmod go-w %s", dir, shellQuoted(dir))
}

func hasModes() bool { return runtime.GOOS != "windows" }

func shellQuoted(path string) string {
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
