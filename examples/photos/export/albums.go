package export

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// albumsDir holds the folders of links.
const albumsDir = "albums"

// checkLinks makes sure, before anything is done, that links can be made in the directory.
func checkLinks(root *os.Root) error {
	probe := path.Join(stateDir, "link")
	_ = root.Remove(probe)
	if err := root.Symlink("nowhere", probe); err != nil {
		return fmt.Errorf("links cannot be made here (%w): use -albums manifest, which needs none", err)
	}
	return root.Remove(probe)
}

// album is what the folders of links need to know of an album.
type album struct {
	name, id string
	created  time.Time
}

// albumFolders are the folders of all albums, by name. If the names of several are one on some system, the oldest album has the
// plain name, so that a new one does not take it.
func (e *exporter) albumFolders() map[string]string {
	oldest := slices.SortedFunc(slices.Values(e.albums), func(a, b album) int {
		return cmp.Or(a.created.Compare(b.created), strings.Compare(a.id, b.id))
	})
	folders := map[string]string{}
	taken := newPathSet()
	for _, a := range oldest {
		if folders[a.name] != "" { // another of the same name: they share it
			continue
		}
		folder := path.Join(albumsDir, safeName(a.name))
		for try := 0; taken.taken(folder); try++ {
			folder = path.Join(albumsDir, withSuffix(safeName(a.name), a.id))
			if try > 0 { // ids that begin alike
				folder = fmt.Sprintf("%s-%d", folder, try)
			}
		}
		taken.take(folder)
		folders[a.name] = folder
	}
	return folders
}

// linkAlbums makes a folder for each album, with a relative link to each original. It adds what is missing, and removes nothing:
// a link to what is no longer in the album stays.
func (e *exporter) linkAlbums() error {
	folders := e.albumFolders()
	for n := range e.state.all {
		if !n.isWanted() {
			continue
		}
		file := e.fileOf(n)
		if file == nil || !file.Present {
			continue
		}
		for _, name := range n.Albums {
			if err := e.link(folders[name], file); err != nil {
				return fmt.Errorf("the links of the album %q: %w", name, err)
			}
		}
	}
	return nil
}

// fileOf is the entry that has the file of n.
func (e *exporter) fileOf(n *entry) *entry {
	if n.Of != "" {
		return e.state.entries[n.Of]
	}
	return n
}

// link makes one link, unless it is there. A name that another file's link has gets a suffix.
func (e *exporter) link(folder string, n *entry) error {
	if err := e.root.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	up := strings.Repeat("../", strings.Count(folder, "/")+1)
	target := filepath.FromSlash(up + n.Path)
	stem, ext := splitName(path.Base(n.Path))
	for _, name := range []string{stem + ext, withSuffix(stem, n.ID) + ext} {
		at := path.Join(folder, name)
		there, err := e.root.Readlink(at)
		switch {
		case err == nil && filepath.ToSlash(there) == filepath.ToSlash(target):
			return nil
		case errors.Is(err, fs.ErrNotExist):
			return e.root.Symlink(target, at)
		}
	}
	return nil // both names are a person's own
}
