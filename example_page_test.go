package acd_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// A web site shows one page of a folder, with a link to the next page.
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

// Another run of the program requests the next page of a search.
func ExampleNodesService_ListPage() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	for _, name := range []string{"one.txt", "two.txt", "three.txt"} {
		if _, err := drive.WriteFile(name, nil); err != nil {
			log.Fatal(err)
		}
	}
	opts := acd.ListOptions{Filter: acd.FieldKind.Is(string(acd.KindFile)), PageSize: 2}
	first, err := drive.Client(ctx).Nodes.ListPage(ctx, "", opts)
	if err != nil {
		log.Fatal(err)
	}
	link := string(first.Next) // a PageToken can be part of a link without more escaping

	second, err := drive.Client(ctx).Nodes.ListPage(ctx, acd.PageToken(link), opts)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(first.Nodes), len(second.Nodes), second.Next == "")

	_, err = drive.Client(ctx).Nodes.ListPage(ctx, acd.PageToken(link), acd.ListOptions{})
	fmt.Println("of another listing:", errors.Is(err, acd.ErrInvalid))
	// Output:
	// 2 1 true
	// of another listing: true
}
