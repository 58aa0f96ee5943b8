package mocks

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/acd-sdk/acd/mocks/internal/blob"
	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// This file has what a test calls to fill a drive before and to read it afterwards. These methods
// make no requests: nothing of them is limited, delayed or in the journal. Paths are separated by
// slashes, with or without a leading slash. Names are compared without case.

// RootID returns the id of the root folder.
func (d *Drive) RootID() string { return d.store.Root.ID.String() }

// Owner returns the name that the service has for the calling program: the createdBy of its nodes,
// and the owner of its properties.
func (d *Drive) Owner() string { return d.opt.owner }

// Mkdir makes a folder and the missing folders above it, and returns the folder's id. It is no
// error if the folder exists.
func (d *Drive) Mkdir(path string) (id string, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n, err := d.mkdir(split(path))
	if err != nil {
		return "", &fs.PathError{Op: "mkdir", Path: path, Err: err}
	}
	return n.ID.String(), nil
}

func split(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}

func (d *Drive) mkdir(names []string) (*store.Node, error) {
	at, now := d.store.Root, d.now()
	for _, name := range names {
		if n := at.Dir.Names[strings.ToLower(name)]; n != nil {
			if !n.Holder() {
				return nil, fmt.Errorf("%s is a file", name)
			}
			at = n
			continue
		}
		if err := checkName(name); err != nil {
			return nil, err
		}
		n := d.store.NewNode(store.Folder, name, ids.Node{}, now)
		d.store.Link(n, at)
		d.store.Touch(n, now)
		at = n
	}
	return at, nil
}

// WriteFile makes a file and the missing folders above it, and returns the file's id. It overwrites
// an existing file. It copies data.
func (d *Drive) WriteFile(path string, data []byte) (id string, err error) {
	id, err = d.writeFrom(path, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return "", &fs.PathError{Op: "write", Path: path, Err: err}
	}
	return id, nil
}

func (d *Drive) writeFrom(path string, r io.Reader, size int64) (string, error) {
	names := split(path)
	if len(names) == 0 {
		return "", fs.ErrInvalid
	}
	name := names[len(names)-1]
	if err := checkName(name); err != nil {
		return "", err
	}
	in, err := d.take(r, size)
	if err != nil {
		return "", err
	}
	defer in.abort()
	d.mu.Lock()
	defer d.mu.Unlock()
	parent, err := d.mkdir(names[:len(names)-1])
	if err != nil {
		return "", err
	}
	now := d.now()
	n := parent.Dir.Names[strings.ToLower(name)]
	if n != nil && n.Kind != store.File {
		return "", fmt.Errorf("%s is a folder", name)
	}
	b, err := d.store.Intern(in.sink, in.key())
	if err != nil {
		return "", err
	}
	in.sink = blob.Discard{}
	if n == nil {
		n = d.store.NewNode(store.File, name, ids.Node{}, now)
		d.store.Link(n, parent)
	}
	d.store.SetBlob(n, b, contentType(name, ""))
	n.ContentVersion++
	examine(n)
	d.store.Touch(n, now)
	return n.ID.String(), nil
}

// take reads a content that does not come from a request. The caller must abort the result or make
// it a blob.
func (d *Drive) take(r io.Reader, size int64) (*incoming, error) {
	s, err := d.store.Contents.Create(size)
	if err != nil {
		return nil, err
	}
	in := &incoming{sink: s, hash: md5.New()}
	if in.size, err = s.Fill(r, in.hash, 1<<62); err != nil {
		s.Abort()
		return nil, err
	}
	return in, nil
}

// SeedFS copies all files and folders of fsys into the root folder.
func (d *Drive) SeedFS(fsys fs.FS) error {
	return fs.WalkDir(fsys, ".", func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path == ".":
			return nil
		case e.IsDir():
			_, err := d.Mkdir(path)
			return err
		case !e.Type().IsRegular():
			return nil
		}
		f, err := fsys.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if _, err := d.writeFrom(path, f, info.Size()); err != nil {
			return &fs.PathError{Op: "seed", Path: path, Err: err}
		}
		return nil
	})
}

// ReadFile returns the content of a file that is not in the trash.
func (d *Drive) ReadFile(path string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.walk(path)
	if n == nil || n.Blob == nil {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fs.ErrNotExist}
	}
	data, closer, err := n.Blob.Data.Open()
	if err != nil {
		return nil, err
	}
	defer closer.Close()
	return io.ReadAll(io.NewSectionReader(data, 0, n.Blob.Size))
}

// Lookup returns the id of the node with that path. Nodes in the trash are not found.
func (d *Drive) Lookup(path string) (id string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.walk(path)
	if n == nil {
		return "", false
	}
	return n.ID.String(), true
}

func (d *Drive) walk(path string) *store.Node {
	n := d.store.Root
	for _, name := range split(path) {
		if n.Dir == nil {
			return nil
		}
		if n = n.Dir.Names[strings.ToLower(name)]; n == nil {
			return nil
		}
	}
	return n
}

// Origin describes who made a node.
type Origin struct {
	App     string // the name of the application; if empty, the calling program, see [WithApp]
	OwnerID string // the id of the owner, if another user shares the node; if empty, the account's own user
	// Restricted hides a node from all applications except the one that made it, as the service
	// does.
	Restricted bool
}

// SetOrigin makes the node at path appear as made by another application or by another user.
func (d *Drive) SetOrigin(path string, o Origin) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.walk(path)
	if n == nil || n == d.store.Root {
		return &fs.PathError{Op: "set origin of", Path: path, Err: fs.ErrNotExist}
	}
	n.SetOrigin(o.App, o.OwnerID, o.Restricted, o.App != "" && o.App != d.opt.owner)
	d.store.Touch(n, d.now())
	return nil
}
