package acd_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/google/go-cmp/cmp"
)

func TestTrashLostAnswer(t *testing.T) {
	for name, fault := range map[string]mocks.Fault{
		"trashed, 504":     {At: mocks.AfterBody, Status: 504, Commit: true},
		"not trashed, 504": {Status: 504},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive()
				id, err := drive.WriteFile("f", []byte("x"))
				if err != nil {
					t.Fatal(err)
				}
				fault.Op, fault.Times = "Nodes.Trash", 1
				drive.Inject(fault)
				client := newClient(t, drive)
				n, err := client.Nodes.Trash(t.Context(), id)
				if err != nil || n.Status != acd.StatusTrash {
					t.Errorf("%+v, %v", n, err)
				}
				if _, err := client.Nodes.Child(t.Context(), drive.RootID(), "f"); !errors.Is(err, acd.ErrNotFound) {
					t.Errorf("still found: %v", err)
				}
				if n, err := client.Nodes.Trash(t.Context(), id); err != nil || n.ID != id || n.Status != acd.StatusTrash {
					t.Errorf("trashing again: %+v, %v", n, err)
				}
			})
		})
	}
}

func TestTrashAndRestore(t *testing.T) {
	drive, client, id := plant(t, "a/f", "a/g", "h")
	folder, file := id("a"), id("h")
	for _, x := range []string{folder, file} {
		if _, err := client.Nodes.Trash(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	var trashed []string
	for n, err := range client.Nodes.Trashed(t.Context(), acd.ListOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		trashed = append(trashed, n.Name)
	}
	slices.Sort(trashed)
	if diff := cmp.Diff([]string{"a", "h"}, trashed); diff != "" {
		t.Errorf("trash (-want +got):\n%s", diff)
	}
	if n, err := client.Nodes.Restore(t.Context(), folder); err != nil || n.Status != acd.StatusAvailable {
		t.Errorf("%+v, %v", n, err)
	}
	drive.WriteFile("h", []byte("another"))
	if _, err := client.Nodes.Restore(t.Context(), file); !errors.Is(err, acd.ErrExists) {
		t.Errorf("restored onto a name that is taken: %v", err)
	}
	if err := client.Nodes.Purge(t.Context(), file); !errors.Is(err, acd.ErrForbidden) {
		t.Errorf("purge: %v", err)
	}
	if _, err := client.Nodes.Trash(t.Context(), drive.RootID()); !errors.Is(err, acd.ErrForbidden) {
		t.Errorf("trash of the root: %v", err)
	}
}
