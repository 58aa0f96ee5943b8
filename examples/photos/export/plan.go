package export

import (
	"fmt"
	"path"
	"slices"

	"github.com/acd-sdk/acd/internal/names"
)

// A group are entries that belong together and share a stem: a photo and its live video, or a RAW and the JPEG that the
// camera made with it.
type group struct {
	folder, stem string
	entries      []*entry
	extensions   []string // of the entries, folded
}

// together is how many seconds apart the members of a group may be taken: a camera writes RAW and JPEG one after the other.
const together = 2

// plan gives every entry that is to be there a path, or finds that another entry has its content.
func (e *exporter) plan() error {
	changed := e.release()
	fresh := e.state.sorted(func(n *entry) bool { return n.isWanted() && n.Path == "" && n.Of == "" })
	contents := e.byContent()
	rest := e.withoutDuplicates(fresh, contents, &changed)
	if err := e.state.save(changed...); err != nil {
		return err
	}
	for _, month := range months(rest) {
		var changed []*entry
		for _, g := range groups(month) {
			changed = append(changed, e.place(g)...)
		}
		if err := e.state.save(changed...); err != nil {
			return err
		}
	}
	return nil
}

// months divides entries by their folders. What belongs together is of one folder, and a library may be too large to look
// for it in all of them at once.
func months(list []*entry) (all [][]*entry) {
	index := map[string]int{}
	for _, n := range list {
		folder := folderOf(n)
		i, known := index[folder]
		if !known {
			i = len(all)
			index[folder] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], n)
	}
	return all
}

// serves says whether an entry has its file, or gets it in this run, so that others of equal content need none.
func (e *exporter) serves(n *entry) bool {
	return n.Path != "" && n.Of == "" && (n.isWanted() || n.Present && e.hasFile(n))
}

// release has duplicates get a file of their own if that of the other is no longer theirs: one of the two was changed,
// or the other went away before it was downloaded.
func (e *exporter) release() (changed []*entry) {
	for n := range e.state.all {
		if n.Of == "" || !n.isWanted() {
			continue
		}
		if other := e.state.entries[n.Of]; other != nil && e.serves(other) && other.MD5 == n.MD5 && other.Size == n.Size {
			continue
		}
		n.Of = ""
		changed = append(changed, n)
	}
	return changed
}

// byContent are the ids of the entries that have or will have a file, by its content.
func (e *exporter) byContent() map[contentKey]string {
	found := map[contentKey]string{}
	for n := range e.state.all {
		key, ok := n.content()
		if _, taken := found[key]; ok && !taken && e.serves(n) {
			found[key] = n.ID
		}
	}
	return found
}

// withoutDuplicates takes out what has the content of another entry. The video of a live photo belongs beside its
// photo, and is only taken out if the photo is.
func (e *exporter) withoutDuplicates(fresh []*entry, contents map[contentKey]string, changed *[]*entry) (rest []*entry) {
	const stills, videos, videosOfDuplicates = 0, 1, 2
	turnOf := func(n *entry) int {
		still := e.state.entries[n.Still]
		switch {
		case n.Still == "":
			return stills
		case still != nil && still.Of != "":
			return videosOfDuplicates
		}
		return videos
	}
	for turn := stills; turn <= videosOfDuplicates; turn++ {
		for _, n := range fresh {
			if turnOf(n) != turn {
				continue
			}
			key, known := n.content()
			other, there := contents[key]
			if known && there && turn != videos {
				n.Of = other
				*changed = append(*changed, n)
				continue
			}
			if known && !there {
				contents[key] = n.ID
			}
			rest = append(rest, n)
		}
	}
	return rest
}

// groups joins entries that belong together. They come in the order of when they were taken.
func groups(list []*entry) (all []*group) {
	byStem := map[string][]*group{}
	byID := map[string]*group{}
	for _, n := range list {
		if n.Still != "" {
			continue
		}
		stem, ext := splitName(safeName(n.Name))
		folder := folderOf(n)
		key := names.Fold(folder + "/" + stem)
		ext = names.Fold(ext)
		g := findGroup(byStem[key], n, ext)
		if g == nil {
			g = &group{folder: folder, stem: stem}
			byStem[key] = append(byStem[key], g)
			all = append(all, g)
		}
		g.entries = append(g.entries, n)
		g.extensions = append(g.extensions, ext)
		byID[n.ID] = g
	}
	for _, n := range list { // a live video goes where its photo goes
		if n.Still == "" {
			continue
		}
		g := byID[n.Still]
		if g == nil {
			g = &group{}
			all = append(all, g)
		}
		g.entries = append(g.entries, n)
	}
	return all
}

// findGroup returns the group to which an entry belongs: the last of its time that has no file of its kind. The candidates, and
// the entries, come in the order of their times.
func findGroup(candidates []*group, n *entry, ext string) *group {
	for _, g := range slices.Backward(candidates) {
		if n.Taken-g.entries[0].Taken > together {
			return nil
		}
		if !slices.Contains(g.extensions, ext) {
			return g
		}
	}
	return nil
}

// place gives the entries of a group their paths: all with the plain stem if that is free for all of them, or else
// all with a suffix.
func (e *exporter) place(g *group) []*entry {
	e.joinStill(g)
	if g.folder == "" { // a live video whose photo is nowhere
		n := g.entries[0]
		g.folder = folderOf(n)
		g.stem, _ = splitName(safeName(n.Name))
	}
	leader := g.entries[0].ID
	stem := g.stem
	for try := 0; !e.isFree(g, stem); try++ {
		stem = withSuffix(g.stem, leader)
		if try > 0 { // ids that begin alike
			stem = fmt.Sprintf("%s-%d", stem, try)
		}
	}
	for _, n := range g.entries {
		n.Path = path.Join(g.folder, stem+extensionOf(n))
		e.state.paths.take(n.Path)
	}
	return g.entries
}

// joinStill has a live video whose photo was placed in an earlier run go beside it.
func (e *exporter) joinStill(g *group) {
	still := e.state.entries[g.entries[0].Still]
	if still == nil {
		return
	}
	if still.Of != "" {
		still = e.state.entries[still.Of]
	}
	if still != nil && still.Path != "" {
		g.folder = path.Dir(still.Path)
		g.stem, _ = splitName(path.Base(still.Path))
	}
}

// extensionOf is the extension that an entry's file gets.
func extensionOf(n *entry) string {
	_, ext := splitName(safeName(n.Name))
	if ext == "" && n.Still != "" {
		ext = ".mov"
	}
	return ext
}

func (e *exporter) isFree(g *group, stem string) bool {
	for _, n := range g.entries {
		p := path.Join(g.folder, stem+extensionOf(n))
		if e.state.paths.taken(p) || e.isForeign(n, p) {
			return false
		}
	}
	return true
}

// isForeign says whether a file is at a path that no export has written: it is left as it is, unless it is the very content.
func (e *exporter) isForeign(n *entry, p string) bool {
	if e.root == nil {
		return false
	}
	info, err := e.root.Lstat(p)
	if err != nil {
		return false
	}
	return !info.Mode().IsRegular() || info.Size() != n.Size || n.MD5 == "" || !e.holds(n, p)
}
