package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// A directory is uploaded, and not sent again by the second upload. Then it is downloaded to
// another directory.
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

// A dry run shows what would be done, and changes nothing.
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

// Files that are only on the drive are moved to its trash, after everything else is done.
func ExampleOptions_mirror() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	os.WriteFile(filepath.Join(dir, "new.txt"), []byte("new"), 0o644)

	ctx := context.Background()
	drive := mocks.NewDrive()
	for _, name := range []string{"a", "b", "c"} {
		drive.WriteFile("Backup/"+name+".txt", []byte(name))
	}
	client := drive.Client(ctx)
	opts := transfer.Options{Mirror: true} // by default, at most half of the nodes may be trashed
	_, err = transfer.Upload(ctx, client, dir, "Backup", opts)
	fmt.Println(errors.Is(err, transfer.ErrTooManyToTrash), drive.Snapshot().Paths())

	opts.MaxTrashShare = 1
	report, err := transfer.Upload(ctx, client, dir, "Backup", opts)
	fmt.Println(report.Trashed, err, drive.Snapshot().Paths())
	// Output:
	// true [Backup Backup/a.txt Backup/b.txt Backup/c.txt Backup/new.txt]
	// 3 <nil> [Backup Backup/new.txt]
}

// One file fails, and all others are copied. The same call again copies what is left.
func ExampleFailedError() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.WriteFile("photos/a.jpg", []byte("a"))
	refused, _ := drive.WriteFile("photos/b.jpg", []byte("b"))
	drive.Inject(mocks.Fault{Op: "Content.Download", NodeID: refused, Status: 403, Body: `{"message":"Access denied"}`, Times: 1})

	for range 2 {
		report, err := transfer.Download(ctx, drive.Client(ctx), "photos", dir, transfer.Options{})
		fmt.Println(report.Copied, "copied,", report.Identical, "identical,", report.Failed, "failed")
		var failed *transfer.FailedError
		if errors.As(err, &failed) {
			fmt.Println(failed.Failures[0].Path, errors.Is(err, acd.ErrForbidden))
		}
	}
	// Output:
	// 1 copied, 0 identical, 1 failed
	// b.jpg true
	// 1 copied, 1 identical, 0 failed
}

// The service does not keep the modification times of a client's files. This example keeps them as
// properties of the nodes.
func ExampleOptions_modTimes() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	from, to := filepath.Join(dir, "from"), filepath.Join(dir, "to")
	taken := time.Date(2016, 5, 4, 3, 2, 1, 0, time.UTC)
	os.Mkdir(from, 0o755)
	os.WriteFile(filepath.Join(from, "a.jpg"), []byte("a"), 0o644)
	os.Chtimes(filepath.Join(from, "a.jpg"), taken, taken)

	ctx := context.Background()
	client := mocks.NewDrive(mocks.WithApp("photo-keeper")).Client(ctx)
	opts := transfer.Options{ModTimeOwner: "photo-keeper"}
	if _, err := transfer.Upload(ctx, client, from, "photos", opts); err != nil {
		log.Fatal(err)
	}
	if _, err := transfer.Download(ctx, client, "photos", to, opts); err != nil {
		log.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(to, "a.jpg"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.ModTime().UTC())
	// Output: 2016-05-04 03:02:01 +0000 UTC
}
