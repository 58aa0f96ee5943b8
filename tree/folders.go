package tree

import (
	"strings"
	"sync"
)

// mostFolders bounds the paths that are remembered: at some 100 bytes each, 13 MiB.
const mostFolders = 1 << 17

// folderCache remembers where the folders of paths are, so that look-ups that
// share a folder go down to it once. A change of the tree empties it: a path may
// lead elsewhere then.
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
		c.places[strings.Clone(path)] = place // the path may be part of something large
	}
}

func (c *folderCache) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.places = nil
}

// resolve is the place of a path without slashes around it, or 0. The tree is locked for reading.
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

// descend goes down a path element by element.
func (t *Tree) descend(path string) uint32 {
	at := t.x.root
	for element := range strings.SplitSeq(path, "/") {
		if at = t.x.child(at, element); at == 0 {
			return 0
		}
	}
	return at
}
