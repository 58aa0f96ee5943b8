package tree_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/tree"
)

// told is a Change in a short form that tests can write down.
type told struct {
	ID       string
	From, To []string
	Names    [2]string // before and after; "-" if there is no node
}

func tell(u tree.Update) (all []told) {
	name := func(n *tree.Node) string {
		if n == nil {
			return "-"
		}
		return n.Name
	}
	for _, c := range u.Changes {
		all = append(all, told{c.ID, c.From, c.To, [2]string{name(c.Before), name(c.After)}})
	}
	return all
}

func TestApplyTellsWhatChanged(t *testing.T) {
	trashed := func(n *acd.Node) { n.Status = acd.StatusTrash }
	start := []*acd.Node{rootNode(), node("a", "A", 1, "root"), node("b", "B", 1, "root"), node("x", "X", 1, "a"), node("two", "Two", 1, "a", "b")}
	for _, c := range []struct {
		name  string
		nodes []*acd.Node
		want  []told
	}{
		{"new", []*acd.Node{node("y", "Y", 1, "a")}, []told{{"y", nil, []string{"A/Y"}, [2]string{"-", "Y"}}}},
		{"new in a folder that comes later", []*acd.Node{node("y", "Y", 1, "c"), node("c", "C", 1, "root")},
			[]told{{"y", nil, []string{"C/Y"}, [2]string{"-", "Y"}}, {"c", nil, []string{"C"}, [2]string{"-", "C"}}}},
		{"new without a known folder", []*acd.Node{node("y", "Y", 1, "c")}, []told{{"y", nil, nil, [2]string{"-", "Y"}}}},
		{"renamed", []*acd.Node{node("x", "Z", 2, "a")}, []told{{"x", []string{"A/X"}, []string{"A/Z"}, [2]string{"X", "Z"}}}},
		{"moved", []*acd.Node{node("x", "X", 2, "b")}, []told{{"x", []string{"A/X"}, []string{"B/X"}, [2]string{"X", "X"}}}},
		{"of two folders", []*acd.Node{node("two", "Two", 2, "b")}, []told{{"two", []string{"A/Two", "B/Two"}, []string{"B/Two"}, [2]string{"Two", "Two"}}}},
		{"the folder moved: what is below it moves with it", []*acd.Node{node("a", "A", 2, "b")},
			[]told{{"a", []string{"A"}, []string{"B/A"}, [2]string{"A", "A"}}}},
		{"the folder and the node", []*acd.Node{node("a", "A2", 2, "root"), node("x", "X2", 2, "a")},
			[]told{{"a", []string{"A"}, []string{"A2"}, [2]string{"A", "A2"}}, {"x", []string{"A/X"}, []string{"A2/X2"}, [2]string{"X", "X2"}}}},
		{"trashed", []*acd.Node{with(node("x", "X", 2, "a"), trashed)}, []told{{"x", []string{"A/X"}, nil, [2]string{"X", "X"}}}},
		{"purged", []*acd.Node{{ID: "x", Status: acd.StatusPurged, Version: 2}}, []told{{"x", []string{"A/X"}, nil, [2]string{"X", "-"}}}},
		{"content", []*acd.Node{with(node("x", "X", 2, "a"), func(n *acd.Node) { n.ContentProperties.Size = 7 })},
			[]told{{"x", []string{"A/X"}, []string{"A/X"}, [2]string{"X", "X"}}}},
		{"twice in a set", []*acd.Node{node("x", "Y", 2, "a"), node("x", "Z", 3, "b")}, []told{{"x", []string{"A/X"}, []string{"B/Z"}, [2]string{"X", "Z"}}}},
		{"there and back", []*acd.Node{node("y", "Y", 1, "a"), {ID: "y", Status: acd.StatusPurged, Version: 2}}, nil},
		{"told again", start, nil},
		{"an older report", []*acd.Node{node("x", "old", 0, "b")}, nil},
		{"a purge of what is not known", []*acd.Node{{ID: "y", Status: acd.StatusPurged, Version: 2}}, nil},
		{"damaged", []*acd.Node{node("y", "", 1, "a"), node("", "n", 1, "a"), nil}, nil},
		{"nothing", nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := applied(t, tree.New(), start...)
			var got []told
			calls := 0
			err := tr.Apply(&acd.ChangeSet{Checkpoint: "next", Nodes: c.nodes}, tree.OnUpdate(func(u tree.Update) {
				calls++
				got = tell(u)
				if u.Reset {
					t.Error("a reset is told of")
				}
				for _, change := range u.Changes { // the tree can be read in the callback, and has the whole set
					if diff := cmp.Diff(change.To, tr.Paths(change.ID)); diff != "" {
						t.Errorf("the tree has other paths (-told +tree):\n%s", diff)
					}
				}
			}))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" || calls != min(1, len(c.want)) {
				t.Errorf("%d calls (-want +got):\n%s", calls, diff)
			}
		})
	}
}

// A reset forgets everything, so all nodes that come after it are new.
func TestApplyTellsOfAReset(t *testing.T) {
	tr := applied(t, tree.New(), rootNode(), node("x", "X", 1, "root"))
	var got []tree.Update
	listen := tree.OnUpdate(func(u tree.Update) { got = append(got, u) })
	if err := tr.Apply(&acd.ChangeSet{Reset: true, Nodes: []*acd.Node{rootNode()}}, listen); err != nil {
		t.Fatal(err)
	}
	if err := tr.Apply(&acd.ChangeSet{Nodes: []*acd.Node{node("x", "X", 1, "root")}, End: true}, listen); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || !got[0].Reset || len(got[0].Changes) != 1 || got[1].Reset || got[1].Changes[0].Before != nil {
		t.Errorf("got %+v", got)
	}
	if err := tr.Apply(&acd.ChangeSet{StatusCode: 500, Reset: true}, listen); err == nil || len(got) != 2 || tr.Len() != 2 {
		t.Errorf("a set that failed: %v, %d updates, %d nodes", err, len(got), tr.Len())
	}
}

func TestSyncTellsWhatChanged(t *testing.T) {
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	drive.WriteFile("dir/a", []byte("1"))
	tr := tree.New()
	var got [][]string
	listen := tree.OnUpdate(func(u tree.Update) {
		for _, c := range u.Changes {
			got = append(got, append(append([]string{"from"}, c.From...), append([]string{"to"}, c.To...)...))
		}
	})
	if err := tr.Sync(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	id, _ := drive.Lookup("dir/a")
	if _, err := client.Nodes.Rename(t.Context(), id, "b"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := tr.Sync(t.Context(), client, listen); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([][]string{{"from", "dir/a", "to", "dir/b"}}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
