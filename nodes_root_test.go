package acd_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// folderCalls are all methods that take the id of a folder. Each works below that folder, or finds
// what is in it.
var folderCalls = map[string]struct {
	takesAway bool // the call takes something out of the folder, so "" must be refused
	call      func(ctx context.Context, c *acd.Client, folder, file string) error
}{
	"Nodes.Children": {call: func(ctx context.Context, c *acd.Client, folder, _ string) error {
		return oneOf(c.Nodes.Children(ctx, folder, acd.ListOptions{}))
	}},
	"Nodes.Walk": {call: func(ctx context.Context, c *acd.Client, folder, _ string) error {
		for _, err := range c.Nodes.Walk(ctx, folder, acd.WalkOptions{}) {
			return err
		}
		return errors.New("nothing was found")
	}},
	"Nodes.Child": {call: func(ctx context.Context, c *acd.Client, folder, _ string) error {
		_, err := c.Nodes.Child(ctx, folder, "f")
		return err
	}},
	"Nodes.Resolve": {call: func(ctx context.Context, c *acd.Client, folder, _ string) error {
		_, err := c.Nodes.Resolve(ctx, folder, "f")
		return err
	}},
	"Nodes.Resolve of itself": {call: func(ctx context.Context, c *acd.Client, folder, _ string) error {
		_, err := c.Nodes.Resolve(ctx, folder, "")
		return err
	}},
	"Nodes.CreateFolder": {call: func(ctx context.Context, c *acd.Client, folder, _ string) error {
		_, err := c.Nodes.CreateFolder(ctx, folder, "new")
		return err
	}},
	"Nodes.MkdirAll": {call: func(ctx context.Context, c *acd.Client, folder, _ string) error {
		_, err := c.Nodes.MkdirAll(ctx, folder, "new/er")
		return err
	}},
	"Nodes.AddParent": {call: func(ctx context.Context, c *acd.Client, folder, file string) error {
		other, err := c.Nodes.MkdirAll(ctx, acd.RootID, "other")
		if err != nil {
			return err
		}
		inner, err := c.Content.Upload(ctx, other.ID, "inner", strings.NewReader("x"))
		if err != nil {
			return err
		}
		_, err = c.Nodes.AddParent(ctx, inner.ID, folder)
		return err
	}},
	"Nodes.Move to it": {call: func(ctx context.Context, c *acd.Client, folder, file string) error {
		other, err := c.Nodes.MkdirAll(ctx, acd.RootID, "other")
		if err != nil {
			return err
		}
		inner, err := c.Content.Upload(ctx, other.ID, "inner", strings.NewReader("x"))
		if err != nil {
			return err
		}
		_, err = c.Nodes.Move(ctx, inner.ID, other.ID, folder)
		return err
	}},
	"Nodes.Move out of it": {takesAway: true, call: func(ctx context.Context, c *acd.Client, folder, file string) error {
		_, err := c.Nodes.Move(ctx, file, folder, file)
		return err
	}},
	"Nodes.RemoveParent": {takesAway: true, call: func(ctx context.Context, c *acd.Client, folder, file string) error {
		_, err := c.Nodes.RemoveParent(ctx, file, folder)
		return err
	}},
	"Content.Upload": {call: func(ctx context.Context, c *acd.Client, folder, _ string) error {
		_, err := c.Content.Upload(ctx, folder, "up", strings.NewReader("x"))
		return err
	}},
	"Content.UploadFile": {call: func(ctx context.Context, c *acd.Client, folder, _ string) error {
		_, err := c.Content.UploadFile(ctx, folder, "doc.go")
		return err
	}},
	"FS": {call: func(ctx context.Context, c *acd.Client, folder, _ string) error {
		_, err := fs.ReadFile(c.FS(ctx, folder), "f")
		return err
	}},
}

func oneOf(seq func(func(*acd.Node, error) bool)) error {
	for _, err := range seq {
		return err
	}
	return errors.New("nothing was found")
}

// RootID is the drive's root in every argument that is a folder. "" means the same, except in calls
// that take something out of the folder: there "" must be refused before anything is sent.
func TestRootIsNamedTheSameEverywhere(t *testing.T) {
	for name, tc := range folderCalls {
		for _, folder := range []string{"", acd.RootID} {
			t.Run(name+"/"+folder, func(t *testing.T) {
				drive := mocks.NewDrive()
				file, err := drive.WriteFile("f", []byte("x"))
				if err != nil {
					t.Fatal(err)
				}
				client := newClient(t, drive)
				err = tc.call(t.Context(), client, folder, file)
				if tc.takesAway && folder == "" {
					if !errors.Is(err, acd.ErrInvalid) || drive.Counters().Requests != 0 {
						t.Errorf("%v after %d requests", err, drive.Counters().Requests)
					}
					return
				}
				// Moving a file into itself is refused, but the folder argument is not the reason.
				if err != nil && !strings.Contains(err.Error(), "into itself") {
					t.Error(err)
				}
			})
		}
	}
}

// Calls that take the id of any node also take RootID.
func TestRootIDIsANodesID(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClient(t, drive)
	n, err := client.Nodes.Get(t.Context(), acd.RootID)
	if err != nil || !n.IsRoot || n.ID != drive.RootID() {
		t.Errorf("%+v, %v", n, err)
	}
	if paths, err := client.Nodes.Paths(t.Context(), acd.RootID); err != nil || !slices.Equal(paths, []string{""}) {
		t.Errorf("%q, %v", paths, err)
	}
	if _, err := client.Nodes.Trash(t.Context(), acd.RootID); !errors.Is(err, acd.ErrForbidden) {
		t.Errorf("the root was trashed: %v", err)
	}
	if _, err := client.Nodes.Get(t.Context(), ""); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("no id at all: %v", err)
	}
}

// The client asks for the root's id only once, whichever call needs it first.
func TestRootIsAskedForOnce(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClient(t, drive)
	for range 5 {
		if _, err := client.Nodes.MkdirAll(t.Context(), "", "a"); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Nodes.Resolve(t.Context(), acd.RootID, "a"); err != nil {
			t.Fatal(err)
		}
	}
	if n := drive.Counters().ByOp[mocks.OpNodesList]; n != 1 {
		t.Errorf("the root was asked for %d times", n)
	}
}
