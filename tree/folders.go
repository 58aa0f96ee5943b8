package tree

import (
	"strings"
	"sync"
)

// mostFolders is the largest number of paths in a folderCache. At about 100 bytes each they need 13
// MiB.
const mostFolders = 1 << 17

// folderCache remembers the places of folders by path. So look-ups in the same folder walk down to
// it only once. Every change of the tree empties the cache, because a path may then lead to another
// folder.
type folderCache struct {
	mu     sync.RWMutex
	places map[string]uint32
}

func (c *folderCache) find(path string) uint32 {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.places[path]
}

func (c *folderCache) remember(path string, place uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.places == nil {
		c.places = map[string]uint32{}
	}
	if len(c.places) < mostFolders {
		c.places[strings.Clone(path)] = place // a copy, because path may be part of a large string
	}
}

func (c *folderCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.places = nil
}

// resolve returns the place of a path without slashes at its ends, or 0 if there is none. The
// caller must hold the read lock of the tree.
func (t *Tree) resolve(path string) uint32 {
	if path == "" {
		return t.x.root
	}
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return t.x.child(t.x.root, path)
	}
	folder := t.folders.find(path[:i])
	if folder == 0 {
		if folder = t.descend(path[:i]); folder == 0 {
			return 0
		}
		t.folders.remember(path[:i], folder)
	}
	return t.x.child(folder, path[i+1:])
}

// descend walks down a path element by element. It returns the place of the last element, or 0 if
// there is none.
func (t *Tree) descend(path string) uint32 {
	at := t.x.root
	for element := range strings.SplitSeq(path, "/") {
		if at = t.x.child(at, element); at == 0 {
			return 0
		}
	}
	return at
}
