package tree_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/encoding"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/tree"
)

func node(id, name string, version int64, parents ...string) *acd.Node {
	return &acd.Node{ID: id, Name: name, Kind: acd.KindFolder, Status: acd.StatusAvailable, Version: version, Parents: parents}
}

func with(n *acd.Node, change func(*acd.Node)) *acd.Node {
	change(n)
	return n
}

func rootNode() *acd.Node { return with(node("root", "", 1), func(n *acd.Node) { n.IsRoot = true }) }

func applied(t *testing.T, tr *tree.Tree, nodes ...*acd.Node) *tree.Tree {
	t.Helper()
	if err := tr.Apply(&acd.ChangeSet{Nodes: nodes, StatusCode: 200}); err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestPaths(t *testing.T) {
	for _, c := range []struct {
		name  string
		nodes []*acd.Node
		want  []string // of the node x
	}{
		{"in the root", []*acd.Node{node("x", "X", 1, "root")}, []string{"X"}},
		{"child before parent", []*acd.Node{node("x", "X", 1, "a"), node("a", "A", 1, "root")}, []string{"A/X"}},
		{"unknown parent", []*acd.Node{node("x", "X", 1, "a")}, nil},
		{"two parents", []*acd.Node{node("x", "X", 1, "root", "a"), node("a", "A", 1, "root")}, []string{"A/X", "X"}},
		{"a parent named twice", []*acd.Node{node("x", "X", 1, "root", "root", "")}, []string{"X"}},
		{"renamed", []*acd.Node{node("x", "X", 1, "root"), node("x", "Y", 2, "root")}, []string{"Y"}},
		{"renamed in case", []*acd.Node{node("x", "X", 1, "root"), node("x", "x", 2, "root")}, []string{"x"}},
		{"an older report", []*acd.Node{node("x", "X", 2, "root"), node("x", "Y", 1, "root")}, []string{"X"}},
		{"a damaged report", []*acd.Node{node("x", "X", 1, "root"), node("x", "", 2, "root")}, []string{"X"}},
		{"moved", []*acd.Node{node("a", "A", 1, "root"), node("x", "X", 1, "root"), node("x", "X", 2, "a")}, []string{"A/X"}},
		{"folder moved", []*acd.Node{node("a", "A", 1, "root"), node("b", "B", 1, "root"), node("x", "X", 1, "a"), node("a", "A", 2, "b")}, []string{"B/A/X"}},
		{"in itself", []*acd.Node{node("x", "X", 1, "x", "root")}, []string{"X"}},
		{"in a ring", []*acd.Node{node("x", "X", 1, "a"), node("a", "A", 1, "x", "root")}, []string{"A/X"}},
		{"slash in the name", []*acd.Node{node("x", "a/b", 1, "root")}, []string{"a／b"}},
		{"trashed", []*acd.Node{with(node("x", "X", 1, "root"), func(n *acd.Node) { n.Status = "trash" })}, nil},
		{"folder trashed", []*acd.Node{with(node("a", "A", 1, "root"), func(n *acd.Node) { n.Status = acd.StatusTrash }), node("x", "X", 1, "a")}, nil},
		{"restored", []*acd.Node{with(node("x", "X", 1, "root"), func(n *acd.Node) { n.Status = acd.StatusTrash }), node("x", "X", 2, "root")}, []string{"X"}},
		{"purged", []*acd.Node{node("x", "X", 1, "root"), {ID: "x", Status: acd.StatusPurged, Version: 2}}, nil},
		{"purged without a version, then an old report", []*acd.Node{node("x", "X", 7, "root"), {ID: "x", Status: acd.StatusPurged}, node("x", "X", 7, "root")}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := applied(t, new(tree.Tree), append([]*acd.Node{rootNode()}, c.nodes...)...)
			if diff := cmp.Diff(c.want, tr.Paths("x")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			for _, p := range c.want {
				for _, form := range []string{p, "/" + p + "/", strings.ToUpper(p), strings.ToLower(p)} {
					if n, ok := tr.Lookup(form); !ok || n.ID != "x" {
						t.Errorf("Lookup(%q) = %+v, %v", form, n, ok)
					}
				}
			}
		})
	}
}

func TestNodeIsWhatTheFeedSaid(t *testing.T) {
	when := time.Date(2015, 3, 1, 12, 0, 0, 123e6, time.UTC)
	sum := strings.Repeat("0f", 16)
	tr := applied(t, tree.New(tree.WithNameEncoding(encoding.Default|encoding.Colon)), rootNode(), &acd.Node{
		ID: "x", Name: "shown name", RawName: "a：b／c", Kind: acd.KindFile, Status: "Available", Version: 3, Parents: []string{"root", "b"},
		ModifiedDate: when, ContentProperties: acd.ContentProperties{Size: 5, MD5: strings.ToUpper(sum)},
	})
	want := tree.Node{
		ID: "x", Name: "a:b/c", RawName: "a：b／c", Kind: acd.KindFile, Status: acd.StatusAvailable, Version: 3, Parents: []string{"root", "b"},
		Modified: when, Size: 5, MD5: sum,
	}
	file := filepath.Join(t.TempDir(), "tree")
	if err := tr.Save(file); err != nil {
		t.Fatal(err)
	}
	loaded, err := tree.Load(file, tree.WithNameEncoding(encoding.Default|encoding.Colon))
	if err != nil {
		t.Fatal(err)
	}
	for _, tr := range []*tree.Tree{tr, loaded} {
		got, _ := tr.Lookup("A:B／c")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestLookupOfNothing(t *testing.T) {
	empty := new(tree.Tree)
	full := applied(t, tree.New(), rootNode(), node("a", "A", 1, "root"), node("b", "B", 1, "a"), node("lost", "", 1, "a"))
	for _, tr := range []*tree.Tree{empty, full} {
		for _, path := range []string{"A/nothing", "A//B", "A/.", "nothing"} {
			if n, ok := tr.Lookup(path); ok {
				t.Errorf("Lookup(%q) = %+v", path, n)
			}
		}
		for _, id := range []string{"", "nothing", "lost"} {
			if n, ok := tr.Get(id); ok {
				t.Errorf("Get(%q) = %+v", id, n)
			}
			files, folders, size := tr.Totals(id)
			if len(tr.Paths(id)) != 0 || len(slices.Collect(tr.Children(id))) != 0 || files+folders != 0 || size != 0 {
				t.Errorf("%q has something", id)
			}
		}
		if got := tr.ByMD5("no sum"); got != nil {
			t.Error(got)
		}
	}
	if _, ok := empty.Root(); ok || empty.Len() != 0 || empty.Checkpoint() != "" {
		t.Error("an empty tree has something")
	}
}

func TestApplyMovesTheCheckpoint(t *testing.T) {
	tr := tree.New()
	for i, c := range []struct {
		set        *acd.ChangeSet
		fails      bool
		checkpoint string
		length     int
	}{
		{nil, false, "", 0},
		{&acd.ChangeSet{Checkpoint: "1", Nodes: []*acd.Node{rootNode(), nil, {}}, StatusCode: 200}, false, "1", 1},
		{&acd.ChangeSet{Checkpoint: "2", Nodes: []*acd.Node{node("a", "A", 1, "root")}, StatusCode: 500}, true, "1", 1},
		{&acd.ChangeSet{Checkpoint: "2", Nodes: []*acd.Node{node("a", "A", 1, "root")}}, false, "2", 2},
		{&acd.ChangeSet{End: true}, false, "2", 2},
		{&acd.ChangeSet{Reset: true, Nodes: []*acd.Node{node("b", "B", 1, "root")}, StatusCode: 200}, false, "", 1},
	} {
		if err := tr.Apply(c.set); (err != nil) != c.fails {
			t.Errorf("set %d: %v", i, err)
		}
		if tr.Checkpoint() != c.checkpoint || tr.Len() != c.length {
			t.Errorf("set %d: checkpoint %q, length %d", i, tr.Checkpoint(), tr.Len())
		}
	}
}

// If each folder of a chain is in two folders, the number of paths doubles at each level. Paths
// must stop at its limit.
func TestPathsAreBounded(t *testing.T) {
	tr := applied(t, tree.New(), rootNode(), node("l0", "l", 1, "root"), node("r0", "r", 1, "root"))
	for i := 1; i < 60; i++ {
		above := []string{fmt.Sprint("l", i-1), fmt.Sprint("r", i-1)}
		applied(t, tr, node(fmt.Sprint("l", i), "l", 1, above...), node(fmt.Sprint("r", i), "r", 1, above...))
	}
	if got := len(tr.Paths("l59")); got != 1000 {
		t.Errorf("%d paths", got)
	}
	if _, folders, _ := tr.Totals("root"); folders != 120 {
		t.Errorf("%d folders", folders)
	}
}

func TestChildrenWhileTheTreeChanges(t *testing.T) {
	tr := applied(t, tree.New(), rootNode())
	const n = 1000
	for i := range n {
		applied(t, tr, node(fmt.Sprint(i), fmt.Sprint(i), 1, "root"))
	}
	seen := 0
	for range tr.Children("root") {
		if seen++; seen == 10 {
			for i := range n {
				applied(t, tr, node(fmt.Sprint(i), fmt.Sprint(i), 2, "elsewhere"))
			}
		}
	}
	if seen < 10 || seen > 256 {
		t.Errorf("saw %d children", seen)
	}
}

func TestLoadRefusesWhatIsNotWhole(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "tree")
	tr := tree.New()
	for _, text := range newFeed(700).lines(t) {
		if err := tr.Apply(decodeSet(t, text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tr.Save(file); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	damaged := map[string][]byte{
		"empty":         {},
		"no gzip":       []byte(`{"reset":true}` + "\n" + `{"end":true}`),
		"no lines":      zipped(""),
		"no end":        zipped(`{"checkpoint":"1","reset":true,"nodes":[],"statusCode":200}` + "\n"),
		"only the end":  zipped(`{"end":true}` + "\n"),
		"no reset":      zipped(`{"checkpoint":"1","nodes":[],"statusCode":200}` + "\n" + `{"end":true}`),
		"second reset":  zipped(strings.Repeat(`{"checkpoint":"1","reset":true}`+"\n", 2) + `{"end":true}`),
		"after the end": zipped(`{"reset":true}` + "\n" + `{"end":true}` + "\n" + `{"checkpoint":"2"}`),
		"failed set":    zipped(`{"reset":true,"statusCode":500}` + "\n" + `{"end":true}`),
		"no JSON":       zipped(`{"reset":true,` + "\n" + `{"end":true}`),
		"long line":     zipped(strings.Repeat(" ", 65<<20) + `{"reset":true}` + "\n" + `{"end":true}`),
		"flipped bit":   flipped(whole, len(whole)/2),
	}
	for i := 0; i < len(whole); i += 1 + len(whole)/20 {
		damaged[fmt.Sprint("cut at ", i)] = whole[:i]
	}
	for i := 1; i < 12; i++ {
		damaged[fmt.Sprint("cut from the end ", i)] = whole[:len(whole)-i]
	}
	for name, text := range damaged {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := tree.Load(file); !errors.Is(err, tree.ErrUnreadable) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := tree.Load(filepath.Join(dir, "nothing")); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, tree.ErrUnreadable) {
		t.Error(err)
	}
}

func TestSaveReplacesTheFileOrLeavesIt(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "tree")
	if err := os.WriteFile(file, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := new(tree.Tree).Save(file); err != nil {
		t.Fatal(err)
	}
	if tr, err := tree.Load(file); err != nil || tr.Len() != 0 {
		t.Error(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if err := tree.New().Save(dir); err == nil { // a file cannot replace a directory
		t.Error("saved over a directory")
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(dir), "*.tmp"))
	if err != nil || len(left) != 0 {
		t.Error(left, err)
	}
}

// Readers see each set completely or not at all, while other sets are applied and the tree is
// saved.
func TestReadersWhileItChanges(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tree")
	tr := applied(t, tree.New(), rootNode(), node("a", "A", 1, "root"), node("b", "B", 1, "root"), node("x", "X", 1, "a"))
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if paths := tr.Paths("x"); len(paths) != 1 {
					t.Errorf("paths %q", paths)
					return
				}
				if _, folders, _ := tr.Totals("root"); folders != 3 {
					t.Errorf("%d folders", folders)
					return
				}
				for n := range tr.Children("root") {
					tr.Get(n.ID)
				}
				tr.Lookup("A/X")
			}
		})
	}
	for v := int64(2); v < 500; v++ {
		applied(t, tr, node("x", "X", v, []string{"a", "b"}[v%2]), node("new", "N", v, "x2"))
		if v%100 == 0 {
			if err := tr.Save(file); err != nil {
				t.Error(err)
			}
			if _, err := tree.Load(file); err != nil {
				t.Error(err)
			}
		}
	}
	close(done)
	wg.Wait()
}

func TestSyncFollowsTheDrive(t *testing.T) {
	synctest.Test(t, testSyncFollowsTheDrive)
}

func testSyncFollowsTheDrive(t *testing.T) {
	ctx := t.Context()
	drive := mocks.NewDrive()
	client := drive.Client(ctx)
	write := func(path string) {
		if _, err := drive.WriteFile(path, []byte(path)); err != nil {
			t.Fatal(err)
		}
	}
	write("a/b/one")
	write("a/two")
	tr := tree.New()
	same := func() {
		t.Helper()
		if err := tr.Sync(ctx, client); err != nil {
			t.Fatal(err)
		}
		var got []string
		root, _ := tr.Root()
		var walk func(id, path string)
		walk = func(id, path string) {
			for n := range tr.Children(id) {
				got = append(got, path+n.Name)
				walk(n.ID, path+n.Name+"/")
			}
		}
		walk(root.ID, "")
		slices.Sort(got)
		if diff := cmp.Diff(drive.Snapshot().Paths(), got); diff != "" {
			t.Errorf("(-drive +tree):\n%s", diff)
		}
	}
	same()
	write("a/three")
	b, _ := tr.Lookup("a/b")
	if _, err := client.Nodes.Trash(ctx, b.ID); err != nil {
		t.Fatal(err)
	}
	same()
	if n, ok := tr.Get(b.ID); !ok || n.Status != acd.StatusTrash {
		t.Errorf("trashed: %+v, %v", n, ok)
	}
	point := tr.Checkpoint()
	if point == "" {
		t.Error("no checkpoint")
	}
	drive.Inject(mocks.Fault{Op: "Changes.Since", Status: 403})
	write("a/four")
	if err := tr.Sync(ctx, client); err == nil || tr.Checkpoint() != point {
		t.Errorf("%v, checkpoint moved: %v", err, tr.Checkpoint() != point)
	}
}

// If the drive does not accept a checkpoint, for example from a damaged file, Sync starts again
// from the beginning.
func TestSyncStartsAnew(t *testing.T) {
	ctx := t.Context()
	drive := mocks.NewDrive()
	if _, err := drive.WriteFile("a/one", nil); err != nil {
		t.Fatal(err)
	}
	tr := applied(t, tree.New(), node("stale", "Stale", 1, "root"))
	if err := tr.Apply(&acd.ChangeSet{Checkpoint: "no checkpoint"}); err != nil {
		t.Fatal(err)
	}
	if err := tr.Sync(ctx, drive.Client(ctx)); err != nil {
		t.Fatal(err)
	}
	_, stale := tr.Get("stale")
	if _, ok := tr.Lookup("a/one"); !ok || stale {
		t.Errorf("found %v, stale %v", ok, stale)
	}
}

func zipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.Bytes()
}

// flipped returns the text with one bit changed.
func flipped(text []byte, at int) []byte {
	text = slices.Clone(text)
	text[at] ^= 1
	return text
}
