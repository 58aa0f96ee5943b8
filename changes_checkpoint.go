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

// A CheckpointStore keeps the checkpoint of a change feed from one run of a program to the next. Only one
// [ChangesService.Watch] at a time may use a store.
type CheckpointStore interface {
	// Load returns the checkpoint that was saved last, or "" if none was saved.
	Load(ctx context.Context) (string, error)
	// Save returns nil only after the checkpoint is stored. The checkpoint may be "".
	Save(ctx context.Context, checkpoint string) error
}

// A MemoryCheckpointStore keeps the checkpoint in memory, until the program ends. The zero value is an
// empty store. It is safe for concurrent use.
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

// A FileCheckpointStore keeps a checkpoint in a file of mode 0600. Save replaces the whole file in one
// step, so that the file always holds the old checkpoint or the new one.
type FileCheckpointStore struct{ path string }

// NewFileCheckpointStore returns a store that keeps the checkpoint in the file at path. The file need not
// exist, but its directory must.
func NewFileCheckpointStore(path string) *FileCheckpointStore { return &FileCheckpointStore{path} }

// checkpointFile is the content of the file, as JSON. A file that was cut off is then not valid JSON, and
// is not mistaken for a shorter checkpoint.
type checkpointFile struct {
	Checkpoint *string `json:"checkpoint"`
}

// maxCheckpoint is the largest size in bytes that Load reads. A real checkpoint has up to a few hundred
// bytes.
const maxCheckpoint = 16 << 20

// Load implements [CheckpointStore]. If the file does not exist, Load returns "". If the file holds
// something other than a checkpoint, the error is [ErrInvalid], because the file may belong to another
// program.
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
