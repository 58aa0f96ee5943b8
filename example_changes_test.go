package acd_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

func ExampleChangesService_Since() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.WriteFile("a.txt", []byte("a"))
	client := drive.Client(ctx)

	checkpoint := "" // from the beginning
	for _, name := range []string{"b.txt", "c.txt"} {
		drive.WriteFile(name, []byte(name))
		for set, err := range client.Changes.Since(ctx, checkpoint, acd.ChangesOptions{IncludePurged: true}) {
			if err != nil {
				log.Fatal(err)
			}
			for _, n := range set.Nodes {
				if !n.IsRoot {
					fmt.Println(n.Name, n.Status)
				}
			}
			checkpoint = set.Checkpoint
		}
		fmt.Println("so far")
	}
	// Output:
	// a.txt AVAILABLE
	// b.txt AVAILABLE
	// so far
	// c.txt AVAILABLE
	// so far
}

func ExampleChangesService_Watch() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.WriteFile("a.txt", []byte("a"))
	client := drive.Client(ctx)

	store := new(acd.MemoryCheckpointStore) // or acd.NewFileCheckpointStore("drive.checkpoint")
	errSeen := errors.New("up to date")
	err := client.Changes.Watch(ctx, store, func(ctx context.Context, set *acd.ChangeSet) error {
		for _, n := range set.Nodes {
			if !n.IsRoot {
				fmt.Println(n.Name, n.Size())
			}
		}
		if set.End {
			return errSeen // a real program returns nil here and continues
		}
		return nil
	}, acd.WatchOptions{})
	fmt.Println(errors.Is(err, errSeen))
	// Output:
	// a.txt 1
	// true
}
