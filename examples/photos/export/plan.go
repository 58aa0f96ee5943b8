package export

import (
	"fmt"
	"path"
	"time"

	"github.com/acd-sdk/acd/internal/names"
)

// A group are entries that belong together and share a stem: a photo and its live video, or a RAW and the JPEG that the
// camera made with it.
type group struct {
	folder, stem string
	entries      []*entry
}

// together is how far apart the members of a group may be taken: a camera writes RAW and JPEG one after the other.
const together = 2 * time.Second

// plan gives every entry that is to be there a path, or finds that another entry has its content.
func (e *exporter) plan() error {
	fresh := e.state.sorted(func(n *entry) bool { return n.listed && n.left == "" && n.Path == "" && n.Of == "" })
	contents := e.state.byContent()
	var duplicates []*entry
	rest := e.withoutDuplicates(fresh, contents, &duplicates)
	if err := e.state.save(duplicates...); err != nil {
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

// withoutDuplicates takes out what has the content of another entry.
func (e *exporter) withoutDuplicates(fresh []*entry, contents map[contentKey]string, changed *[]*entry) (rest []*entry) {
	for _, n := range fresh {
		key, ok := n.content()
		if ok && n.Still == "" {
			if other, there := contents[key]; there {
				n.Of = other
				*changed = append(*changed, n)
				continue
			}
			contents[key] = n.ID
		}
		rest = append(rest, n)
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
		name := safeName(n.Name)
		stem, _ := splitName(name)
		folder := folderOf(n)
		key := names.Fold(folder + "/" + stem)
		g := findGroup(byStem[key], n)
		if g == nil {
			g = &group{folder: folder, stem: stem}
			byStem[key] = append(byStem[key], g)
			all = append(all, g)
		}
		g.entries = append(g.entries, n)
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

// findGroup returns the group to which an entry belongs: one of its time that has no file of its kind.
func findGroup(candidates []*group, n *entry) *group {
	_, ext := splitName(safeName(n.Name))
	for _, g := range candidates {
		first := g.entries[0]
		if apart := n.taken().Sub(first.taken()); apart > together || apart < -together {
			continue
		}
		free := true
		for _, other := range g.entries {
			_, otherExt := splitName(safeName(other.Name))
			free = free && names.Fold(ext) != names.Fold(otherExt)
		}
		if free {
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
