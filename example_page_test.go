package acd_test

import (
	"context"
	"fmt"
	"log"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// A web site shows a page of a folder, with a link to the next one.
func ExampleNodesService_ChildrenPage() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		if _, err := drive.WriteFile("Letters/"+name, nil); err != nil {
			log.Fatal(err)
		}
	}
	client := drive.Client(ctx)
	folder, err := client.Nodes.Resolve(ctx, acd.RootID, "Letters")
	if err != nil {
		log.Fatal(err)
	}
	show := func(token acd.PageToken) (next acd.PageToken) {
		opts := acd.ListOptions{PageSize: 2, Sort: []acd.Order{acd.Ascending(acd.FieldName)}}
		page, err := client.Nodes.ChildrenPage(ctx, folder.ID, token, opts)
		if err != nil { // acd.ErrPageExpired: show the first page again
			log.Fatal(err)
		}
		for _, n := range page.Nodes {
			fmt.Print(n.Name, " ")
		}
		fmt.Println("of", page.Count)
		return page.Next
	}
	for next := show(""); next != ""; {
		next = show(next)
	}
	// Output:
	// a b of 5
	// c d of 5
	// e of 5
}
