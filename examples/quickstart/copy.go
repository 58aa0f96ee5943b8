package main

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/acd-sdk/acd"
)

// copier uploads a directory to a drive and downloads it again.
type copier struct {
	client   *acd.Client
	workers  int
	stderr   io.Writer
	counter  *countingTransport
	bar      *bar
	from, to string

	source, target *os.Root
	folders        []string // relative to from; parents come first; includes "."
	files          []*file

	mu        sync.Mutex
	folderIDs map[string]string // by relative path

	verified, bytes      atomic.Int64
	problems, mismatches atomic.Int64
}

// file is one file that is copied. node is nil until it is on the drive.
type file struct {
	path    string // relative, in the form of the local system
	info    fs.FileInfo
	node    *acd.Node
	listed  bool
	changed bool // while it was read, so the local file cannot be compared any more
}

// problem reports an error of one file in one line. The other files are still copied.
func (c *copier) problem(path string, err error) {
	c.problems.Add(1)
	if errors.Is(err, acd.ErrChecksum) {
		c.mismatches.Add(1)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	fmt.Fprintf(c.stderr, "quickstart: %q: %v\n", path, err)
}

func (c *copier) run(ctx context.Context) (err error) {
	if c.source, err = os.OpenRoot(c.from); err != nil {
		return err
	}
	defer c.source.Close()
	if err = os.Mkdir(c.to, 0o700); err != nil {
		return err
	}
	if c.target, err = os.OpenRoot(c.to); err != nil {
		return err
	}
	defer c.target.Close()
	root, err := c.client.Nodes.Root(ctx)
	if err != nil {
		return err
	}
	top, err := c.client.Nodes.CreateFolder(ctx, root.ID, "acd quickstart "+time.Now().UTC().Format("2006-01-02 15.04.05.000"))
	if err != nil {
		return err
	}
	defer func() {
		// A separate context, so that the folder is trashed also after an interrupt.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		if _, trashErr := c.client.Nodes.Trash(ctx, top.ID); trashErr != nil {
			err = errors.Join(err, trashErr)
		}
	}()
	c.folderIDs = map[string]string{".": top.ID}
	c.scan()
	for _, step := range []func(context.Context) error{c.makeFolders, c.upload, c.list, c.download} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// scan finds the files and folders to copy, and reports each path that cannot be read. It does not
// follow symbolic links.
func (c *copier) scan() {
	_ = filepath.WalkDir(c.from, func(path string, d fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(c.from, path)
		switch {
		case errors.Join(err, relErr) != nil:
			c.problem(path, errors.Join(err, relErr))
		case d.IsDir():
			c.folders = append(c.folders, rel)
		case d.Type().IsRegular():
			info, err := d.Info()
			if err != nil {
				c.problem(rel, err)
				break
			}
			c.files = append(c.files, &file{path: rel, info: info})
		default:
			fmt.Fprintf(c.stderr, "quickstart: %q is left out: neither a file nor a folder\n", rel)
		}
		return nil
	})
}

// makeFolders makes the folders level by level, because a folder needs the id of its parent.
func (c *copier) makeFolders(ctx context.Context) error {
	byDepth := map[int][]string{}
	deepest := 0
	for _, rel := range c.folders[1:] {
		depth := countSeparators(rel)
		byDepth[depth] = append(byDepth[depth], rel)
		deepest = max(deepest, depth)
	}
	for depth := range deepest + 1 {
		err := each(ctx, c.workers, byDepth[depth], func(ctx context.Context, rel string) {
			parent, ok := c.folderID(filepath.Dir(rel))
			if !ok {
				return // the failure of its parent was reported
			}
			n, err := c.client.Nodes.CreateFolder(ctx, parent, filepath.Base(rel))
			if err != nil {
				c.problem(rel, err)
				return
			}
			c.mu.Lock()
			c.folderIDs[rel] = n.ID
			c.mu.Unlock()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func countSeparators(path string) (n int) {
	for _, r := range path {
		if r == filepath.Separator {
			n++
		}
	}
	return n
}

func (c *copier) folderID(rel string) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok := c.folderIDs[rel]
	return id, ok
}

func (c *copier) upload(ctx context.Context) error {
	var total int64
	for _, f := range c.files {
		total += f.info.Size()
	}
	c.bar.begin("uploading  ", total)
	defer c.bar.end()
	return each(ctx, c.workers, c.files, func(ctx context.Context, f *file) {
		if err := c.uploadFile(ctx, f); err != nil {
			c.problem(f.path, err)
		}
		c.bar.add(f.info.Size())
	})
}

func (c *copier) uploadFile(ctx context.Context, f *file) error {
	parent, ok := c.folderID(filepath.Dir(f.path))
	if !ok {
		return errors.New("its folder could not be made")
	}
	local, err := c.source.Open(f.path)
	if err != nil {
		return err
	}
	defer local.Close()
	before, err := local.Stat()
	if err != nil {
		return err
	}
	if f.node, err = c.client.Content.Upload(ctx, parent, filepath.Base(f.path), local); err != nil {
		f.node = nil
		return err
	}
	now, err := local.Stat()
	if err == nil && (now.Size() != before.Size() || !now.ModTime().Equal(before.ModTime())) {
		f.changed = true
		return fmt.Errorf("changed while it was copied: the copy has %d bytes, the file now has %d", f.node.Size(), now.Size())
	}
	return err
}

// list lists all folders of the copied tree, and marks the files that are in the right folder under
// the right name.
func (c *copier) list(ctx context.Context) error {
	byID := make(map[string]*file, len(c.files))
	for _, f := range c.files {
		if f.node != nil {
			byID[f.node.ID] = f
		}
	}
	err := each(ctx, c.workers, c.folders, func(ctx context.Context, rel string) {
		id, ok := c.folderID(rel)
		if !ok {
			return
		}
		for n, err := range c.client.Nodes.Children(ctx, id, acd.ListOptions{}) {
			if err != nil {
				c.problem(rel, err)
				return
			}
			if f := byID[n.ID]; f != nil && n.Name == filepath.Base(f.path) && filepath.Dir(f.path) == rel {
				f.node, f.listed = n, true
			}
		}
	})
	for _, f := range c.files {
		if f.node != nil && !f.listed {
			c.problem(f.path, errors.New("is on the drive, but its folder does not list it"))
		}
	}
	return err
}

func (c *copier) download(ctx context.Context) error {
	var total int64
	for _, f := range c.files {
		total += f.info.Size()
	}
	for _, rel := range c.folders[1:] {
		if err := c.target.MkdirAll(rel, 0o700); err != nil {
			c.problem(rel, err)
		}
	}
	c.bar.begin("downloading", total)
	defer c.bar.end()
	return each(ctx, c.workers, c.files, func(ctx context.Context, f *file) {
		if f.node != nil {
			if err := c.downloadFile(ctx, f); err != nil {
				c.problem(f.path, err)
			}
		}
		c.bar.add(f.info.Size())
	})
}

// downloadFile downloads one file and compares the bytes on disk at both ends. It does not use the
// MD5s of the client or the drive.
func (c *copier) downloadFile(ctx context.Context, f *file) error {
	if err := c.client.Content.DownloadFileIn(ctx, f.node, c.target, f.path); err != nil {
		return err
	}
	got, err := sumFile(c.target, f.path)
	if err != nil {
		return err
	}
	if err := c.target.Remove(f.path); err != nil { // makes room for the next file, because the tree may be large
		return err
	}
	if f.changed {
		return nil // the change was reported
	}
	want, err := sumFile(c.source, f.path)
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%w: the file has MD5 %s, its copy %s", acd.ErrChecksum, want, got)
	}
	c.verified.Add(1)
	c.bytes.Add(f.node.Size())
	return nil
}

func sumFile(root *os.Root, path string) (string, error) {
	f, err := root.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := md5.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// each calls do for every item, until ctx ends. Up to workers calls run at the same time.
func each[T any](ctx context.Context, workers int, items []T, do func(context.Context, T)) error {
	var g errgroup.Group
	g.SetLimit(workers)
	for _, item := range items {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			do(ctx, item)
			return nil
		})
	}
	_ = g.Wait() // do reports its own errors
	return ctx.Err()
}
