package mocks

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

	"github.com/gofrs/flock"
)

// disk is the file of node records: one JSON object a line, the last of a node counts. The first
// line is the header.
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
	// What an earlier process left half-written is worth nothing.
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
	Secret string `json:"secret"` // names the drive in checkpoints and signs its links
}

const diskFormat = 1

// openStore opens the store in a directory, or begins one there.
func openStore(dir string, c storeConfig, now time.Time) (*store, error) {
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

// close ends the use of the directory, if there is one, and returns the first error of writing to it.
func (d *store) close() error {
	if d.disk == nil {
		return nil
	}
	err := d.disk.close()
	d.disk = nil
	return err
}

// broken says that the directory can no longer be written to.
func (d *store) broken() bool { return d.disk != nil && d.disk.err != nil }

// load reads what is there, or begins a new drive.
func (d *store) load(k *disk, now time.Time) error {
	data, err := os.ReadFile(k.path())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	records, lines, err := d.parseRecords(data)
	if err != nil {
		return fmt.Errorf("%s: %w", k.path(), err)
	}
	if err := d.rebuild(records); err != nil {
		return fmt.Errorf("%s: %w", k.path(), err)
	}
	const slack = 1000
	whole := len(data) > 0 && data[len(data)-1] == '\n'
	if !whole || lines > 2*len(records)+slack {
		if err := d.rewrite(k, records); err != nil {
			return err
		}
	}
	if k.file, err = os.OpenFile(k.path(), os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	d.disk = k
	if d.root == nil {
		d.makeRoot(now)
	}
	return k.err
}

// parseRecords reads the last record of each node. A last line that is torn was never answered for.
func (d *store) parseRecords(data []byte) (map[string]*record, int, error) {
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
			if n, err := hex.Decode(d.secret[:], []byte(h.Secret)); err != nil || n != len(d.secret) {
				return nil, 0, errors.New("line 1: no secret")
			}
			d.feed.drive = binary.BigEndian.Uint64(d.secret[:])
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

// rewrite replaces the file by one that has each record once.
func (d *store) rewrite(k *disk, records map[string]*record) (err error) {
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
	if err := enc.Encode(header{diskFormat, hex.EncodeToString(d.secret[:])}); err != nil {
		return err
	}
	for _, c := range d.feed.log {
		if err := enc.Encode(records[c.n.id.String()]); err != nil {
			return err
		}
	}
	if err := errors.Join(w.Flush(), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), k.path())
}
