package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gofrs/flock"

	"github.com/acd-sdk/acd/internal/atomicfile"
)

// The state lies in the directory itself, so that it moves with it.
const (
	stateDir    = ".acd-photos"
	journalName = "journal.jsonl"
	lockName    = "lock"
)

// state is what earlier runs did. Every change is a line that is appended to the journal; of the lines of one id the last
// counts. A line that was cut when a run was killed is left out, and its file is looked at again.
type state struct {
	mu      sync.Mutex
	entries map[string]*entry
	order   []*entry // as they became known
	paths   *pathSet
	words   map[string]string // texts that many entries have

	path    string // of the journal; "" if nothing is written
	journal *os.File
	lock    *flock.Flock
}

func newState() *state {
	return &state{entries: map[string]*entry{}, paths: newPathSet(), words: map[string]string{}}
}

// openState reads the journal and locks it. With readOnly it changes nothing.
func openState(root *os.Root, dir string, readOnly bool) (*state, error) {
	s := newState()
	folder := filepath.Join(dir, stateDir)
	path := filepath.Join(folder, journalName)
	if info, err := root.Lstat(stateDir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is in the way: it should be a directory", folder)
	}
	if !readOnly {
		if err := root.Mkdir(stateDir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		s.lock = flock.New(filepath.Join(folder, lockName))
		locked, err := s.lock.TryLock()
		if err != nil {
			return nil, err
		}
		if !locked {
			return nil, fmt.Errorf("another export into %s is running; wait until it has ended", dir)
		}
	}
	if err := s.load(path); err != nil {
		s.close()
		return nil, err
	}
	if readOnly {
		return s, nil
	}
	s.path = path
	if err := s.compact(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// longestLine bounds a line of the journal: names and paths have some hundred bytes.
const longestLine = 64 << 10

func (s *state) load(path string) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewReaderSize(f, longestLine)
	for number := 1; ; number++ {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, io.EOF) {
			return nil // a last line without its end was cut
		}
		if err != nil {
			return fmt.Errorf("%s, line %d: %w", path, number, err)
		}
		n := new(entry)
		if err := json.Unmarshal(line, n); err != nil || n.ID == "" {
			return fmt.Errorf("%s, line %d, cannot be read; the line can be deleted, its file will then be looked at again", path, number)
		}
		if n.Path != "" && (!filepath.IsLocal(filepath.FromSlash(n.Path)) || strings.HasPrefix(n.Path, stateDir)) {
			return fmt.Errorf("%s, line %d, names the path %q, which is not in the directory", path, number, n.Path)
		}
		s.put(n)
	}
}

// put adds an entry, or what a later line says of it.
func (s *state) put(n *entry) {
	if known := s.entries[n.ID]; known != nil {
		*known = *n
	} else {
		s.entries[n.ID] = n
		s.order = append(s.order, n)
	}
	n.Owner, n.Type = s.word(n.Owner), s.word(n.Type)
	if n.Path != "" && n.Of == "" {
		s.paths.take(n.Path)
	}
}

// word returns the one copy of a text that many entries have.
func (s *state) word(text string) string {
	known, ok := s.words[text]
	if !ok {
		known = strings.Clone(text)
		s.words[known] = known
	}
	return known
}

// entry returns the entry of an id, which is new if none was known.
func (s *state) entry(id string) *entry {
	n := s.entries[id]
	if n == nil {
		n = &entry{ID: strings.Clone(id)}
		s.put(n)
	}
	return n
}

// all are the entries, in their order.
func (s *state) all(yield func(*entry) bool) {
	for _, n := range s.order {
		if !yield(n) {
			return
		}
	}
}

// save appends entries to the journal. It may be called by several goroutines.
func (s *state) save(changed ...*entry) error {
	if s.journal == nil || len(changed) == 0 {
		return nil
	}
	var lines bytes.Buffer
	for _, n := range changed {
		if err := writeLine(&lines, n); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.journal.Write(lines.Bytes())
	return err
}

func writeLine(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err == nil {
		_, err = w.Write(append(line, '\n'))
	}
	return err
}

// compact writes the journal anew, a line for each entry that has a file or a place for one.
func (s *state) compact() error {
	if s.path == "" {
		return nil
	}
	f, err := atomicfile.CreateAs(s.path, s.path+".new")
	if err != nil {
		return err
	}
	defer f.Discard()
	b := bufio.NewWriter(f)
	for n := range s.all {
		if n.Path == "" && n.Of == "" {
			continue
		}
		if err := writeLine(b, n); err != nil {
			return err
		}
	}
	if err := b.Flush(); err != nil {
		return err
	}
	if err := f.Commit(); err != nil {
		return err
	}
	if s.journal != nil {
		if err := s.journal.Close(); err != nil {
			return err
		}
	}
	s.journal, err = os.OpenFile(s.path, os.O_WRONLY|os.O_APPEND, 0o600)
	return err
}

func (s *state) close() {
	if s.journal != nil {
		_ = s.journal.Close() // all lines are written
	}
	if s.lock != nil {
		_ = s.lock.Unlock()
	}
}

// byContent are the ids of the entries that have or will have a file, by its content.
func (s *state) byContent() map[contentKey]string {
	found := map[contentKey]string{}
	for n := range s.all {
		if key, ok := n.content(); ok && n.Path != "" && n.Of == "" {
			if _, taken := found[key]; !taken {
				found[key] = n.ID
			}
		}
	}
	return found
}

// contentKey tells contents apart.
type contentKey struct {
	md5  string
	size int64
}

func (n *entry) content() (contentKey, bool) {
	return contentKey{n.MD5, n.Size}, n.MD5 != ""
}

// sorted are the entries that a function selects, in the order of when they were taken, so that the same
// library always gets the same paths.
func (s *state) sorted(selected func(*entry) bool) []*entry {
	var list []*entry
	for n := range s.all {
		if selected(n) {
			list = append(list, n)
		}
	}
	slices.SortFunc(list, func(a, b *entry) int {
		if a.Taken != b.Taken {
			return int(min(max(a.Taken-b.Taken, -1), 1))
		}
		if a.Name != b.Name {
			return strings.Compare(a.Name, b.Name)
		}
		return strings.Compare(a.ID, b.ID)
	})
	return list
}
