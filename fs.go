package acd

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"time"
	"unicode/utf8"
)

// FS returns the content of a folder ("" is the drive's root) as a read-only file system, for
// everything that takes an [fs.FS]. All its requests use ctx. Its files are also [io.Seeker] and
// [io.ReaderAt]. A file that is read completely is verified.
//
// The [fs.FileInfo] of a node has more than the interface: Sys returns the [*Node], and it also has
// the method
//
//	ETag(context.Context) (string, error)
//
// that golang.org/x/net/webdav looks for. ETag returns a strong entity tag in quotes, without a
// request. For a file it is the MD5 of the content, so that equal files have equal tags. For a
// folder, and for a file whose MD5 is not known, it is made of id and version; it does not tell
// whether something in the folder changed. ModTime is the [Node.ModifiedDate] of the service, the
// time of the last change on the drive.
//
// A name of io/fs cannot contain a slash, cannot be "..", and must be UTF-8. If a name contains a
// slash, the slash is in the encoded form in which the drive stores it. In the other two cases, the
// whole name is in the drive's form.
func (c *Client) FS(ctx context.Context, folderID string) fs.FS {
	return &driveFS{ctx: ctx, client: c, folderID: folderID}
}

type driveFS struct {
	ctx      context.Context
	client   *Client
	folderID string
}

var (
	_ fs.StatFS    = (*driveFS)(nil)
	_ fs.ReadDirFS = (*driveFS)(nil)
)

func (d *driveFS) Open(name string) (fs.File, error) {
	n, err := d.find("open", name)
	if err != nil {
		return nil, err
	}
	info := fileInfo{n, path.Base(name)}
	if n.IsFolder() {
		return &dirFile{fileInfo: info, fs: d, path: name}, nil
	}
	r, err := d.client.Content.Open(d.ctx, n)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	return &contentFile{r, info}, nil
}

func (d *driveFS) Stat(name string) (fs.FileInfo, error) {
	n, err := d.find("stat", name)
	if err != nil {
		return nil, err
	}
	return fileInfo{n, path.Base(name)}, nil
}

func (d *driveFS) ReadDir(name string) ([]fs.DirEntry, error) {
	n, err := d.find("readdir", name)
	if err != nil {
		return nil, err
	}
	if !n.IsFolder() {
		return nil, pathError("readdir", name, errors.New("not a directory"))
	}
	var entries []fs.DirEntry
	for child, err := range d.client.Nodes.Children(d.ctx, n.ID, ListOptions{}) {
		if err != nil {
			return entries, pathError("readdir", name, err)
		}
		if child.IsFile() || child.IsFolder() {
			entries = append(entries, fs.FileInfoToDirEntry(fileInfo{child, d.nameOf(child)}))
		}
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	return entries, nil
}

// nameOf returns a node's name in a form that io/fs allows.
func (d *driveFS) nameOf(n *Node) string {
	name := d.client.cfg.encoding.DecodeElement(n.RawName)
	if !fs.ValidPath(name) || name == "." || !utf8.ValidString(name) {
		return n.RawName
	}
	return name
}

// find returns the node at a path. An element of the path may be in the drive's form, which nameOf
// uses for names that io/fs does not allow.
func (d *driveFS) find(op, name string) (*Node, error) {
	if !fs.ValidPath(name) {
		return nil, pathError(op, name, fs.ErrInvalid)
	}
	if name == "." {
		n, err := d.client.Nodes.Resolve(d.ctx, d.folderID, "")
		if err != nil {
			return nil, pathError(op, name, err)
		}
		return n, nil
	}
	parts, err := splitPath(name)
	if err != nil {
		return nil, pathError(op, name, err)
	}
	id, err := d.client.Nodes.folderID(d.ctx, d.folderID)
	if err != nil {
		return nil, pathError(op, name, err)
	}
	var n *Node
	for _, part := range parts {
		raw := d.client.cfg.encoding.EncodeElement(part)
		child, err := d.client.Nodes.child(d.ctx, id, raw, part)
		if errors.Is(err, ErrNotFound) && raw != part {
			child, err = d.client.Nodes.child(d.ctx, id, part, part)
		}
		if err != nil {
			return nil, pathError(op, name, err)
		}
		// The service ignores case. If this file system did too, one file would have two names.
		if d.nameOf(child) != part {
			return nil, pathError(op, name, fs.ErrNotExist)
		}
		n, id = child, child.ID
	}
	return n, nil
}

func pathError(op, name string, err error) error {
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// fileInfo describes a node under the name with which it was found.
type fileInfo struct {
	node *Node
	name string
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.node.Size() }
func (i fileInfo) ModTime() time.Time { return i.node.ModifiedDate }
func (i fileInfo) IsDir() bool        { return i.node.IsFolder() }
func (i fileInfo) Sys() any           { return i.node }
func (i fileInfo) Mode() fs.FileMode {
	if i.IsDir() {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// ETag returns the entity tag of the node in its present state, for HTTP. The signature is that of
// ETager in golang.org/x/net/webdav.
func (i fileInfo) ETag(context.Context) (string, error) {
	if i.node.IsFile() && i.node.MD5() != "" {
		return strconv.Quote(i.node.MD5()), nil
	}
	return strconv.Quote(i.node.ID + "-" + strconv.FormatInt(i.node.Version, 10)), nil
}

// contentFile is an open file.
type contentFile struct {
	*Reader
	info fileInfo
}

func (f *contentFile) Stat() (fs.FileInfo, error) { return f.info, nil }

// dirFile is an open folder. It is listed at the first ReadDir.
type dirFile struct {
	fileInfo
	fs      *driveFS
	path    string
	entries []fs.DirEntry
	read    bool
}

func (f *dirFile) Stat() (fs.FileInfo, error) { return f.fileInfo, nil }
func (f *dirFile) Close() error               { return nil }
func (f *dirFile) Read([]byte) (int, error) {
	return 0, pathError("read", f.path, errors.New("is a directory"))
}

func (f *dirFile) ReadDir(n int) ([]fs.DirEntry, error) {
	if !f.read {
		entries, err := f.fs.ReadDir(f.path)
		if err != nil {
			return nil, err
		}
		f.entries, f.read = entries, true
	}
	if n <= 0 {
		n = len(f.entries)
	} else if len(f.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(f.entries))
	out := f.entries[:n]
	f.entries = f.entries[n:]
	return out, nil
}
