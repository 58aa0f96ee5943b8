package tree_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/encoding"
	"github.com/acd-sdk/acd/tree"
)

// model is the simplest form of a tree: the newest report of each id. Every look-up searches all of
// them.
type model map[string]*acd.Node

func (m model) apply(n *acd.Node) {
	if n.Name == "" && !n.IsRoot && n.Status != acd.StatusPurged {
		return
	}
	if old := m[n.ID]; old == nil || n.Version > old.Version {
		m[n.ID] = n
	}
}

func (m model) shown(id string) *acd.Node {
	n := m[id]
	if n == nil || n.Status == acd.StatusPurged || n.Status == acd.StatusTrash {
		return nil
	}
	return n
}

func (m model) children(id string) (ids []string) {
	if m[id] == nil || m[id].Status == acd.StatusPurged {
		return nil
	}
	for _, child := range slices.Sorted(maps.Keys(m)) {
		if n := m.shown(child); n != nil && !n.IsRoot && n.HasParent(id) {
			ids = append(ids, child)
		}
	}
	return ids
}

func (m model) paths(id string, below []string) (paths []string) {
	n := m.shown(id)
	if n == nil || slices.Contains(below, id) {
		return nil
	}
	if n.IsRoot {
		return []string{""}
	}
	for _, p := range n.Parents {
		for _, path := range m.paths(p, append(slices.Clone(below), id)) {
			paths = append(paths, strings.TrimPrefix(path+"/"+encoding.Default.DecodeElement(n.Name), "/"))
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

func (m model) lookup(root, path string) string {
	at := root
	for element := range strings.SplitSeq(path, "/") {
		next := ""
		for _, id := range m.children(at) {
			if strings.EqualFold(encoding.Default.DecodeElement(m[id].Name), element) {
				next = id
				break
			}
		}
		if at = next; at == "" {
			return ""
		}
	}
	return at
}

func (m model) totals(id string) (files, folders int, bytes int64) {
	seen := map[string]bool{id: true}
	for todo := []string{id}; len(todo) > 0; todo = todo[1:] {
		for _, child := range m.children(todo[0]) {
			if seen[child] {
				continue
			}
			seen[child] = true
			todo = append(todo, child)
			switch m[child].Kind {
			case acd.KindFile:
				files++
				bytes += m[child].Size()
			case acd.KindFolder:
				folders++
			}
		}
	}
	return files, folders, bytes
}

// view holds everything that a tree says about one id, in a form that can be compared.
type view struct {
	Version             int64
	Name, Status        string
	Parents             []string
	Children, Paths     []string
	Files, Folders      int
	Bytes               int64
	MD5                 string
	SameContent, ByPath []string
}

func (m model) view(id string, root string) view {
	v := view{Children: m.children(id)}
	n := m[id]
	if n == nil || n.Status == acd.StatusPurged {
		return v
	}
	v.Version, v.Name, v.Status, v.Parents = n.Version, encoding.Default.Decode(n.Name), string(n.Status), n.Parents
	v.Files, v.Folders, v.Bytes = m.totals(id)
	v.MD5 = n.MD5()
	for _, other := range slices.Sorted(maps.Keys(m)) {
		if o := m.shown(other); o != nil && n.MD5() != "" && o.MD5() == n.MD5() {
			v.SameContent = append(v.SameContent, other)
		}
	}
	v.Paths = m.paths(id, nil)
	for _, p := range v.Paths {
		if p != "" {
			v.ByPath = append(v.ByPath, m.lookup(root, p))
		}
	}
	return v
}

func treeView(t *tree.Tree, id string) view {
	var v view
	for n := range t.Children(id) {
		v.Children = append(v.Children, n.ID)
	}
	slices.Sort(v.Children)
	n, ok := t.Get(id)
	if !ok {
		return v
	}
	v.Version, v.Name, v.Status, v.Parents, v.MD5 = n.Version, n.Name, string(n.Status), n.Parents, n.MD5
	v.Files, v.Folders, v.Bytes = t.Totals(id)
	for _, o := range t.ByMD5(n.MD5) {
		v.SameContent = append(v.SameContent, o.ID)
	}
	slices.Sort(v.SameContent)
	v.Paths = t.Paths(id)
	for _, p := range v.Paths {
		if p != "" {
			if utf8.ValidString(p) { // a text that is not UTF-8 has no upper case
				p = strings.ToUpper(p)
			}
			found, _ := t.Lookup(p)
			v.ByPath = append(v.ByPath, found.ID)
		}
	}
	return v
}

const modelNodes = 14

func modelID(i int) string { return fmt.Sprintf("node%02d", i) }

// history makes random reports. Each is the next version of a node. Nodes are made, renamed, moved
// into several folders and into each other, trashed, restored and purged.
func history(rng *rand.Rand, n int) []*acd.ChangeSet {
	names := []string{"a", "A", "b", "c/d", "c／d", "Ä", "ä", "‛FE", "", "x‛／y"}
	sums := []string{"", strings.Repeat("0a", 16), strings.Repeat("ff", 16)}
	statuses := []acd.Status{"AVAILABLE", "AVAILABLE", "AVAILABLE", "AVAILABLE", "AVAILABLE", "PENDING", "TRASH", "PURGED"}
	versions := map[int]int64{}
	sets := []*acd.ChangeSet{{Checkpoint: "0", Reset: true, StatusCode: 200, Nodes: []*acd.Node{
		{ID: modelID(0), Kind: acd.KindFolder, Status: acd.StatusAvailable, IsRoot: true, Version: 1},
	}}}
	for i := range n {
		set := &acd.ChangeSet{Checkpoint: fmt.Sprint(i + 1), StatusCode: 200}
		for range 1 + rng.IntN(4) {
			k := 1 + rng.IntN(modelNodes-1)
			versions[k]++
			node := &acd.Node{
				ID: modelID(k), Name: names[rng.IntN(len(names))], Kind: acd.KindFolder,
				Status: statuses[rng.IntN(len(statuses))], Version: versions[k],
			}
			if k > modelNodes/2 {
				node.Kind = acd.KindFile
				node.ContentProperties = acd.ContentProperties{Size: rng.Int64N(100), MD5: sums[rng.IntN(len(sums))]}
			}
			for range 1 + rng.IntN(3)*rng.IntN(2) {
				if p := modelID(rng.IntN(modelNodes/2 + 1)); !node.HasParent(p) {
					node.Parents = append(node.Parents, p)
				}
			}
			set.Nodes = append(set.Nodes, node)
		}
		sets = append(sets, set)
	}
	return sets
}

func compare(t *testing.T, what string, tr *tree.Tree, m model) {
	t.Helper()
	known := 0
	for i := range modelNodes {
		id := modelID(i)
		if n := m[id]; n != nil && n.Status != acd.StatusPurged {
			known++
		}
		if diff := cmp.Diff(m.view(id, modelID(0)), treeView(tr, id), cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s: %s (-model +tree):\n%s", what, id, diff)
		}
	}
	if tr.Len() != known {
		t.Fatalf("%s: Len = %d, want %d", what, tr.Len(), known)
	}
}

// After every set of random changes, a tree says the same as the model. The sets may come in any
// order and several times, and the tree may be saved and loaded.
func TestTreeIsTheModel(t *testing.T) {
	dir := t.TempDir()
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		sets := history(rng, 60)
		m, tr := model{}, tree.New()
		for i, set := range sets {
			for _, n := range set.Nodes {
				m.apply(n)
			}
			if err := tr.Apply(set); err != nil {
				t.Fatal(err)
			}
			compare(t, fmt.Sprintf("seed %d, set %d", seed, i), tr, m)
		}

		shuffled := slices.Concat(sets[1:], sets[1:])
		rng.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		tr2 := tree.New()
		for _, set := range append(sets[:1:1], shuffled...) {
			if err := tr2.Apply(set); err != nil {
				t.Fatal(err)
			}
		}
		compare(t, fmt.Sprintf("seed %d, shuffled", seed), tr2, m)

		file := filepath.Join(dir, "tree")
		if err := tr2.Save(file); err != nil {
			t.Fatal(err)
		}
		loaded, err := tree.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		compare(t, fmt.Sprintf("seed %d, loaded", seed), loaded, m)
		for _, set := range shuffled {
			if err := loaded.Apply(set); err != nil {
				t.Fatal(err)
			}
		}
		compare(t, fmt.Sprintf("seed %d, repeated after loading", seed), loaded, m)
	}
}
