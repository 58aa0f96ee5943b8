package acd_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"maps"
	"slices"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// If the name is taken, the error is ErrExists and has the id of the existing node.
func ExampleNodesService_CreateFolder() {
	ctx := context.Background()
	client := mocks.NewDrive().Client(ctx)
	folder, err := client.Nodes.CreateFolder(ctx, acd.RootID, "Reports")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(folder.Name, folder.Kind)

	_, err = client.Nodes.CreateFolder(ctx, acd.RootID, "reports")
	var e *acd.Error
	fmt.Println(errors.Is(err, acd.ErrExists), errors.As(err, &e) && e.ConflictID == folder.ID)
	// Output:
	// Reports FOLDER
	// true true
}

// MkdirAll uses the folders that exist and makes the missing ones.
func ExampleNodesService_MkdirAll() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	client := drive.Client(ctx)
	for range 2 {
		folder, err := client.Nodes.MkdirAll(ctx, "", "backups/2016/may")
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(folder.Name)
	}
	fmt.Println(drive.Snapshot().Paths())
	// Output:
	// may
	// may
	// [backups backups/2016 backups/2016/may]
}

// One request changes name, labels and description. If it fails, none of them changes.
func ExampleNodesService_Update() {
	ctx := context.Background()
	_, client, n := driveWith("harbour.jpg", "a harbour")
	n, err := client.Nodes.Update(ctx, n.ID,
		acd.SetName("Hamburg harbour.jpg"), acd.SetLabels("holiday", "ships"), acd.SetDescription("evening light"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Name, n.Labels, n.Description)
	// Output: Hamburg harbour.jpg [holiday ships] evening light
}

func ExampleSetLabels() {
	ctx := context.Background()
	_, client, n := driveWith("harbour.jpg", "a harbour")
	for _, labels := range [][]string{{"a", "b"}, {"c"}, nil} { // each call replaces all labels
		n, err := client.Nodes.Update(ctx, n.ID, acd.SetLabels(labels...))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n.Labels)
	}
	// Output:
	// [a b]
	// [c]
	// []
}

func ExampleNodesService_Rename() {
	ctx := context.Background()
	drive, client, n := driveWith("draft.txt", "text")
	n, err := client.Nodes.Rename(ctx, n.ID, "final.txt")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Name, drive.Snapshot().Paths())
	// Output: final.txt [final.txt]
}

func ExampleNodesService_Move() {
	ctx := context.Background()
	drive, client, n := driveWith("draft.txt", "text")
	done, _ := drive.Mkdir("done")
	if _, err := client.Nodes.Move(ctx, n.ID, acd.RootID, done); err != nil {
		log.Fatal(err)
	}
	fmt.Println(drive.Snapshot().Paths())

	_, err := client.Nodes.Move(ctx, n.ID, "", acd.RootID) // the old folder is missing in the call
	fmt.Println(errors.Is(err, acd.ErrInvalid))
	// Output:
	// [done done/draft.txt]
	// true
}

// MoveAs renames the node as part of the move.
func ExampleMoveAs() {
	ctx := context.Background()
	drive, client, n := driveWith("draft.txt", "text")
	drive.WriteFile("done/draft.txt", []byte("another text"))
	done, _ := drive.Lookup("done")

	_, err := client.Nodes.Move(ctx, n.ID, acd.RootID, done)
	fmt.Println(errors.Is(err, acd.ErrExists))
	_, err = client.Nodes.Move(ctx, n.ID, acd.RootID, done, acd.MoveAs("draft 2.txt"))
	fmt.Println(err, drive.Snapshot().Paths())
	// Output:
	// true
	// <nil> [done done/draft 2.txt done/draft.txt]
}

// A node can be in several folders. It has the same name and content in each of them.
func ExampleNodesService_AddParent() {
	ctx := context.Background()
	drive, client, n := driveWith("beach.jpg", "a beach")
	best, _ := drive.Mkdir("best of")
	n, err := client.Nodes.AddParent(ctx, n.ID, best)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(n.Parents), n.HasParent(best))
	// Output: 2 true
}

func ExampleNodesService_RemoveParent() {
	ctx := context.Background()
	drive, client, n := driveWith("beach.jpg", "a beach")
	best, _ := drive.Mkdir("best of")
	if _, err := client.Nodes.AddParent(ctx, n.ID, best); err != nil {
		log.Fatal(err)
	}
	if _, err := client.Nodes.RemoveParent(ctx, n.ID, acd.RootID); err != nil {
		log.Fatal(err)
	}
	fmt.Println(drive.Snapshot().Paths())

	_, err := client.Nodes.RemoveParent(ctx, n.ID, acd.RootID) // the node is no longer in this folder
	fmt.Println(errors.Is(err, acd.ErrNotFound))
	// Output:
	// [best of best of/beach.jpg]
	// true
}

// Properties are short texts that an application stores with a node. Each application has its own
// properties, at most 10 for each node.
func ExampleNodesService_SetProperty() {
	ctx := context.Background()
	_, client, n := driveWith("beach.jpg", "a beach")
	owner := n.CreatedBy // the friendly name of the application
	for key, value := range map[string]string{"camera": "Z1", "rating": "5"} {
		if err := client.Nodes.SetProperty(ctx, n.ID, owner, key, value); err != nil {
			log.Fatal(err)
		}
	}
	err := client.Nodes.SetProperty(ctx, n.ID, owner, "no blanks here", "x")
	fmt.Println(errors.Is(err, acd.ErrInvalid))
	err = client.Nodes.SetProperty(ctx, n.ID, "somebody else", "rating", "1")
	fmt.Println(errors.Is(err, acd.ErrForbidden))
	// Output:
	// true
	// true
}

func ExampleNodesService_Properties() {
	ctx := context.Background()
	_, client, n := driveWith("beach.jpg", "a beach")
	if err := client.Nodes.SetProperty(ctx, n.ID, n.CreatedBy, "rating", "5"); err != nil {
		log.Fatal(err)
	}
	properties, err := client.Nodes.Properties(ctx, n.ID, n.CreatedBy)
	fmt.Println(properties, err)
	// Output: map[rating:5] <nil>
}

func ExampleNodesService_DeleteProperty() {
	ctx := context.Background()
	_, client, n := driveWith("beach.jpg", "a beach")
	if err := client.Nodes.SetProperty(ctx, n.ID, n.CreatedBy, "rating", "5"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(client.Nodes.DeleteProperty(ctx, n.ID, n.CreatedBy, "rating"))
	err := client.Nodes.DeleteProperty(ctx, n.ID, n.CreatedBy, "rating")
	fmt.Println(errors.Is(err, acd.ErrNotFound))
	// Output:
	// <nil>
	// true
}

// Trash also moves everything in the folder to the trash. After 30 days the service deletes it for good.
func ExampleNodesService_Trash() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.WriteFile("old/a.txt", nil)
	old, _ := drive.Lookup("old")
	client := drive.Client(ctx)
	n, err := client.Nodes.Trash(ctx, old)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Status, len(drive.Snapshot().Tree))

	n, err = client.Nodes.Trash(ctx, old) // it is in the trash already
	fmt.Println(n.Status, err)
	// Output:
	// TRASH 0
	// TRASH <nil>
}

func ExampleNodesService_Restore() {
	ctx := context.Background()
	drive, client, n := driveWith("notes.txt", "milk, eggs")
	if _, err := client.Nodes.Trash(ctx, n.ID); err != nil {
		log.Fatal(err)
	}
	drive.WriteFile("notes.txt", []byte("bread")) // another file has taken the name
	_, err := client.Nodes.Restore(ctx, n.ID)
	fmt.Println(errors.Is(err, acd.ErrExists))

	if _, err := client.Nodes.Rename(ctx, n.ID, "old notes.txt"); err != nil {
		log.Fatal(err)
	}
	n, err = client.Nodes.Restore(ctx, n.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Status, drive.Snapshot().Paths())
	// Output:
	// true
	// AVAILABLE [notes.txt old notes.txt]
}

// TrashAll sends 50 nodes in each request. If one node fails, the others are still moved to the trash.
func ExampleNodesService_TrashAll() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	var ids []string
	for i := range 3 {
		id, _ := drive.WriteFile(fmt.Sprint(i, ".tmp"), nil)
		ids = append(ids, id)
	}
	const unknown = "AAAAAAAAAAAAAAAAAAAAAA"
	err := drive.Client(ctx).Nodes.TrashAll(ctx, append(ids, unknown))
	var bulk *acd.BulkError
	if errors.As(err, &bulk) {
		fmt.Println(slices.Collect(maps.Keys(bulk.Failed)), errors.Is(bulk.Failed[unknown], acd.ErrNotFound))
	}
	fmt.Println(len(drive.Snapshot().Tree), "left")
	// Output:
	// [AAAAAAAAAAAAAAAAAAAAAA] true
	// 0 left
}

func ExampleNodesService_RestoreAll() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	a, _ := drive.WriteFile("a.txt", nil)
	b, _ := drive.WriteFile("b.txt", nil)
	client := drive.Client(ctx)
	fmt.Println(client.Nodes.TrashAll(ctx, []string{a, b}), drive.Snapshot().Paths())
	fmt.Println(client.Nodes.RestoreAll(ctx, []string{a, b}), drive.Snapshot().Paths())
	// Output:
	// <nil> []
	// <nil> [a.txt b.txt]
}

// Only Amazon's own applications may purge nodes. Other applications can only move nodes to the trash.
func ExampleNodesService_Purge() {
	ctx := context.Background()
	_, client, n := driveWith("notes.txt", "milk, eggs")
	err := client.Nodes.Purge(ctx, n.ID)
	fmt.Println(errors.Is(err, acd.ErrForbidden))
	// Output: true
}

func ExampleNodesService_PurgeAll() {
	ctx := context.Background()
	drive := mocks.NewDrive(mocks.WithFirstParty()) // act as one of Amazon's own applications
	a, _ := drive.WriteFile("a.txt", nil)
	b, _ := drive.WriteFile("b.txt", nil)
	err := drive.Client(ctx).Nodes.PurgeAll(ctx, []string{a, b})
	fmt.Println(err, len(drive.Snapshot().Tree))
	// Output: <nil> 0
}

// Listings show changes late, and this mock does the same. With WaitVisible, the call waits until its
// change is visible in listings.
func ExampleWaitVisible() {
	ctx := context.Background()
	client := mocks.NewDrive(mocks.WithIndexLag(20 * time.Millisecond)).Client(ctx)
	if _, err := client.Nodes.CreateFolder(ctx, "", "a", acd.WaitVisible()); err != nil {
		log.Fatal(err)
	}
	for n, err := range client.Nodes.Children(ctx, "", acd.ListOptions{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n.Name)
	}
	// Output: a
}
