package acd_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// plant makes a new drive with the given files and folders. It also returns a function that gives
// the id of a path.
func plant(t testing.TB, files ...string) (*mocks.Drive, *acd.Client, func(path string) string) {
	t.Helper()
	drive := mocks.NewDrive()
	for _, f := range files {
		if path, folder := strings.CutSuffix(f, "/"); folder {
			if _, err := drive.Mkdir(path); err != nil {
				t.Fatal(err)
			}
		} else if _, err := drive.WriteFile(f, []byte(f)); err != nil {
			t.Fatal(err)
		}
	}
	id := func(path string) string {
		id, ok := drive.Lookup(path)
		if !ok {
			t.Fatalf("there is no %q", path)
		}
		return id
	}
	return drive, newClient(t, drive), id
}

func TestUpdate(t *testing.T) {
	drive, client, id := plant(t, "f", "taken")
	n, err := client.Nodes.Update(t.Context(), id("f"), acd.SetName("a/b"), acd.SetLabels("x", "y"), acd.SetDescription("evening light"))
	if err != nil {
		t.Fatal(err)
	}
	if n.Name != "a/b" || n.RawName != "a\uff0fb" || n.Description != "evening light" || !slices.Equal(n.Labels, []string{"x", "y"}) || n.Version < 2 {
		t.Errorf("node %+v", n)
	}
	if n, err = client.Nodes.Update(t.Context(), n.ID, acd.SetLabels()); err != nil || len(n.Labels) != 0 || n.Name != "a/b" {
		t.Errorf("labels taken off: %+v, %v", n, err)
	}
	if _, err := client.Nodes.Update(t.Context(), n.ID); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("nothing to change: %v", err)
	}
	_, err = client.Nodes.Rename(t.Context(), n.ID, "TAKEN")
	var e *acd.Error
	if !errors.Is(err, acd.ErrExists) || !errors.As(err, &e) || e.ConflictID != id("taken") {
		t.Errorf("error %v, want ErrExists with %s", err, id("taken"))
	}
	_ = drive
}
