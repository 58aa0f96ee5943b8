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

// SessionStore keeps one session. All processes and goroutines that use the same sign-in must share
// one store, because the service renews cookies while they are used. Each user needs a separate
// store.
//
// A SessionStore is safe for concurrent use.
type SessionStore interface {
	// Load returns the session. If there is none, the error is [ErrNoSession].
	Load(ctx context.Context) (*Session, error)

	// Update calls change with the present session, nil if there is none, and saves the session that
	// change returns. If change returns nil, the store is empty afterwards: the user is signed out.
	// Update holds a lock from before it reads the session until it has saved it, and all other
	// processes respect this lock. If change returns an error or the same cookies, nothing is
	// written. Update returns the error of change unchanged.
	Update(ctx context.Context, change func(*Session) (*Session, error)) error
}

// MemorySessionStore keeps a session in memory, for one process and until it ends.
type MemorySessionStore struct {
	edits
	turn    turn
	session *Session
}

// NewMemorySessionStore returns a store that holds s. If s is nil, the store is empty.
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

// edits counts how often a session was put into a store through this value. So a sign-in in this
// process is noticed at once.
type edits struct{ count atomic.Uint64 }

func (e *edits) edited() uint64 { return e.count.Load() }

// A turn is a mutex. Waiting for it ends when the context ends.
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

// FileSessionStore keeps a session in a file: a JSON object of the cookies' names and values. The
// file may also have any other form that [ParseSession] reads.
//
// The file has mode 0600. If the store makes the directory, it has mode 0700. A file that other
// users can read or write is refused. So is a directory that other users can write to, because they
// could replace the file. The error says which command helps. Windows has no such modes, so nothing
// is checked there: the directories of a user's profile are closed to other users. Links, and
// everything else that is not a regular file, are refused.
//
// The file is replaced as a whole, so that no reader and no crash leaves half a session. Beside the
// file there is an empty file with the suffix ".lock". Processes lock it so that only one at a time
// changes the session. Network file systems that do not support locks do not protect against that.
type FileSessionStore struct {
	edits
	path string
}

// NewFileSessionStore returns a store that keeps its session in the file at path. The file and its
// directory need not exist.
func NewFileSessionStore(path string) *FileSessionStore { return &FileSessionStore{path: path} }

// Path returns the path of the file.
func (f *FileSessionStore) Path() string { return f.path }

// Load implements [SessionStore]. If the file exists but holds no session, the error is not
// [ErrNoSession], because the file may belong to another program.
func (f *FileSessionStore) Load(ctx context.Context) (*Session, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return readSession(f.path)
}

// Update implements [SessionStore]. If the file cannot be replaced, Update fails before it calls
// change.
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
	w, err := atomicfile.CreateAs(f.path, f.path+".new") // no other process uses this name, because the lock is held
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
	before, err := os.Lstat(path) // checked before Open, because opening a pipe may block for ever
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

// checkFile refuses a file that other users can read or write, and everything that is not a regular
// file.
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

// checkDirectory refuses a directory in which other users can replace the file of the session.
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
