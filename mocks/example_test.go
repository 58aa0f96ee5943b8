package mocks_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/jarcoal/httpmock"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// backup is the program under test.
func backup(ctx context.Context, client *acd.Client, name, text string) error {
	dir, err := client.Nodes.MkdirAll(ctx, "", "backups/today")
	if err != nil {
		return err
	}
	_, err = client.Content.Upload(ctx, dir.ID, name, strings.NewReader(text))
	return err
}

// To test a program that uses the SDK, run the program against a drive and then look at the drive.
func Example() {
	drive := mocks.NewDrive()
	client := drive.Client(context.Background())

	if err := backup(context.Background(), client, "notes.txt", "hello"); err != nil {
		fmt.Println(err)
	}

	text, err := drive.ReadFile("backups/today/notes.txt")
	fmt.Println(string(text), err)
	fmt.Println(drive.Snapshot().Paths())
	// Output:
	// hello <nil>
	// [backups backups/today backups/today/notes.txt]
}

// The upload is stored, but its response is lost. The client first looks whether the file exists,
// so it does not upload the file again.
func ExampleDrive_Inject() {
	drive := mocks.NewDrive()
	client := drive.Client(context.Background())
	lost := drive.Inject(mocks.Fault{Op: "Content.Upload", Nth: 1, Commit: true, Status: http.StatusGatewayTimeout})

	err := backup(context.Background(), client, "notes.txt", "hello")

	fmt.Println(err, lost.Fired(), drive.Counters().ByOp["Content.Upload"])
	fmt.Println(drive.Snapshot().Paths())
	// Output:
	// <nil> 1 1
	// [backups backups/today backups/today/notes.txt]
}

// httpmock answers one request, and the drive answers all others.
func ExampleDrive_RoundTrip() {
	drive := mocks.NewDrive()
	transport := httpmock.NewMockTransport()
	const id = "s3UjpTtKTuKEY1E3VawOzQ"
	transport.RegisterResponder("GET", "=~/nodes/"+id, httpmock.NewStringResponder(200, `{"id":"`+id+`","kind":"GROUP","name":"new"}`))
	transport.RegisterNoResponder(drive.RoundTrip)
	client := drive.Client(context.Background(), acd.WithHTTPClient(&http.Client{Transport: transport}))

	node, err := client.Nodes.Get(context.Background(), id)
	fmt.Println(node.Kind, err)
	root, err := client.Nodes.Root(context.Background())
	fmt.Println(root.ID == drive.RootID(), err)
	// Output:
	// GROUP <nil>
	// true <nil>
}

// The drive rejects a token while the program works. The client gets another token and retries.
func ExampleDrive_ExpireTokens() {
	drive := mocks.NewDrive()
	client := drive.Client(context.Background())
	_, err := client.Nodes.Root(context.Background())
	fmt.Println(err)
	drive.ExpireTokens()
	_, err = client.Nodes.Get(context.Background(), drive.RootID())
	fmt.Println(err, drive.Counters().ByStatus[http.StatusUnauthorized])
	// Output:
	// <nil>
	// <nil> 1
}

// A program for Amazon Photos reads all results of a search, page by page, by offset. A search
// without a condition on hidden files does not find these, so the program misses them.
func ExampleWithPhotos() {
	drive := mocks.NewDrive(mocks.WithPhotos("amazon.de"))
	library, err := drive.SeedPhotos(1000, 1)
	if err != nil {
		fmt.Println(err)
	}
	client := &http.Client{Transport: drive}
	cookies := drive.NewSession().Header()

	found := map[string]bool{}
	for offset := 0; ; offset += 200 {
		address := fmt.Sprintf("https://www.amazon.de/drive/v1/search?resourceVersion=V2&ContentType=JSON&limit=200&offset=%d", offset)
		req, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
		req.Header.Set("Cookie", cookies)
		resp, err := client.Do(req)
		if err != nil {
			fmt.Println(err)
			return
		}
		var page struct{ Data []struct{ ID string } }
		err = json.NewDecoder(resp.Body).Decode(&page)
		resp.Body.Close()
		if err != nil || len(page.Data) == 0 {
			break
		}
		for _, n := range page.Data {
			found[n.ID] = true
		}
	}

	fmt.Println(library.Files, "files,", library.Hidden, "hidden,", len(found), "found")
	// Output:
	// 1000 files, 30 hidden, 970 found
}

// If the drive refuses a request, it does so with the status, code and text of the service.
func ExampleDrive_Client() {
	drive := mocks.NewDrive()
	client := drive.Client(context.Background())
	drive.Mkdir("Reports")
	_, err := client.Nodes.CreateFolder(context.Background(), drive.RootID(), "REPORTS")
	var e *acd.Error
	fmt.Println(errors.Is(err, acd.ErrExists), errors.As(err, &e) && e.Code == "NAME_ALREADY_EXISTS")
	// Output:
	// true true
}
