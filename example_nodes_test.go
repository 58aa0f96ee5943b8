package acd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"log"
	"net/http"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

func ExampleNodesService_Get() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	id, _ := drive.WriteFile("notes.txt", []byte("milk, eggs"))
	client := drive.Client(ctx)

	n, err := client.Nodes.Get(ctx, id)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Name, n.Kind, n.Status, n.Size(), n.MD5())

	_, err = client.Nodes.Get(ctx, "AAAAAAAAAAAAAAAAAAAAAA")
	fmt.Println(errors.Is(err, acd.ErrNotFound), errors.Is(err, fs.ErrNotExist))
	// Output:
	// notes.txt FILE AVAILABLE 10 f60962ff8f16bad187f86a9db7947bf5
	// true true
}

func ExampleNodesService_Root() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	root, err := drive.Client(ctx).Nodes.Root(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(root.IsRoot, root.IsFolder(), root.ID == drive.RootID())
	// Output: true true true
}

// Child compares names as the service does: without case.
func ExampleNodesService_Child() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.WriteFile("Hello.TXT", nil)
	client := drive.Client(ctx)

	n, err := client.Nodes.Child(ctx, acd.RootID, "hello.txt")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Name)
	_, err = client.Nodes.Child(ctx, acd.RootID, "goodbye.txt")
	fmt.Println(errors.Is(err, acd.ErrNotFound))
	// Output:
	// Hello.TXT
	// true
}

func ExampleNodesService_Resolve() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.WriteFile("photos/2016/beach.jpg", []byte("a beach"))
	client := drive.Client(ctx)

	n, err := client.Nodes.Resolve(ctx, "", "photos/2016/beach.jpg")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Name, n.Size())
	_, err = client.Nodes.Resolve(ctx, "", "photos/2017/beach.jpg")
	var e *acd.Error
	fmt.Println(errors.As(err, &e) && errors.Is(err, acd.ErrNotFound), e.Target)
	// Output:
	// beach.jpg 7
	// true photos/2017
}

// Paths returns every path of a node.
func ExampleNodesService_Paths() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	id, _ := drive.WriteFile("trips/beach.jpg", nil)
	best, _ := drive.Mkdir("best of")
	client := drive.Client(ctx)
	if _, err := client.Nodes.AddParent(ctx, id, best); err != nil {
		log.Fatal(err)
	}

	paths, err := client.Nodes.Paths(ctx, id)
	fmt.Printf("%q %v\n", paths, err)
	// Output: ["best of/beach.jpg" "trips/beach.jpg"] <nil>
}

// List all files on the drive that have a label, in descending order of their names.
func ExampleNodesService_List() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	client := drive.Client(ctx)
	for _, name := range []string{"a.jpg", "b.jpg", "c.jpg"} {
		id, _ := drive.WriteFile("photos/"+name, []byte(name))
		if name == "b.jpg" {
			continue
		}
		if _, err := client.Nodes.Update(ctx, id, acd.SetLabels("holiday")); err != nil {
			log.Fatal(err)
		}
	}

	for n, err := range client.Nodes.List(ctx, acd.ListOptions{
		Filter: acd.And(acd.FieldKind.Is("FILE"), acd.FieldLabels.Is("holiday")),
		Sort:   []acd.Order{acd.Descending(acd.FieldName)},
	}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n.Name, n.Labels)
	}
	// Output:
	// c.jpg [holiday]
	// a.jpg [holiday]
}

// An error is yielded once, as the last thing. The nodes before it are right, but some nodes may be
// missing.
func ExampleNodesService_List_error() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.WriteFile("a.txt", nil)
	drive.Inject(mocks.Fault{Op: "Nodes.List", Status: http.StatusForbidden, Body: `{"message":"Access denied"}`})
	files := 0
	for n, err := range drive.Client(ctx).Nodes.List(ctx, acd.ListOptions{}) {
		if err != nil {
			fmt.Println("after", files, "files: not allowed:", errors.Is(err, acd.ErrForbidden))
			break
		}
		if n.IsFile() {
			files++
		}
	}
	// Output: after 0 files: not allowed: true
}

func ExampleNodesService_Walk() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.WriteFile("photos/2015/a.jpg", []byte("a"))
	drive.WriteFile("photos/2016/b.jpg", []byte("bb"))
	drive.WriteFile("photos/notes.txt", []byte("notes"))
	photos, _ := drive.Lookup("photos")

	for e, err := range drive.Client(ctx).Nodes.Walk(ctx, photos, acd.WalkOptions{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(e.Path, e.Node.Kind, e.Node.Size())
	}
	// Output:
	// 2015 FOLDER 0
	// 2016 FOLDER 0
	// notes.txt FILE 5
	// 2015/a.jpg FILE 1
	// 2016/b.jpg FILE 2
}

func ExampleNodesService_Trashed() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	folder, _ := drive.Mkdir("old")
	drive.WriteFile("old/a.txt", nil)
	client := drive.Client(ctx)
	if _, err := client.Nodes.Trash(ctx, folder); err != nil {
		log.Fatal(err)
	}
	for n, err := range client.Nodes.Trashed(ctx, acd.ListOptions{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n.Name, n.Kind) // the content of the folder is in the trash too, but is not listed
	}
	// Output: old FOLDER
}

// A filter has a test for each field. And joins tests.
func ExampleAnd() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.WriteFile("IMG_1.jpg", []byte("one"))
	drive.WriteFile("IMG_2.jpg", []byte("two"))
	drive.WriteFile("notes.txt", []byte("two"))

	same := acd.FieldMD5.Is("b8a9f715dbb64fd5c56e7783c6820a61") // the MD5 of "two"
	for n, err := range drive.Client(ctx).Nodes.List(ctx, acd.ListOptions{
		Filter: acd.And(acd.FieldName.HasPrefix("IMG_"), same),
	}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n.Name)
	}
	// Output: IMG_2.jpg
}

// If a filter has a mistake, the call that uses it fails, and no request is sent.
func ExampleField_HasPrefix() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	for _, err := range drive.Client(ctx).Nodes.List(ctx, acd.ListOptions{Filter: acd.FieldMD5.HasPrefix("b8a9")}) {
		fmt.Println(err)
	}
	fmt.Println(drive.Counters().Requests, "requests")
	// Output:
	// acd: Nodes.List: invalid request: filter: the service has no test for a prefix of "contentProperties.md5"
	// 0 requests
}

// RawFilter takes a filter in the service's own language, for tests that this package does not have.
func ExampleRawFilter() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.WriteFile("a b.txt", nil)
	drive.WriteFile("c.txt", nil)
	for n, err := range drive.Client(ctx).Nodes.List(ctx, acd.ListOptions{Filter: acd.RawFilter(`kind:FILE AND name:"a\ b.txt"`)}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n.Name)
	}
	// Output: a b.txt
}

func ExamplePhotosAnyOf() {
	ctx := context.Background()
	drive := mocks.NewDrive(mocks.WithPhotos())
	for _, name := range []string{"a.txt", "b.txt", "c.txt"} {
		drive.WriteFile(name, nil)
	}
	client := drive.Client(ctx, acd.WithPhotos(""))
	for n, err := range client.Nodes.List(ctx, acd.ListOptions{
		Filter: acd.PhotosAnyOf(acd.FieldName, "a.txt", "c.txt"), Sort: []acd.Order{acd.Ascending(acd.FieldName)},
	}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n.Name)
	}
	// Output:
	// a.txt
	// c.txt
}

// Get returns the tempLink of a file only with WithTempLink. Keep it secret.
func ExampleWithTempLink() {
	ctx := context.Background()
	_, client, n := driveWith("poem.txt", "Tyger Tyger, burning bright")
	without, err := client.Nodes.Get(ctx, n.ID)
	if err != nil {
		log.Fatal(err)
	}
	with, err := client.Nodes.Get(ctx, n.ID, acd.WithTempLink())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(without.TempLink != "", with.TempLink != "")
	// Output: false true
}

// A rendition is a smaller picture that the service makes of a picture or a video. Each rendition is a
// node.
func ExampleWithAssets() {
	ctx := context.Background()
	var photo bytes.Buffer
	if err := png.Encode(&photo, image.NewGray(image.Rect(0, 0, 512, 384))); err != nil {
		log.Fatal(err)
	}
	_, client, n := driveWith("photo.png", photo.String())
	n, err := client.Nodes.Get(ctx, n.ID, acd.WithAssets(acd.AssetAll))
	if err != nil {
		log.Fatal(err)
	}
	for _, asset := range n.Assets {
		fmt.Println(asset.Kind, asset.ContentProperties.Image.Width, asset.ContentProperties.Image.Height)
	}
	// Output: ASSET 256 192
}
