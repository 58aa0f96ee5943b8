package acd_test

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/google/go-cmp/cmp"
)

func TestResolve(t *testing.T) {
	drive := mocks.NewDrive()
	id, err := drive.WriteFile("Photos/2016/Sun \\ (1) + \"x\" [y] ~ 'z' AND:*?.jpg", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	folder, _ := drive.Lookup("Photos")
	client := newClient(t, drive)
	for _, tc := range []struct {
		root, path string
		want       string
		err        error
	}{
		{"", "", drive.RootID(), nil},
		{"", "/", drive.RootID(), nil},
		{"", "photos/2016/sun \\ (1) + \"X\" [y] ~ 'Z' and:*?.JPG", id, nil},
		{folder, "2016/Sun \\ (1) + \"x\" [y] ~ 'z' AND:*?.jpg", id, nil},
		{"", "Photos/2017/x", "", acd.ErrNotFound},
		{"", "Photos//x", "", acd.ErrInvalid},
	} {
		n, err := client.Nodes.Resolve(t.Context(), tc.root, tc.path)
		if !errors.Is(err, tc.err) || err == nil && n.ID != tc.want {
			t.Errorf("%q: %+v, %v", tc.path, n, err)
		}
		if err != nil && tc.err == acd.ErrNotFound && (!errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "Photos/2017")) {
			t.Errorf("the error does not name the missing part: %v", err)
		}
	}
}

func TestPaths(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithCycles())
	drive.WriteFile("a/b/f", []byte("x"))
	drive.Mkdir("c／d")
	client := newClient(t, drive)
	f, _ := drive.Lookup("a/b/f")
	b, _ := drive.Lookup("a/b")
	c, _ := drive.Lookup("c／d")
	for _, add := range [][2]string{{f, drive.RootID()}, {b, c}} {
		if _, err := client.Nodes.AddParent(t.Context(), add[0], add[1]); err != nil {
			t.Fatal(err)
		}
	}
	got, err := client.Nodes.Paths(t.Context(), f)
	if diff := cmp.Diff([]string{"a/b/f", "c／d/b/f", "f"}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, p := range got {
		if n, err := client.Nodes.Resolve(t.Context(), "", p); err != nil || n.ID != f {
			t.Errorf("%q does not lead back: %v", p, err)
		}
	}
	if got, err := client.Nodes.Paths(t.Context(), drive.RootID()); err != nil || !slices.Equal(got, []string{""}) {
		t.Errorf("of the root: %q, %v", got, err)
	}
}

// A name is found whether its characters are stored composed or decomposed. No second file or
// folder may be made with the other form.
func TestComposedAndDecomposedNamesAreOne(t *testing.T) {
	const composed, decomposed = "Caf\u00e9 \u00fcber", "Cafe\u0301 u\u0308ber"
	for _, tc := range []struct{ stored, asked string }{{composed, decomposed}, {decomposed, composed}, {decomposed, strings.ToUpper(composed)}} {
		drive := mocks.NewDrive()
		drive.WriteFile(tc.stored+"/"+tc.stored, []byte("x"))
		client := newClient(t, drive)
		n, err := client.Nodes.Resolve(t.Context(), "", tc.asked+"/"+tc.asked)
		if err != nil || n.Name != tc.stored {
			t.Errorf("%+q: %v, %v", tc.asked, n, err)
		}
		folder, err := client.Nodes.MkdirAll(t.Context(), "", tc.asked)
		if err != nil || folder.Name != tc.stored {
			t.Errorf("%+q: %v, %v", tc.asked, folder, err)
		}
		if n := len(drive.Snapshot().Tree); n != 2 {
			t.Errorf("%+q: %d nodes, want 2", tc.asked, n)
		}
		before := n
		n, err = client.Content.Upload(t.Context(), folder.ID, tc.asked, strings.NewReader("y"), acd.IfExists(acd.OverwriteIfExists))
		if err != nil || n.ID != before.ID {
			t.Errorf("%+q: %v, %v", tc.asked, n, err)
		}
	}
	// If both forms are stored, each form finds its own file.
	drive := mocks.NewDrive()
	drive.WriteFile(composed, []byte("c"))
	drive.WriteFile(decomposed, []byte("d"))
	for _, name := range []string{composed, decomposed} {
		if n, err := newClient(t, drive).Nodes.Child(t.Context(), drive.RootID(), name); err != nil || n.Name != name {
			t.Errorf("%+q: %v, %v", name, n, err)
		}
	}
}
