package acd_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
	"github.com/acd-sdk/acd/mocks"
)

func TestEnsureFolderByManyAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive(mocks.WithIndexLag(2 * time.Second))
		ids := make(chan string, 16)
		var wg sync.WaitGroup
		for range cap(ids) {
			client := newClient(t, drive) // each client stands for a separate program
			wg.Go(func() {
				n, err := client.Nodes.EnsureFolder(t.Context(), "", "a/b")
				if err != nil {
					t.Error(err)
					return
				}
				if n.Name != "a/b" {
					t.Errorf("name %q: a name is no path", n.Name)
				}
				ids <- n.ID
			})
		}
		wg.Wait()
		close(ids)
		first := <-ids
		for id := range ids {
			if id != first {
				t.Errorf("folders %s and %s for one name", first, id)
			}
		}
	})
}

// Another program makes a folder of the same name between EnsureFolder's look and its request. The
// service's refusal does not name the folder, and listings do not show it at once.
func TestEnsureFolderLosesTheRace(t *testing.T) {
	server := foreign.Start(t)
	rival := server.AddFolder(server.Root(), "Folder")
	client := foreignClient(t, server)
	server.Hook(
		foreign.Times(2, "GET nodes/*/children", foreign.AlterJSON("", func(page map[string]any) { page["data"], page["count"] = []any{}, 0 })),
		foreign.AlterJSON("POST nodes", func(body map[string]any) {
			delete(body, "info")
			body["message"] = "taken"
		}))
	n, err := client.Nodes.EnsureFolder(t.Context(), server.Root(), "folder")
	if err != nil || n.ID != rival {
		t.Errorf("node %v, error %v, want %s", n, err, rival)
	}
	if found := server.Find(server.Root(), "folder"); len(found) != 1 {
		t.Errorf("folders %v", found)
	}
}

func TestEnsureFolderMeetsAFile(t *testing.T) {
	drive := mocks.NewDrive()
	id, _ := drive.WriteFile("Name", []byte("x"))
	_, err := newClient(t, drive).Nodes.EnsureFolder(t.Context(), "", "name")
	var e *acd.Error
	if !errors.Is(err, acd.ErrExists) || !errors.As(err, &e) || e.ConflictID != id {
		t.Errorf("error %v, want ErrExists with %s", err, id)
	}
}

// Labels and properties are sent in the request that creates the folder.
func TestFoldersAreMadeWithLabelsAndProperties(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClient(t, drive)
	opts := []acd.FolderOption{acd.WithLabels("one", "two"), acd.WithProperties(drive.Owner(), map[string]string{"key": "value"})}
	if _, err := client.Nodes.CreateFolder(t.Context(), "", "made", opts...); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Nodes.EnsureFolder(t.Context(), "", "ensured", opts...); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"made", "ensured"} {
		n := drive.Snapshot().Tree[name]
		if len(n.Labels) != 2 || n.Properties[drive.Owner()]["key"] != "value" {
			t.Errorf("%s has labels %q and properties %v", name, n.Labels, n.Properties)
		}
	}
	server := foreign.Start(t)
	var sent atomic.Int64
	server.Hook(foreign.After("PATCH nodes/*|PUT nodes/*/properties/*/*", func(http.ResponseWriter, *http.Request, *httptest.ResponseRecorder) { sent.Add(1) }))
	n, err := foreignClient(t, server).Nodes.CreateFolder(t.Context(), "", "made", opts...)
	if err != nil || len(n.Labels) != 2 || n.Properties[drive.Owner()]["key"] != "value" || sent.Load() != 0 {
		t.Errorf("foreign: node %+v, %d further requests, error %v", n, sent.Load(), err)
	}
	if _, err := client.Nodes.CreateFolder(t.Context(), "", "bad", acd.WithProperties(drive.Owner(), map[string]string{"no key!": ""})); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("a key that cannot be: %v", err)
	}
}
