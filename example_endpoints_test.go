package acd_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// With a store, a program that starts often requests the account's endpoints only once in three days.
func ExampleWithEndpointStore() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for range 3 { // three runs of the program
		store := acd.NewFileEndpointStore(filepath.Join(dir, "endpoints"))
		client := drive.Client(ctx, acd.WithEndpointStore(store))
		if _, err := client.Account.Info(ctx); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("asked for:", drive.Counters().ByOp[mocks.OpAccountEndpoints])
	// Output:
	// asked for: 1
}
