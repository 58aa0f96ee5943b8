package main

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/encoding"
	"github.com/acd-sdk/acd/internal/partial"
	"github.com/acd-sdk/acd/transfer"
)

// A side is a local directory or a folder on a drive. Commands that look at both use it.
type side interface {
	// list returns the files and folders in a folder.
	list(ctx context.Context, folder entry) ([]entry, error)
	// open opens the content of a file.
	open(ctx context.Context, e entry) (io.ReadCloser, error)
}

// entry is a file or a folder on a side.
type entry struct {
	name  string // decoded, as the user sees it
	path  string // path from the top, as in events of package transfer; "" is the top
	dir   bool
	size  int64
	md5   string    // "" if it is not known without reading the content
	node  *acd.Node // set on a drive
	local string    // path below the root, on a local side
}

// key returns the same text for names that are one name to the drive, which compares without case,
// or to macOS, which composes characters.
func (e entry) key() string {
	return strings.ToLower(norm.NFC.String(encoding.Default.Encode(e.name)))
}

// below returns the path of a name in a folder. A slash inside the name stays encoded.
func (e entry) below(name string) string {
	element := encoding.Slash.DecodeElement(encoding.Slash.Encode(name))
	if e.path == "" {
		return element
	}
	return e.path + "/" + element
}

// localSide is a local directory. Symbolic links cannot lead out of it.
type localSide struct{ root *os.Root }

func (s *localSide) list(_ context.Context, folder entry) (entries []entry, err error) {
	dir, err := s.root.Open(filepath.Join(".", folder.local))
	if err != nil {
		return nil, err
	}
	found, err := dir.ReadDir(-1)
	err = errors.Join(err, dir.Close())
	for _, d := range found {
		if !d.IsDir() && !d.Type().IsRegular() || partial.IsName(d.Name()) {
			continue
		}
		e := entry{name: transfer.DefaultEncoding().Decode(d.Name()), dir: d.IsDir(), local: filepath.Join(folder.local, d.Name())}
		e.path = folder.below(e.name)
		if info, infoErr := d.Info(); infoErr == nil && !e.dir {
			e.size = info.Size()
		} else if errors.Is(infoErr, fs.ErrNotExist) {
			continue
		}
		entries = append(entries, e)
	}
	return entries, err
}

func (s *localSide) open(_ context.Context, e entry) (io.ReadCloser, error) {
	return s.root.Open(e.local)
}

// driveSide is a folder on a drive.
type driveSide struct{ client *acd.Client }

func (s *driveSide) list(ctx context.Context, folder entry) (entries []entry, err error) {
	for n, err := range s.client.Nodes.Children(ctx, folder.node.ID, acd.ListOptions{}) {
		if err != nil {
			return nil, err
		}
		if n.IsFile() || n.IsFolder() {
			e := entryOf(n)
			e.path = folder.below(n.Name)
			entries = append(entries, e)
		}
	}
	return entries, nil
}

func entryOf(n *acd.Node) entry {
	return entry{name: n.Name, dir: n.IsFolder(), size: n.Size(), md5: n.MD5(), node: n}
}

func (s *driveSide) open(ctx context.Context, e entry) (io.ReadCloser, error) {
	return s.client.Content.Open(ctx, e.node)
}

// sumOf returns the MD5 of a file by reading it. If the content was damaged on the way from the
// drive, it is read again, because this does not mean that the file on the drive is damaged.
func sumOf(ctx context.Context, s side, e entry) (sum string, err error) {
	for range 3 {
		if sum, err = sumOnce(ctx, s, e); !errors.Is(err, acd.ErrChecksum) {
			break
		}
	}
	return sum, err
}

func sumOnce(ctx context.Context, s side, e entry) (string, error) {
	r, err := s.open(ctx, e)
	if err != nil {
		return "", err
	}
	h := md5.New()
	_, err = io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, r.Close())
}
