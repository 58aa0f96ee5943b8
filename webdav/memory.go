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
	memoryMost     = 32 << 20 // bytes of all
	memoryFiles    = 10_000
)

// A memory holds the files that are not for the drive. They are in folders of the drive, and move with them.
type memory struct {
	mu    sync.Mutex
	files []*entry // the oldest first
	bytes int
	at    map[place]*entry
}

// A memoryFile is the content of an entry in memory. It never changes.
type memoryFile struct {
	id       string
	data     []byte
	md5      string
	modified time.Time
}

func newMemory() *memory { return &memory{at: map[place]*entry{}} }

var errMemoryFull = &faultError{webdav.StatusInsufficientStorage, "files of this name are kept in memory, and this one is too large for that"}

// put makes or replaces a file.
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
		file.id = old.mem.id // the same file, with its properties
		m.drop(old)
	}
	m.keep(e)
	return e, nil
}

func (e *entry) place() place { return place{e.folder, fold(e.name)} }

// keep adds a file, and drops the oldest ones if there is no room. m is locked.
func (m *memory) keep(e *entry) {
	m.files = append(m.files, e)
	m.at[e.place()] = e
	m.bytes += len(e.mem.data)
	for m.bytes > memoryMost || len(m.files) > memoryFiles {
		m.drop(m.files[0])
	}
}

// drop removes a file. m is locked.
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

// move gives a file another place.
func (m *memory) move(e *entry, folderID, name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(e)
	m.keep(&entry{name: name, folder: folderID, mem: e.mem})
	return nil
}

// restore puts a file back that was removed.
func (m *memory) restore(e *entry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.at[e.place()] == nil {
		m.keep(e)
	}
	return nil
}

// get is the file of a name in a folder, or nil.
func (m *memory) get(folderID, name string) *entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at[place{folderID, fold(name)}]
}

// in are the files in a folder.
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
