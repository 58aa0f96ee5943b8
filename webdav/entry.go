package webdav

import (
	"context"
	"io/fs"
	"mime"
	"path"
	"strconv"
	"time"

	"golang.org/x/net/webdav"

	"github.com/acd-sdk/acd"
)

// An entry is what is at a path: a node of the drive, or a file in memory. It is never changed.
type entry struct {
	name   string // as it is shown to clients
	folder string // id of the folder in which it was found, "" for the root
	node   *acd.Node
	mem    *memoryFile // set instead of node
}

var (
	_ fs.FileInfo         = (*entry)(nil)
	_ webdav.ETager       = (*entry)(nil)
	_ webdav.ContentTyper = (*entry)(nil)
)

func (e *entry) Name() string { return e.name }
func (e *entry) IsDir() bool  { return e.node != nil && e.node.IsFolder() }
func (e *entry) Sys() any     { return e.node }

func (e *entry) Size() int64 {
	if e.mem != nil {
		return int64(len(e.mem.data))
	}
	return e.node.Size()
}

func (e *entry) ModTime() time.Time {
	if e.mem != nil {
		return e.mem.modified
	}
	return e.node.ModifiedDate
}

func (e *entry) Mode() fs.FileMode {
	if e.IsDir() {
		return fs.ModeDir | 0o755
	}
	return 0o644
}

// ETag is the MD5 of the content. If the service does not know the MD5 yet, the ETag is built from
// the node's id and version.
func (e *entry) ETag(context.Context) (string, error) { return e.tag(), nil }

func (e *entry) tag() string {
	switch {
	case e.mem != nil:
		return `"` + e.mem.md5 + `"`
	case e.node.MD5() != "":
		return `"` + e.node.MD5() + `"`
	}
	return `"` + e.node.ID + "-" + strconv.FormatInt(e.node.Version, 10) + `"`
}

// ContentType returns the type, so that the library need not open the file and read its beginning.
func (e *entry) ContentType(context.Context) (string, error) { return e.contentType(), nil }

func (e *entry) contentType() string {
	if e.node != nil && e.node.ContentProperties.ContentType != "" {
		return e.node.ContentProperties.ContentType
	}
	if byName := mime.TypeByExtension(path.Ext(e.name)); byName != "" {
		return byName
	}
	return "application/octet-stream"
}

// key returns the key of the entry's properties. It stays the same when the entry is moved.
func (e *entry) key() string {
	if e.mem != nil {
		return e.mem.id
	}
	return e.node.ID
}
