package oauth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/acd-sdk/acd/internal/atomicfile"
	"github.com/gofrs/flock"
	"golang.org/x/oauth2"
)

const (
	maxTokenFile = 64 << 10
	lockPoll     = 20 * time.Millisecond
)

// FileStore keeps a token in a file, as the JSON object of [ParseToken].
//
// The file has mode 0600, and a directory made for it has 0700. It is replaced
// as a whole, so that no reader and no crash sees half a token. Beside it lies
// an empty file with the suffix ".lock", whose lock makes processes take turns;
// network file systems that do not support locks do not protect.
type FileStore struct{ path string }

// NewFileStore returns a store that keeps its token in the file at path. The
// file need not exist, nor its directory.
func NewFileStore(path string) *FileStore { return &FileStore{path: path} }

// Path returns the path of the file.
func (s *FileStore) Path() string { return s.path }

// Load implements [Store]. A file that holds no token is an error, but not
// [ErrNoToken]: it may be somebody else's.
func (s *FileStore) Load(ctx context.Context) (*oauth2.Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	return readToken(s.path)
}

// Update implements [Store]. It fails before it calls change if the file could
// not be replaced.
func (s *FileStore) Update(ctx context.Context, change func(*oauth2.Token) (*oauth2.Token, error)) (*oauth2.Token, error) {
	path, err := s.prepare()
	if err != nil {
		return nil, fmt.Errorf("oauth: the token cannot be stored: %w", err)
	}
	lock := flock.New(path + ".lock")
	if ok, err := lock.TryLockContext(ctx, lockPoll); !ok {
		return nil, fmt.Errorf("oauth: the token's lock: %w", err)
	}
	defer func() { _ = lock.Close() }()

	old, err := readToken(path)
	if err != nil && !errors.Is(err, ErrNoToken) {
		return nil, err
	}
	// Made before the change, so that a token which cannot be stored is not fetched. The lock is held.
	w, err := atomicfile.CreateAs(path, path+".new")
	if err != nil {
		return nil, fmt.Errorf("oauth: the token cannot be stored: %w", err)
	}
	defer w.Discard()
	t, err := change(clone(old))
	if err != nil {
		return nil, err
	}
	if sameToken(t, old) {
		return t, nil
	}
	blob, err := MarshalToken(t)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(append(blob, '\n')); err != nil {
		return nil, fmt.Errorf("oauth: the token cannot be stored: %w", err)
	}
	if err := w.Commit(); err != nil {
		return nil, fmt.Errorf("oauth: the token cannot be stored: %w", err)
	}
	return t, nil
}

// prepare makes the directory and follows symbolic links, so that a linked file
// is replaced where it is and has one lock under all its names.
func (s *FileStore) prepare() (path string, err error) {
	path, err = filepath.Abs(s.path)
	if err != nil {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	return real, err
}

func readToken(path string) (*oauth2.Token, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoToken
	}
	if err != nil {
		return nil, fmt.Errorf("oauth: the token cannot be read: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxTokenFile))
	if err != nil {
		return nil, fmt.Errorf("oauth: the token cannot be read: %w", err)
	}
	t, err := ParseToken(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return t, nil
}
