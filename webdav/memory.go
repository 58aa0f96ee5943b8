package webdav

import (
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"golang.org/x/net/webdav"
)

const (
	memoryFileMost = 4 << 20  // bytes of one file
	memoryMost     = 32 << 20 // bytes of all files together
	memoryFiles    = 10_000
)

// A memory holds the files that are not stored on the drive. They are in folders of the drive, and
// move with these folders.
type memory struct {
	mu    sync.Mutex
	files []*entry // oldest first
	bytes int
	at    map[place]*entry
}

// A memoryFile is the content of an entry in memory. It is never changed.
type memoryFile struct {
	id       string
	data     []byte
	md5      string
	modified time.Time
}

func newMemory() *memory { return &memory{at: map[place]*entry{}} }

var errMemoryFull = &faultError{webdav.StatusInsufficientStorage, "files of this name are kept in memory, and this one is too large for that"}

// put adds a file, or replaces the file of that name.
func (m *memory) put(folderID, name string, data []byte) (*entry, error) {
	if len(data) > memoryFileMost {
		return nil, errMemoryFull
	}
	sum := md5.Sum(data)
	file := &memoryFile{id: "memory:" + rand.Text(), data: data, md5: hex.EncodeToString(sum[:]), modified: time.Now()}
	e := &entry{name: name, folder: folderID, mem: file}
	m.mu.Lock()
	defer m.mu.Unlock()
	if old := m.at[e.place()]; old != nil {
		file.id = old.mem.id // keeps the id, so that the file keeps its properties
		m.drop(old)
	}
	m.keep(e)
	return e, nil
}

func (e *entry) place() place { return place{e.folder, fold(e.name)} }

// keep adds a file, and drops the oldest files if there is no room. The caller must hold m.mu.
func (m *memory) keep(e *entry) {
	m.files = append(m.files, e)
	m.at[e.place()] = e
	m.bytes += len(e.mem.data)
	for m.bytes > memoryMost || len(m.files) > memoryFiles {
		m.drop(m.files[0])
	}
}

// drop removes a file. The caller must hold m.mu.
func (m *memory) drop(e *entry) {
	if m.at[e.place()] != e {
		return
	}
	delete(m.at, e.place())
	m.files = slices.DeleteFunc(m.files, func(o *entry) bool { return o == e })
	m.bytes -= len(e.mem.data)
}

func (m *memory) remove(e *entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(e)
}

// move moves a file to another folder or name.
func (m *memory) move(e *entry, folderID, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(e)
	m.keep(&entry{name: name, folder: folderID, mem: e.mem})
	return nil
}

// restore puts a removed file back, unless its name is taken.
func (m *memory) restore(e *entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at[e.place()] == nil {
		m.keep(e)
	}
	return nil
}

// get returns the file of that name in a folder, nil if there is none.
func (m *memory) get(folderID, name string) *entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at[place{folderID, fold(name)}]
}

// in returns the files in a folder.
func (m *memory) in(folderID string) (in []*entry) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range m.files {
		if e.folder == folderID {
			in = append(in, e)
		}
	}
	return in
}
