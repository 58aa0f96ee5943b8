package acd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/acd-sdk/acd/internal/atomicfile"
)

// A CheckpointStore keeps where a change feed goes on, from one run of a
// program to the next. One [ChangesService.Watch] at a time uses it.
type CheckpointStore interface {
	// Load returns the checkpoint that was saved last, or "" if none was.
	Load(ctx context.Context) (string, error)
	// Save must keep the checkpoint, which may be "", before it returns nil.
	Save(ctx context.Context, checkpoint string) error
}

// A MemoryCheckpointStore lives as long as the program. The zero value is an
// empty one; it is safe for concurrent use.
type MemoryCheckpointStore struct {
	mu         sync.Mutex
	checkpoint string
}

// Load implements [CheckpointStore].
func (s *MemoryCheckpointStore) Load(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.checkpoint, nil
}

// Save implements [CheckpointStore].
func (s *MemoryCheckpointStore) Save(_ context.Context, checkpoint string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checkpoint = checkpoint
	return nil
}

// A FileCheckpointStore keeps a checkpoint in a file of mode 0600, which is
// replaced as a whole: whatever happens it holds the old checkpoint or the new one.
type FileCheckpointStore struct{ path string }

// NewFileCheckpointStore keeps the checkpoint in the file at path. The file need
// not exist; its directory must.
func NewFileCheckpointStore(path string) *FileCheckpointStore { return &FileCheckpointStore{path} }

// checkpointFile is what the file holds, so that one that is cut off is not
// taken for a shorter checkpoint.
type checkpointFile struct {
	Checkpoint *string `json:"checkpoint"`
}

// maxCheckpoint bounds the file; genuine checkpoints have up to some hundred bytes.
const maxCheckpoint = 16 << 20

// Load implements [CheckpointStore]. A file that does not exist is no error; one that
// holds something else than a checkpoint is, an [ErrInvalid]: it may be somebody else's.
func (s *FileCheckpointStore) Load(ctx context.Context) (string, error) {
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	f, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxCheckpoint))
	if err != nil {
		return "", err
	}
	var c checkpointFile
	if err := json.Unmarshal(text, &c); err != nil || c.Checkpoint == nil {
		return "", fmt.Errorf("%w: %s holds no checkpoint; without the file the feed starts over", ErrInvalid, s.path)
	}
	return *c.Checkpoint, nil
}

// Save implements [CheckpointStore].
func (s *FileCheckpointStore) Save(ctx context.Context, checkpoint string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	text, err := json.Marshal(checkpointFile{&checkpoint})
	if err != nil {
		return err
	}
	return atomicfile.Write(s.path, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}
