package transfer_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// A directory goes up, comes down elsewhere, and is not sent again.
func Example() {
	check := func(err error) {
		if err != nil {
			log.Fatal(err)
		}
	}
	dir, err := os.MkdirTemp("", "")
	check(err)
	defer os.RemoveAll(dir)
	check(os.MkdirAll(dir+"/photos/2016", 0o755))
	check(os.WriteFile(dir+"/photos/2016/a.jpg", []byte("a picture"), 0o644))
	check(os.WriteFile(dir+"/photos/notes.txt", []byte("notes"), 0o644))

	ctx := context.Background()
	client := mocks.NewDrive().Client(ctx) // or: client, err := acd.NewClient(ctx, tokenSource)
	show := transfer.Options{Workers: 1, OnEvent: func(e transfer.Event) { fmt.Println(e.Action, e.Path) }}
	for range 2 {
		report, err := transfer.Upload(ctx, client, filepath.Join(dir, "photos"), "Backup/photos", show)
		check(err)
		fmt.Println(report.Copied, "copied,", report.Bytes, "bytes,", report.Identical, "identical")
	}
	_, err = transfer.Download(ctx, client, "Backup", filepath.Join(dir, "restored"), transfer.Options{})
	check(err)
	content, err := os.ReadFile(filepath.Join(dir, "restored", "photos", "2016", "a.jpg"))
	check(err)
	fmt.Printf("%s\n", content)
	// Output:
	// made folder 2016
	// copied 2016/a.jpg
	// copied notes.txt
	// 2 copied, 14 bytes, 0 identical
	// identical 2016/a.jpg
	// identical notes.txt
	// 0 copied, 0 bytes, 2 identical
	// a picture
}

// What would be done, without doing it.
func ExampleUpload_dryRun() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	os.WriteFile(filepath.Join(dir, "new.txt"), []byte("new"), 0o644)
	os.WriteFile(filepath.Join(dir, "same.txt"), []byte("same"), 0o644)
	os.WriteFile(filepath.Join(dir, "scratch.tmp"), []byte("..."), 0o644)

	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.WriteFile("Backup/old.txt", []byte("old"))
	drive.WriteFile("Backup/same.txt", []byte("same"))
	_, err = transfer.Upload(ctx, drive.Client(ctx), dir, "Backup", transfer.Options{
		DryRun: true, Mirror: true, Exclude: []string{"*.tmp"}, Workers: 1,
		OnEvent: func(e transfer.Event) { fmt.Println(e.Action, e.Path) },
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// left out scratch.tmp
	// copied new.txt
	// identical same.txt
	// trashed old.txt
}
