package acd_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// If many programs call EnsureFolder at once with the same name, all get the same folder.
func ExampleNodesService_EnsureFolder() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	client := drive.Client(ctx)
	first, err := client.Nodes.EnsureFolder(ctx, acd.RootID, "Reports")
	if err != nil {
		log.Fatal(err)
	}
	again, err := client.Nodes.EnsureFolder(ctx, acd.RootID, "reports")
	fmt.Println(again.ID == first.ID, err)

	drive.WriteFile("notes", []byte("a file"))
	_, err = client.Nodes.EnsureFolder(ctx, acd.RootID, "notes")
	fmt.Println(errors.Is(err, acd.ErrExists))
	// Output:
	// true <nil>
	// true
}

// Properties are stored under the name of the application. The service has no call that returns this
// name.
func ExampleNodesService_PropertyOwner() {
	ctx := context.Background()
	client := mocks.NewDrive(mocks.WithApp("photo-keeper")).Client(ctx)
	if _, err := client.Content.Upload(ctx, "", "beach.jpg", strings.NewReader("a beach")); err != nil {
		log.Fatal(err)
	}
	owner, err := client.Nodes.PropertyOwner(ctx)
	fmt.Println(owner, err)
	// Output: photo-keeper <nil>
}

// A program that has not created any node can find its application name only by creating one. This node
// stays in the trash.
func ExampleWithScratchFolder() {
	ctx := context.Background()
	client := mocks.NewDrive(mocks.WithApp("photo-keeper")).Client(ctx)
	_, err := client.Nodes.PropertyOwner(ctx)
	fmt.Println(errors.Is(err, acd.ErrNotFound))
	owner, err := client.Nodes.PropertyOwner(ctx, acd.WithScratchFolder())
	fmt.Println(owner, err)
	// Output:
	// true
	// photo-keeper <nil>
}

func ExampleNodesService_SetProperties() {
	ctx := context.Background()
	_, client, n := driveWith("beach.jpg", "a beach")
	owner := n.CreatedBy
	n, err := client.Nodes.SetProperties(ctx, n.ID, owner, map[string]string{"camera": "Z1", "rating": "5"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Properties[owner])

	_, err = client.Nodes.SetProperties(ctx, n.ID, owner, map[string]string{"no blanks here": "x"})
	fmt.Println(errors.Is(err, acd.ErrInvalid))
	// Output:
	// map[camera:Z1 rating:5]
	// true
}

// MoveAs and Rename change the name of the node in all its folders. IfOnlyParent makes the move fail if
// the node is in another folder too.
func ExampleIfOnlyParent() {
	ctx := context.Background()
	drive, client, n := driveWith("beach.jpg", "a beach")
	best, _ := drive.Mkdir("best of")
	sorted, _ := drive.Mkdir("sorted")
	if _, err := client.Nodes.AddParent(ctx, n.ID, best); err != nil {
		log.Fatal(err)
	}
	_, err := client.Nodes.Move(ctx, n.ID, acd.RootID, sorted, acd.MoveAs("2016-05-04.jpg"), acd.IfOnlyParent())
	fmt.Println(errors.Is(err, acd.ErrOtherParents))
	// Output: true
}

// A name that was read from a drive with RawName is already encoded. Without WithRawName it would be
// encoded again, and the new node would have a different name.
func ExampleWithRawName() {
	ctx := context.Background()
	client := mocks.NewDrive().Client(ctx)
	const stored = "AC／DC.mp3" // the Node.RawName of "AC/DC.mp3" on another drive
	for _, opts := range [][]acd.UploadOption{nil, {acd.WithRawName()}} {
		n, err := client.Content.Upload(ctx, "", stored, strings.NewReader("music"), opts...)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n.RawName, "is", n.Name)
	}
	// Output:
	// AC‛／DC.mp3 is AC／DC.mp3
	// AC／DC.mp3 is AC/DC.mp3
}

func ExampleSetRawName() {
	ctx := context.Background()
	_, client, n := driveWith("music.mp3", "music")
	n, err := client.Nodes.Update(ctx, n.ID, acd.SetRawName("AC／DC.mp3"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.RawName, "is", n.Name)
	// Output: AC／DC.mp3 is AC/DC.mp3
}

func ExampleMoveAsRaw() {
	ctx := context.Background()
	drive, client, n := driveWith("music.mp3", "music")
	loud, _ := drive.Mkdir("loud")
	n, err := client.Nodes.Move(ctx, n.ID, acd.RootID, loud, acd.MoveAsRaw("AC／DC.mp3"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.RawName, "is", n.Name)
	// Output: AC／DC.mp3 is AC/DC.mp3
}
