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

// FileStore keeps a token in a file, as the JSON object that [ParseToken] reads.
//
// The file has mode 0600. If its directory has to be created, the directory has mode 0700. The file
// is always replaced as a whole, so that neither a reader nor a crash leaves half a token. An empty
// file with the suffix ".lock" lies beside it: processes lock this file to take turns. A network
// file system without file locks gives no such protection.
type FileStore struct{ path string }

// NewFileStore returns a store that keeps its token in the file at path. The file and its directory
// need not exist.
func NewFileStore(path string) *FileStore { return &FileStore{path: path} }

// Path returns the path of the file.
func (s *FileStore) Path() string { return s.path }

// Load implements [Store]. If the file exists and holds no token, the error is not [ErrNoToken]:
// the file may belong to another program.
func (s *FileStore) Load(ctx context.Context) (*oauth2.Token, error) {
	if err := ctx.Err(); err != nil {
		return nil, context.Cause(ctx)
	}
	return readToken(s.path)
}

// Update implements [Store]. If the file cannot be replaced, Update fails before it calls change.
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
	// The new file is created before change is called, so that no token is fetched that cannot be
	// saved. The lock is held here, so the fixed name ".new" has one writer.
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

// prepare creates the directory and resolves symbolic links, so that the real file is replaced, not
// the link, and all names of the file share one lock.
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
