package export

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/photos"
)

// mostPasses bounds how often a library is listed that changes while it is.
const mostPasses = 5

// list reads the library until two passes in a row gave the same ids.
func (e *exporter) list(ctx context.Context) error {
	before := -1
	for pass := 1; pass <= mostPasses; pass++ {
		seen, again := 0, 0 // of them, those that the pass before showed too
		for node, err := range e.nodes(ctx) {
			if err != nil {
				return fmt.Errorf("listing the library: %w", err)
			}
			n := e.state.entry(node.ID)
			if n.pass == pass { // in two of the albums
				continue
			}
			if pass > 1 && n.pass == pass-1 {
				again++
			} else if err := e.meet(n, node); err != nil {
				return err
			}
			n.pass = pass
			seen++
			e.meter.step("listing", seen, 0)
		}
		e.account.Passes = pass
		e.account.Whole = seen == before && again == seen
		if e.account.Whole {
			break
		}
		before = seen
	}
	for n := range e.state.all {
		n.listed = n.pass == e.account.Passes
	}
	if e.account.Whole {
		return nil
	}
	e.opts.Log("the library changed during each of %d listings; run the same command again when it has come to rest", mostPasses)
	return nil
}

// nodes are the photos and videos that the options may ask for. They come from the list of nodes, which has what was
// uploaded a moment ago and what is hidden; a search may be late.
func (e *exporter) nodes(ctx context.Context) iter.Seq2[*acd.Node, error] {
	return func(yield func(*acd.Node, error) bool) {
		give := func(nodes iter.Seq2[*acd.Node, error]) bool {
			for n, err := range nodes {
				if err != nil {
					return yield(nil, err) && false
				}
				if isMedia(n) && !yield(n, nil) {
					return false
				}
			}
			return true
		}
		if e.opts.Album != "" {
			e.albumNodes(ctx, give, yield)
			return
		}
		if !give(e.client.Drive.Nodes.List(ctx, acd.ListOptions{Filter: acd.FieldKind.Is(string(acd.KindFile))})) || !e.opts.Family {
			return
		}
		give(e.client.Library.Search(ctx, photos.Query{Context: photos.Family, Hidden: photos.IncludeHidden}))
	}
}

// albumNodes are what is in the albums of the name that the options ask for.
func (e *exporter) albumNodes(ctx context.Context, give func(iter.Seq2[*acd.Node, error]) bool, yield func(*acd.Node, error) bool) {
	found := false
	for album, err := range e.client.Albums.List(ctx) {
		if err != nil {
			yield(nil, err)
			return
		}
		if album.Name != e.opts.Album {
			continue
		}
		found = true
		if !give(e.client.Albums.Items(ctx, album.ID)) {
			return
		}
	}
	if !found {
		yield(nil, fmt.Errorf("%w: there is no album %q; see the command albums", acd.ErrNotFound, e.opts.Album))
	}
}

// isMedia says whether a file is a photo or a video.
func isMedia(n *acd.Node) bool {
	kind, _, _ := strings.Cut(n.ContentProperties.ContentType, "/")
	return kind == "image" || kind == "video" || IsMediaName(n.Name)
}

// IsMediaName says whether a file's name is one of a photo or a video.
func IsMediaName(name string) bool {
	return slices.Contains(mediaExtensions(), strings.ToLower(path.Ext(name)))
}

// mediaExtensions are those of files whose type the service may not know.
func mediaExtensions() []string {
	return []string{
		".jpg", ".jpeg", ".jpe", ".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".heif", ".avif", ".jxl",
		".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".sr2", ".srf", ".orf", ".rw2", ".raf", ".pef", ".srw", ".x3f", ".3fr", ".iiq", ".rwl", ".raw", ".psd",
		".mp4", ".m4v", ".mov", ".avi", ".mpg", ".mpeg", ".mts", ".m2ts", ".3gp", ".3g2", ".wmv", ".mkv", ".webm", ".flv", ".vob",
	}
}

// meet enters a node of the listing into the state.
func (e *exporter) meet(n *entry, node *acd.Node) error {
	if e.state.learn(n, node) {
		if err := e.keepVersion(n); err != nil {
			return err
		}
	}
	n.left = e.opts.wanted(n, node)
	return nil
}

// listAlbums finds out which albums each entry is in.
func (e *exporter) listAlbums(ctx context.Context) error {
	if e.opts.Albums == NoAlbums {
		return nil
	}
	in := map[*entry][]string{} // the names of the albums
	for a, err := range e.client.Albums.List(ctx) {
		if err != nil {
			return fmt.Errorf("listing the albums: %w", err)
		}
		name := e.state.word(a.Name)
		for node, err := range e.client.Albums.Items(ctx, a.ID) {
			if err != nil {
				return fmt.Errorf("listing the album %q: %w", a.Name, err)
			}
			switch n := e.state.entries[node.ID]; {
			case n != nil && !slices.Contains(in[n], name):
				in[n] = append(in[n], name)
			case n == nil && e.opts.Album == "":
				e.account.OfOthers++
			}
		}
		e.albums = append(e.albums, album{name, strings.Clone(a.ID), a.CreatedDate})
		e.meter.step("albums", len(e.albums), 0)
	}
	for n := range e.state.all {
		if names := in[n]; names != nil || n.listed {
			slices.Sort(names)
			n.Albums = names
		}
	}
	e.account.Albums = len(e.albums)
	return nil
}

// listLiveVideos finds the videos of live photos, which are in no listing.
func (e *exporter) listLiveVideos(ctx context.Context) error {
	known := map[string]*entry{} // by the id of the photo
	for n := range e.state.all {
		if n.Still != "" {
			known[n.Still] = n
		}
	}
	var stills []*entry
	for n := range e.state.all {
		if !n.listed || !n.live || n.left != "" {
			continue
		}
		if video := known[n.ID]; video != nil { // its content does not change
			video.listed, video.Gone = true, false
			continue
		}
		stills = append(stills, n)
	}
	videos := make([]*acd.Node, len(stills))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(e.opts.Workers)
	for i, n := range stills {
		g.Go(func() error {
			video, err := e.client.Library.LiveVideo(gctx, &acd.Node{ID: n.ID})
			if errors.Is(err, acd.ErrNotFound) {
				return nil
			}
			videos[i] = video
			e.meter.advance("live videos", len(stills))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return fmt.Errorf("looking for the videos of live photos: %w", err)
	}
	for i, video := range videos {
		if video == nil {
			continue
		}
		n := e.state.entry(video.ID)
		e.state.learn(n, video)
		still := stills[i]
		n.Still, n.Owner = still.ID, still.Owner
		if n.Path == "" {
			n.Taken, n.Dated = still.Taken, still.Dated
		}
		n.Name = liveName(still.Name, video)
	}
	return nil
}

// liveName is the name of a live video: that of its photo, with the video's extension.
func liveName(still string, video *acd.Node) string {
	stem, _ := splitName(still)
	if ext := video.ContentProperties.Extension; ext != "" {
		return stem + "." + ext
	}
	if _, ext := splitName(video.Name); ext != "" {
		return stem + ext
	}
	return stem + ".mov"
}

// findGone looks what became of entries that an earlier run saw and this one did not. Their files stay.
func (e *exporter) findGone(ctx context.Context) error {
	if e.opts.Album != "" || !e.account.Whole {
		return nil // what was not listed may be there all the same
	}
	listed := map[string]bool{}
	for n := range e.state.all {
		if n.listed {
			listed[n.ID] = true
		}
	}
	var changed []*entry
	for n := range e.state.all {
		if n.listed || n.Gone || n.Still != "" && listed[n.Still] {
			continue
		}
		node, err := e.client.Drive.Nodes.Get(ctx, n.ID)
		switch {
		case err == nil && node.Status == acd.StatusAvailable:
			continue
		case err != nil && !errors.Is(err, acd.ErrNotFound):
			if endsRun(err) {
				return err
			}
			continue
		}
		n.Gone = true
		changed = append(changed, n)
	}
	return e.state.save(changed...)
}
