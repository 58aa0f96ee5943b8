package main

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/text/unicode/norm"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/encoding"
	"github.com/acd-sdk/acd/transfer"
)

// checker compares what is on both sides. It believes neither the copy nor what
// the drive says of its files: it reads the contents.
type checker struct {
	*copier
	ctx      context.Context
	root     *os.Root
	compares errgroup.Group

	mu sync.Mutex
	result
}

type result struct{ files, mismatches, duplicates, lost, unreadable int }

func (r result) differences() int { return r.mismatches + r.duplicates + r.lost + r.unreadable }

func (c *copier) check(ctx context.Context) error {
	top, err := c.client.Nodes.Resolve(ctx, c.opts.RootID, strings.TrimPrefix(path.Clean("/"+c.remote()), "/"))
	if err != nil {
		return err
	}
	dir, file, err := c.checkedFile(ctx, &top)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	k := &checker{copier: c, ctx: ctx, root: root}
	k.compares.SetLimit(c.opts.Workers)
	switch {
	case file == "":
		k.folder(top.ID, ".", "")
	case len(c.skipped) == 0:
		k.compare(top, file, file)
	}
	_ = k.compares.Wait() // a comparison reports what it finds and returns no error
	c.result = k.result
	fmt.Fprintf(c.stdout, "check: %d files, %d mismatches, %d duplicates, %d lost files\n", k.files, k.mismatches, k.duplicates, k.lost)
	return ctx.Err()
}

// checkedFile says where the local side of the copy is: a directory, or if file is not empty, a file in it, whose node replaces top.
func (c *copier) checkedFile(ctx context.Context, top **acd.Node) (dir, file string, err error) {
	local := c.local()
	info, err := os.Stat(local)
	if err != nil {
		return "", "", err
	}
	if isDrive(c.from) && (*top).IsFile() && info.IsDir() {
		return local, transfer.DefaultEncoding().Encode((*top).Name), nil
	}
	if info.IsDir() {
		return local, "", nil
	}
	dir, file = filepath.Split(local)
	if (*top).IsFolder() {
		*top, err = c.client.Nodes.Child(ctx, (*top).ID, transfer.DefaultEncoding().Decode(file))
	}
	return filepath.Join(dir, "."), file, err
}

// found reports one difference in one line.
func (k *checker) found(count *int, path, format string, args ...any) {
	if k.ctx.Err() != nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	*count++
	fmt.Fprintf(k.stderr, "copy: check: %q: %s\n", path, fmt.Sprintf(format, args...))
}

// folder compares one folder with its local directory. prefix is its path in
// the copy's events, with a slash.
func (k *checker) folder(id, local, prefix string) {
	nodes, err := k.nodes(id, prefix)
	if err != nil {
		k.found(&k.unreadable, prefix, "%v", err)
		return
	}
	dir, err := k.root.Open(local)
	if err != nil {
		k.found(&k.lost, prefix, "%v", err)
		return
	}
	entries, err := dir.ReadDir(-1)
	if err := errors.Join(err, dir.Close()); err != nil {
		k.found(&k.unreadable, prefix, "%v", err)
	}
	contents := map[string]string{} // of the files with a local counterpart, by size and MD5
	for _, e := range entries {
		path := prefix + transfer.DefaultEncoding().DecodeElement(e.Name())
		key := fold(encoding.Default.Encode(transfer.DefaultEncoding().Decode(e.Name())))
		n := nodes[key]
		delete(nodes, key)
		below := filepath.Join(local, e.Name())
		switch {
		case k.skipped[path]:
		case n == nil || n.IsFolder() != e.IsDir():
			k.missing(e, path)
		case e.IsDir():
			k.folder(n.ID, below, path+"/")
		default:
			contents[content(n)] = path
			k.compares.Go(func() error {
				k.compare(n, below, path)
				return nil
			})
		}
	}
	k.strangers(nodes, prefix, contents)
}

// nodes are the files and folders in a folder by their names without case.
func (k *checker) nodes(id, prefix string) (map[string]*acd.Node, error) {
	nodes := map[string]*acd.Node{}
	for n, err := range k.client.Nodes.Children(k.ctx, id, acd.ListOptions{}) {
		if err != nil {
			return nil, err
		}
		if !n.IsFile() && !n.IsFolder() {
			continue
		}
		key := fold(n.RawName)
		if nodes[key] != nil && nodes[key].ID != n.ID {
			k.found(&k.duplicates, prefix+n.Name, "is on the drive more than once")
		}
		nodes[key] = n
	}
	return nodes, nil
}

// fold is equal for names that are one to the drive, which compares without case, or to macOS, which composes characters.
func fold(raw string) string { return strings.ToLower(norm.NFC.String(raw)) }

func content(n *acd.Node) string { return fmt.Sprint(n.Size(), " ", n.MD5()) }

// missing is what an upload should have brought to the drive.
func (k *checker) missing(e os.DirEntry, path string) {
	empty := e.IsDir() && len(k.opts.Include) > 0 // a folder that holds no file to copy is not made
	if !isDrive(k.from) && (e.Type().IsRegular() || e.IsDir()) && !empty {
		k.found(&k.lost, path, "is not on the drive")
	}
}

// strangers are only on the drive. After a download they are lost; after an
// upload they were there before, unless they repeat a file beside them.
func (k *checker) strangers(nodes map[string]*acd.Node, prefix string, contents map[string]string) {
	for _, n := range nodes {
		path := prefix + encoding.Slash.DecodeElement(encoding.Slash.Encode(n.Name))
		twin, repeats := contents[content(n)]
		switch {
		case k.skipped[path]:
		case isDrive(k.from) && (n.IsFile() || len(k.opts.Include) == 0):
			k.found(&k.lost, path, "is not in the local directory")
		case !isDrive(k.from) && repeats && n.IsFile():
			k.found(&k.duplicates, path, "repeats %q", twin)
		}
	}
}

// compare reads a file on both sides.
func (k *checker) compare(n *acd.Node, local, path string) {
	want, err := k.sumLocal(local)
	if err == nil {
		var got string
		if got, err = k.sumRemote(n); err == nil && got != want {
			k.found(&k.mismatches, path, "the local file has MD5 %s, the drive's %s", want, got)
		}
	}
	if err != nil {
		k.found(&k.unreadable, path, "%v", err)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.files++
}

func (k *checker) sumLocal(local string) (string, error) {
	f, err := k.root.Open(local)
	if err != nil {
		return "", err
	}
	defer f.Close()
	return sum(f)
}

// sumRemote reads again what was damaged on its way here: that says nothing of
// the drive.
func (k *checker) sumRemote(n *acd.Node) (got string, err error) {
	for range 3 {
		var r *acd.Reader
		if r, err = k.client.Content.Open(k.ctx, n); err != nil {
			return "", err
		}
		got, err = sum(r)
		err = errors.Join(err, r.Close())
		if !errors.Is(err, acd.ErrChecksum) {
			break
		}
	}
	return got, err
}

func sum(r io.Reader) (string, error) {
	h := md5.New()
	if _, err := io.Copy(h, r); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
