package store

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/acd-sdk/acd/internal/atomicfile"
	"github.com/gofrs/flock"
)

// disk is the file of node records. Each line is one JSON object, and the last line about a node
// counts. The first line is the header.
type disk struct {
	dir  string
	lock *flock.Flock
	file *os.File
	err  error
}

func (k *disk) path() string { return filepath.Join(k.dir, "nodes.jsonl") }

func (k *disk) prepare() error {
	if err := os.MkdirAll(filepath.Join(k.dir, "tmp"), 0o700); err != nil {
		return err
	}
	ok, err := k.lock.TryLock()
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%s is in use by another process", k.dir)
	}
	// Remove the files that an earlier process has left incomplete.
	left, err := os.ReadDir(filepath.Join(k.dir, "tmp"))
	for _, e := range left {
		err = errors.Join(err, os.Remove(filepath.Join(k.dir, "tmp", e.Name())))
	}
	return err
}

func (k *disk) close() error {
	err := k.err
	if k.file != nil {
		err = errors.Join(err, k.file.Close())
	}
	return errors.Join(err, k.lock.Unlock())
}

func (k *disk) write(v any) {
	if k.err != nil {
		return
	}
	line, err := json.Marshal(v)
	if err == nil {
		_, err = k.file.Write(append(line, '\n'))
	}
	k.err = err
}

type header struct {
	Format int    `json:"format"`
	Secret string `json:"secret"` // identifies the drive in checkpoints and signs its links
}

const diskFormat = 1

// Open opens the store in a directory, or makes a new store there.
func Open(dir string, c Config, now time.Time) (*Store, error) {
	d := emptyStore(c)
	k := &disk{dir: dir, lock: flock.New(filepath.Join(dir, "lock"))}
	if err := k.prepare(); err != nil {
		return nil, err
	}
	if err := d.load(k, now); err != nil {
		return nil, errors.Join(err, k.close())
	}
	return d, nil
}

// Close ends the use of the directory. It returns the first error of writing to the directory.
// Without a directory it does nothing.
func (s *Store) Close() error {
	if s.disk == nil {
		return nil
	}
	err := s.disk.close()
	s.disk = nil
	return err
}

// Broken reports whether writing to the directory has failed.
func (s *Store) Broken() bool { return s.disk != nil && s.disk.err != nil }

// load reads the file of node records, or makes a new drive.
func (s *Store) load(k *disk, now time.Time) error {
	data, err := os.ReadFile(k.path())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	records, lines, err := s.parseRecords(data)
	if err != nil {
		return fmt.Errorf("%s: %w", k.path(), err)
	}
	if err := s.rebuild(records); err != nil {
		return fmt.Errorf("%s: %w", k.path(), err)
	}
	const slack = 1000
	whole := len(data) > 0 && data[len(data)-1] == '\n'
	if !whole || lines > 2*len(records)+slack {
		if err := s.rewrite(k, records); err != nil {
			return err
		}
	}
	if k.file, err = os.OpenFile(k.path(), os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	s.disk = k
	if s.Root == nil {
		s.makeRoot(now)
	}
	return k.err
}

// parseRecords reads the last record of each node. It ignores an incomplete last line: the process
// ended before it answered the request that wrote this line.
func (s *Store) parseRecords(data []byte) (map[string]*record, int, error) {
	records := map[string]*record{}
	lines := 0
	for len(data) > 0 {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			break
		}
		line := data[:end]
		data = data[end+1:]
		lines++
		if lines == 1 {
			var h header
			if err := json.Unmarshal(line, &h); err != nil || h.Format != diskFormat {
				return nil, 0, errors.New("not a drive of this version")
			}
			if n, err := hex.Decode(s.Secret[:], []byte(h.Secret)); err != nil || n != len(s.Secret) {
				return nil, 0, errors.New("line 1: no secret")
			}
			s.Feed.Drive = binary.BigEndian.Uint64(s.Secret[:])
			continue
		}
		r := &record{}
		if err := json.Unmarshal(line, r); err != nil {
			return nil, 0, fmt.Errorf("line %d: %w", lines, err)
		}
		records[r.ID] = r
	}
	return records, lines, nil
}

// rewrite replaces the file by a file that has each record once.
func (s *Store) rewrite(k *disk, records map[string]*record) (err error) {
	f, err := os.CreateTemp(filepath.Join(k.dir, "tmp"), "nodes-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
	}()
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	if err := enc.Encode(header{diskFormat, hex.EncodeToString(s.Secret[:])}); err != nil {
		return err
	}
	for _, c := range s.Feed.Log {
		if err := enc.Encode(records[c.N.ID.String()]); err != nil {
			return err
		}
	}
	if err := errors.Join(w.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return atomicfile.Rename(f.Name(), k.path())
}
