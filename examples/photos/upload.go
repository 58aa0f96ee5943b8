package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/examples/photos/export"
	"github.com/acd-sdk/acd/photos"
)

func (a *app) uploadCommand() program.Command {
	l := a.library()
	var album string
	var workers int
	return program.Command{
		Name: "upload", Args: "DIR", Min: 1, Max: 1, Summary: "add the photos and videos of a directory",
		Help: `Content that the library has already is not added again, whatever its name. What systems put beside photos
(@eaDir, ._*, Thumbs.db and the like) is left out.`,
		Flags: func(fs *flag.FlagSet) {
			l.register(fs)
			fs.StringVar(&album, "album", "", "put them into the album of this `name`, which is made if it is missing")
			fs.IntVar(&workers, "transfers", 4, "how many files at once")
		},
		Run: func(ctx context.Context, con *program.Console, args []string) error {
			if workers < 1 {
				return program.Usagef("-transfers %d is not positive", workers)
			}
			files, others, err := mediaIn(args[0])
			if err != nil {
				return err
			}
			if len(files) == 0 {
				return fmt.Errorf("there is no photo and no video in %s", args[0])
			}
			ctx, client, err := l.open(ctx, con)
			if err != nil {
				return err
			}
			u := &uploading{client: client, con: con, ids: make([]string, len(files)), results: make([]result, len(files)), others: others}
			err = u.all(ctx, files, workers)
			if err == nil && album != "" {
				err = u.intoAlbum(ctx, album)
			}
			if reported := u.report(); err == nil {
				err = reported
			}
			return err
		},
	}
}

// uploading is one upload of many files.
type uploading struct {
	client  *photos.Client
	con     *program.Console
	ids     []string // of the nodes that have the files' content
	results []result
	others  int // files that are no photos and no videos
}

// result is what became of a file.
type result int

const (
	notReached result = iota
	failed
	added
	there // in the library already
)

func (u *uploading) all(ctx context.Context, files []string, workers int) error {
	bar := u.con.NewProgress("uploading")
	defer bar.End()
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for i, path := range files {
		if gctx.Err() != nil {
			break
		}
		g.Go(func() error {
			id, what, err := u.one(gctx, path)
			if errors.Is(err, acd.ErrUnauthorized) || gctx.Err() != nil {
				return err
			}
			if err != nil {
				fmt.Fprintf(u.con.Err, "%s: %v\n", path, err)
			}
			u.ids[i], u.results[i] = id, what
			bar.Done(path, 0, what == added)
			return nil
		})
	}
	return errors.Join(g.Wait(), context.Cause(ctx))
}

func (u *uploading) one(ctx context.Context, path string) (id string, what result, err error) {
	f, err := os.Open(path)
	if err != nil {
		return "", failed, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", failed, err
	}
	n, err := u.client.Library.Upload(ctx, filepath.Base(path), f, photos.WithContentDate(info.ModTime()))
	if e, ok := errors.AsType[*acd.Error](err); ok && errors.Is(err, acd.ErrExists) && e.ConflictID != "" {
		return e.ConflictID, there, nil
	}
	if err != nil {
		return "", failed, err
	}
	return n.ID, added, nil
}

// intoAlbum puts what was added, and what was there already, into an album.
func (u *uploading) intoAlbum(ctx context.Context, name string) error {
	ids := slices.DeleteFunc(slices.Clone(u.ids), func(id string) bool { return id == "" })
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) == 0 {
		return nil
	}
	var albumID string
	for album, err := range u.client.Albums.List(ctx) {
		if err != nil {
			return err
		}
		if album.Name == name {
			albumID = album.ID
			break
		}
	}
	if albumID == "" {
		album, err := u.client.Albums.Create(ctx, name)
		if err != nil {
			return err
		}
		albumID = album.ID
	}
	return u.client.Albums.Add(ctx, albumID, ids...)
}

func (u *uploading) report() error {
	counts := map[result]int{}
	for _, r := range u.results {
		counts[r]++
	}
	fmt.Fprintf(u.con.Out, "%d added, %d were there already, %d failed", counts[added], counts[there], counts[failed])
	for _, more := range []struct {
		n    int
		what string
	}{{counts[notReached], "not reached"}, {u.others, "left out: no photos and no videos"}} {
		if more.n > 0 {
			fmt.Fprintf(u.con.Out, ", %d %s", more.n, more.what)
		}
	}
	fmt.Fprintln(u.con.Out)
	if counts[failed] > 0 {
		fmt.Fprintln(u.con.Err, "Not everything is there yet: run the same command again.")
		return program.ErrReported
	}
	return nil
}

// mediaIn are the photos and videos below a directory, and how many other files there are.
func mediaIn(dir string) (files []string, others int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		switch {
		case d.IsDir() && path != dir && (name == "@eaDir" || strings.HasPrefix(name, ".")):
			return fs.SkipDir
		case d.Type().IsRegular() && !strings.HasPrefix(name, ".") && export.IsMediaName(name):
			files = append(files, path)
		case !d.IsDir():
			others++
		}
		return nil
	})
	return files, others, err
}
