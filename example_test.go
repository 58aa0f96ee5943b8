package acd_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"strings"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

func ExampleNewClient() {
	ctx := context.Background()
	drive := mocks.NewDrive() // stands in for the service
	client, err := acd.NewClient(ctx, drive.TokenSource(),
		acd.WithHTTPClient(&http.Client{Transport: drive}),
		acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 5}))
	if err != nil {
		log.Fatal(err)
	}
	root, err := client.Nodes.Root(ctx)
	fmt.Println(root.IsRoot, err)
	// Output: true <nil>
}

func ExampleContentService_Upload() {
	ctx := context.Background()
	client := mocks.NewDrive().Client(ctx)
	folder, err := client.Nodes.MkdirAll(ctx, "", "Reports/2016")
	if err != nil {
		log.Fatal(err)
	}
	n, err := client.Content.Upload(ctx, folder.ID, "hello.txt", strings.NewReader("hello, drive\n"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Name, n.Size(), n.MD5())

	_, err = client.Content.Upload(ctx, folder.ID, "HELLO.txt", strings.NewReader("again"))
	fmt.Println(errors.Is(err, acd.ErrExists))
	// Output:
	// hello.txt 13 3ab6f3ebc54dcd452c6adc967894f9ae
	// true
}

func ExampleNodesService_Children() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	for _, name := range []string{"a.txt", "b.txt", "c.jpg"} {
		drive.WriteFile("photos/"+name, []byte(name))
	}
	client := drive.Client(ctx)

	folder, err := client.Nodes.Resolve(ctx, "", "photos")
	if err != nil {
		log.Fatal(err)
	}
	for n, err := range client.Nodes.Children(ctx, folder.ID, acd.ListOptions{Sort: []acd.Order{acd.Ascending(acd.FieldName)}}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n.Name, n.Size())
	}
	// Output:
	// a.txt 5
	// b.txt 5
	// c.jpg 5
}
