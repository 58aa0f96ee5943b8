package tree_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/tree"
)

const million = 1_000_000

// A feed makes the lines of a change feed with n nodes. Each folder has ten nodes, so the mean
// depth is 6 for a million nodes.
type feed struct {
	n   int
	rng *rand.Rand
	ids []string
}

func newFeed(n int) *feed {
	f := &feed{n: n, rng: rand.New(rand.NewPCG(1, 2))}
	for range n {
		var id [16]byte
		for i := range id {
			id[i] = byte(f.rng.Uint32())
		}
		f.ids = append(f.ids, base64.RawURLEncoding.EncodeToString(id[:]))
	}
	return f
}

// isFolder reports whether node i is a folder. Node i is in node (i-1)/10, so the first tenth of
// the nodes are folders.
func (f *feed) isFolder(i int) bool { return i == 0 || i <= (f.n-2)/10 }

func (f *feed) name(i int) string {
	if f.isFolder(i) {
		return fmt.Sprintf("Folder of %d", i)
	}
	return fmt.Sprintf("IMG_2015_%07d.jpg", i)
}

func (f *feed) path(i int) string {
	var elements []string
	for ; i > 0; i = (i - 1) / 10 {
		elements = append([]string{f.name(i)}, elements...)
	}
	return strings.Join(elements, "/")
}

func (f *feed) node(i int) *acd.Node {
	when := time.Date(2015, 3, 1, 12, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Second)
	n := &acd.Node{
		ID: f.ids[i], Name: f.name(i), Kind: acd.KindFolder, Status: acd.StatusAvailable, Version: 2, ETag: "AbCdEfGhIjK",
		CreatedBy: "CloudDriveFiles", CreatedDate: when, ModifiedDate: when, IsRoot: i == 0,
	}
	if i == 0 {
		n.Name = ""
		return n
	}
	n.Parents = []string{f.ids[(i-1)/10]}
	if !f.isFolder(i) {
		n.Kind = acd.KindFile
		n.ContentProperties = acd.ContentProperties{
			Version: 1, Size: int64(i), MD5: fmt.Sprintf("%016x%016x", f.rng.Uint64(), f.rng.Uint64()),
			ContentType: "image/jpeg", Extension: "jpg", ContentDate: when,
		}
	}
	return n
}

// lines returns the change sets, with 500 nodes each. They are shuffled, so that children come
// before their folders.
func (f *feed) lines(tb testing.TB) (lines [][]byte) {
	order := f.rng.Perm(f.n)
	for at := 0; at < f.n; at += 500 {
		set := acd.ChangeSet{Checkpoint: fmt.Sprint(at), Reset: at == 0, StatusCode: 200}
		for _, i := range order[at:min(at+500, f.n)] {
			set.Nodes = append(set.Nodes, f.node(i))
		}
		text, err := json.Marshal(set)
		if err != nil {
			tb.Fatal(err)
		}
		lines = append(lines, text)
	}
	return lines
}

func build(tb testing.TB, lines [][]byte) *tree.Tree {
	t := tree.New()
	for _, text := range lines {
		if err := t.Apply(decodeSet(tb, text)); err != nil {
			tb.Fatal(err)
		}
	}
	return t
}

func decodeSet(tb testing.TB, text []byte) *acd.ChangeSet {
	set := new(acd.ChangeSet)
	if err := json.Unmarshal(text, set); err != nil {
		tb.Fatal(err)
	}
	return set
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// This benchmark builds a tree of a million nodes from the JSON of a change feed.
func BenchmarkBuildMillion(b *testing.B) {
	lines := newFeed(million).lines(b)
	before := heap()
	var t *tree.Tree
	for b.Loop() {
		t = build(b, lines)
	}
	reportHeap(b, t, before)
	runtime.KeepAlive(lines)
}

func BenchmarkLoadMillion(b *testing.B) {
	file := filepath.Join(b.TempDir(), "tree")
	built := build(b, newFeed(million).lines(b))
	start := time.Now()
	if err := built.Save(file); err != nil {
		b.Fatal(err)
	}
	b.Logf("saved in %v", time.Since(start).Round(time.Millisecond))
	built = nil
	before := heap()
	var t *tree.Tree
	for b.Loop() {
		var err error
		if t, err = tree.Load(file); err != nil {
			b.Fatal(err)
		}
	}
	reportHeap(b, t, before)
}

func reportHeap(b *testing.B, t *tree.Tree, before uint64) {
	if t.Len() != million {
		b.Fatalf("%d nodes", t.Len())
	}
	b.ReportMetric(float64(heap()-before)/million, "B/node")
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/op")
	runtime.KeepAlive(t)
}

func BenchmarkLookup(b *testing.B) {
	f := newFeed(million)
	t := build(b, f.lines(b))
	paths := make([]string, 1<<14)
	depth := 0
	for i := range paths {
		paths[i] = f.path(1 + f.rng.IntN(million-1))
		depth += 1 + strings.Count(paths[i], "/")
	}
	for _, c := range []struct {
		name  string
		paths func(string) string
	}{{"AsStored", strings.Clone}, {"LowerCase", strings.ToLower}} {
		b.Run(c.name, func(b *testing.B) {
			asked := make([]string, len(paths))
			for i, p := range paths {
				asked[i] = c.paths(p)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, ok := t.Lookup(asked[i%len(asked)]); !ok {
					b.Fatal(asked[i%len(asked)])
				}
			}
			b.ReportMetric(float64(depth)/float64(len(paths)), "depth")
		})
	}
	b.Run("TotalsOfRoot", func(b *testing.B) {
		root, _ := t.Root()
		for b.Loop() {
			if files, folders, _ := t.Totals(root.ID); files+folders != million-1 {
				b.Fatal(files, folders)
			}
		}
	})
}
