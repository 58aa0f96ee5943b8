package transfer

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sync"
	"time"

	"github.com/acd-sdk/acd/internal/atomicfile"
	"github.com/gofrs/flock"
)

// FileState is the state of a local file at one moment. If two states are equal, the content is
// assumed to be equal too.
type FileState struct {
	Path    string // absolute
	Size    int64  // bytes
	ModTime time.Time
	Inode   uint64 // 0 if the system has no inodes
}

// A HashCache remembers the MD5s of local files, in lower-case hex. Put replaces the earlier entry
// of the path. A HashCache must be safe for concurrent use.
type HashCache interface {
	Get(FileState) (md5 string, ok bool)
	Put(f FileState, md5 string)
}

// FileHashCache is a [HashCache] in a file. Each entry is written at once, so that no entry is lost
// if the process dies. A damaged entry is ignored. The cache needs about 100 bytes of memory per
// path, however long the path is. It is safe for concurrent use.
type FileHashCache struct {
	mu      sync.Mutex
	entries map[pathSum]hashed
	file    *os.File
	lock    *flock.Flock
	err     error // first error of writing
}

type (
	pathSum [16]byte
	hashed  struct {
		size    int64
		modTime int64 // nanoseconds
		inode   uint64
		md5     [16]byte
	}
)

// The file is a log: a header, then records of equal size. If a path has several records, the last
// one counts.
const (
	cacheHead  = "acd hash cache 1\n"
	recordSize = 16 + 8 + 8 + 8 + 16 + 4
)

// OpenHashCache opens the cache in a file. It makes the file if there is none. Only one process at
// a time may have it open: a second one gets an error. A file that is not a cache is an error, and
// is not changed.
func OpenHashCache(path string) (*FileHashCache, error) {
	lock := flock.New(path + ".lock")
	if ok, err := lock.TryLock(); err != nil || !ok {
		return nil, errors.Join(fmt.Errorf("transfer: the hash cache %s is in use by another process", path), err)
	}
	c := &FileHashCache{entries: map[pathSum]hashed{}, lock: lock}
	if err := c.load(path); err != nil {
		if c.file != nil {
			_ = c.file.Close() // the error above is returned
		}
		return nil, errors.Join(fmt.Errorf("transfer: the hash cache %s: %w", path, err), lock.Unlock())
	}
	return c, nil
}

func (c *FileHashCache) load(path string) error {
	var err error
	if c.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return err
	}
	records, err := c.read()
	if err != nil {
		return err
	}
	// The file is rewritten if more than half of its records are out of date.
	if records > 1000 && records > 2*len(c.entries) {
		return c.compact(path)
	}
	end := int64(len(cacheHead)) + int64(records)*recordSize
	if err := c.file.Truncate(end); err != nil { // remove half a record, left by a process that died
		return err
	}
	_, err = c.file.Seek(end, io.SeekStart)
	return err
}

// read reads the log, and returns the number of complete records.
func (c *FileHashCache) read() (records int, err error) {
	r := bufio.NewReaderSize(c.file, 1<<16)
	head := make([]byte, len(cacheHead))
	switch n, err := io.ReadFull(r, head); {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) && string(head[:n]) == cacheHead[:n]:
		_, err := c.file.WriteAt([]byte(cacheHead), 0)
		return 0, err
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return 0, err
	case string(head) != cacheHead:
		return 0, errors.New("the file is not one")
	}
	buf := make([]byte, recordSize)
	for ; ; records++ {
		if _, err := io.ReadFull(r, buf); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return records, nil
		} else if err != nil {
			return records, err
		}
		if key, h, ok := decodeRecord(buf); ok {
			c.entries[key] = h
		}
	}
}

// compact writes a new file that holds only the last record of each path.
func (c *FileHashCache) compact(path string) error {
	err := errors.Join(c.file.Close(), atomicfile.Write(path, func(to io.Writer) error {
		w := bufio.NewWriter(to)
		_, _ = w.WriteString(cacheHead) // Flush returns the first error
		for key, h := range c.entries {
			_, _ = w.Write(encodeRecord(key, h))
		}
		return w.Flush()
	}))
	if err != nil {
		return err
	}
	if c.file, err = os.OpenFile(path, os.O_RDWR, 0o600); err != nil {
		return err
	}
	_, err = c.file.Seek(0, io.SeekEnd)
	return err
}

func encodeRecord(key pathSum, h hashed) []byte {
	b := append(make([]byte, 0, recordSize), key[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(h.size))
	b = binary.LittleEndian.AppendUint64(b, uint64(h.modTime))
	b = binary.LittleEndian.AppendUint64(b, h.inode)
	b = append(b, h.md5[:]...)
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func decodeRecord(b []byte) (key pathSum, h hashed, ok bool) {
	body := b[:recordSize-4]
	if binary.LittleEndian.Uint32(b[recordSize-4:]) != crc32.ChecksumIEEE(body) {
		return key, h, false
	}
	copy(key[:], body)
	h.size = int64(binary.LittleEndian.Uint64(body[16:]))
	h.modTime = int64(binary.LittleEndian.Uint64(body[24:]))
	h.inode = binary.LittleEndian.Uint64(body[32:])
	copy(h.md5[:], body[40:])
	return key, h, true
}

func keyOf(path string) (key pathSum) {
	sum := sha256.Sum256([]byte(path))
	copy(key[:], sum[:])
	return key
}

// Get returns the MD5 of a file, if the file has the same state as at the last Put.
func (c *FileHashCache) Get(f FileState) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, ok := c.entries[keyOf(f.Path)]
	if !ok || h.size != f.Size || h.modTime != f.ModTime.UnixNano() || h.inode != f.Inode {
		return "", false
	}
	return hex.EncodeToString(h.md5[:]), true
}

// Put remembers an MD5. It ignores a text that is not an MD5. An error of writing is returned by
// [FileHashCache.Close].
func (c *FileHashCache) Put(f FileState, md5 string) {
	h := hashed{size: f.Size, modTime: f.ModTime.UnixNano(), inode: f.Inode}
	if n, err := hex.Decode(h.md5[:], []byte(md5)); err != nil || n != len(h.md5) {
		return
	}
	key := keyOf(f.Path)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries[key] == h {
		return
	}
	c.entries[key] = h
	if c.err == nil {
		_, c.err = c.file.Write(encodeRecord(key, h))
	}
}

// Close closes the file, and returns the first error of writing to it.
func (c *FileHashCache) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(c.err, c.file.Close(), c.lock.Unlock())
}
