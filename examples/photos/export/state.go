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
	journalPath = stateDir + "/journal.jsonl"
	lockPath    = stateDir + "/lock"
)

// state is what earlier runs did. Every change is a line that is appended to the journal; of the lines of one id the last
// counts. A line that was cut when a run was killed is left out, and its file is looked at again.
type state struct {
	mu      sync.Mutex
	entries map[string]*entry
	order   []*entry // as they became known
	paths   *pathSet
	words   map[string]string // texts that many entries have

	root    *os.Root // nil if nothing is written
	journal *os.File
	size    int64 // of the journal, in bytes
	broken  error // why nothing can be appended to it any more
	lock    *flock.Flock
}

func newState() *state {
	return &state{entries: map[string]*entry{}, paths: newPathSet(), words: map[string]string{}}
}

// openState reads the journal and locks it. With readOnly it changes nothing.
func openState(root *os.Root, dir string, readOnly bool) (*state, error) {
	s := newState()
	if err := checkStateDir(root, dir); err != nil {
		return nil, err
	}
	if !readOnly {
		if err := root.Mkdir(stateDir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		s.lock = flock.New(filepath.Join(dir, filepath.FromSlash(lockPath)))
		locked, err := s.lock.TryLock()
		if err != nil {
			return nil, err
		}
		if !locked {
			return nil, fmt.Errorf("another export into %s is running; wait until it has ended", dir)
		}
	}
	if err := s.load(root, filepath.Join(dir, filepath.FromSlash(journalPath))); err != nil {
		s.close()
		return nil, err
	}
	if readOnly {
		return s, nil
	}
	s.root = root
	if err := s.compact(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// checkStateDir refuses links and whatever else is no plain directory or file where the state lies: what is written there
// must not end elsewhere.
func checkStateDir(root *os.Root, dir string) error {
	for _, name := range []string{stateDir, journalPath, lockPath} {
		info, err := root.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		at := filepath.Join(dir, filepath.FromSlash(name))
		switch {
		case name == stateDir && !info.IsDir():
			return fmt.Errorf("%s is in the way: it should be a directory", at)
		case name != stateDir && !info.Mode().IsRegular():
			return fmt.Errorf("%s is in the way: it should be a file", at)
		}
	}
	return nil
}

// longestLine bounds a line of the journal: names and paths have some hundred bytes.
const longestLine = 1 << 20

// load reads the journal; path is its name for a person.
func (s *state) load(root *os.Root, path string) error {
	f, err := root.Open(journalPath)
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
		if n.Path != "" && !isGiven(n.Path) {
			return fmt.Errorf("%s, line %d, names the path %q, which no export gives: delete the line", path, number, n.Path)
		}
		s.put(n)
	}
}

// isGiven says whether a path is one that an export gives to an original: see folderOf.
func isGiven(p string) bool {
	parts := strings.Split(strings.TrimPrefix(p, undatedDir+"/"), "/")
	if len(parts) != 3 || !isNumber(parts[0]) || !isNumber(parts[1]) {
		return false
	}
	return !strings.ContainsAny(parts[2], `\:`) && parts[2] != "." && filepath.IsLocal(parts[2])
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
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
	for i, name := range n.Albums {
		n.Albums[i] = s.word(name)
	}
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
	if s.broken != nil {
		return s.broken
	}
	written, err := s.journal.Write(lines.Bytes())
	if err == nil {
		s.size += int64(written)
		return nil
	}
	// A part of a line with another line behind it could not be read again: a full disk may have room a moment later.
	if cut := s.journal.Truncate(s.size); cut != nil {
		s.broken = errors.Join(err, cut)
	}
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
	if s.root == nil {
		return nil
	}
	if s.journal != nil { // Windows does not replace an open file
		if err := s.journal.Close(); err != nil {
			return err
		}
		s.journal = nil
	}
	err := atomicfile.WriteIn(s.root, journalPath, journalPath+".new", func(w io.Writer) error {
		b := bufio.NewWriter(w)
		for n := range s.all {
			if n.Path == "" && n.Of == "" {
				continue
			}
			if err := writeLine(b, n); err != nil {
				return err
			}
		}
		return b.Flush()
	})
	if err != nil {
		return err
	}
	if s.journal, err = s.root.OpenFile(journalPath, os.O_WRONLY|os.O_APPEND, 0); err != nil {
		return err
	}
	s.size, err = s.journal.Seek(0, io.SeekEnd)
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
