package export

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
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

// linkAlbums makes a folder for each album, with a relative link to each original. It adds what is missing, and removes only
// links that lead to an original that is no longer in the album.
func (e *exporter) linkAlbums() error {
	folders := map[string]string{} // of albums, by name
	taken := newPathSet()
	for n := range e.state.all {
		if n.left != "" || !n.listed {
			continue
		}
		file := e.fileOf(n)
		if file == nil || !file.Present {
			continue
		}
		for _, album := range slices.Sorted(slices.Values(n.albums)) {
			folder, known := folders[album]
			if !known {
				folder = albumFolder(taken, album)
				folders[album] = folder
			}
			if err := e.link(folder, file); err != nil {
				return err
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

func albumFolder(taken *pathSet, album string) string {
	name := safeName(album)
	folder := path.Join(albumsDir, name)
	for i := 2; ; i++ {
		if !taken.taken(folder) {
			taken.take(folder)
			return folder
		}
		folder = path.Join(albumsDir, fmt.Sprintf("%s~%d", name, i))
	}
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
