package acd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// quickly makes the waits before retries short, so that the examples run fast.
func quickly() acd.Option { return acd.WithRetryPolicy(acd.RetryPolicy{BaseDelay: time.Millisecond}) }

func ExampleContentService_UploadFile() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(path, []byte("milk, eggs"), 0o600); err != nil {
		log.Fatal(err)
	}

	n, err := mocks.NewDrive().Client(ctx).Content.UploadFile(ctx, acd.RootID, path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Name, n.Size())
	// Output: notes.txt 10
}

func ExampleContentService_Overwrite() {
	ctx := context.Background()
	drive, client, n := driveWith("notes.txt", "milk, eggs")
	changed, err := client.Content.Overwrite(ctx, n, strings.NewReader("milk, eggs, bread"))
	if err != nil {
		log.Fatal(err)
	}
	text, err := drive.ReadFile("notes.txt")
	fmt.Println(changed.ID == n.ID, changed.ContentProperties.Version, string(text), err)
	// Output: true 2 milk, eggs, bread <nil>
}

func ExampleContentService_Open() {
	ctx := context.Background()
	_, client, n := driveWith("poem.txt", "Tyger Tyger, burning bright")
	r, err := client.Content.Open(ctx, n)
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	var text strings.Builder
	if _, err := io.Copy(&text, r); err != nil { // acd.ErrChecksum if the content was damaged on its way
		log.Fatal(err)
	}
	fmt.Println(text.String())
	// Output: Tyger Tyger, burning bright
}

// IfExists says what happens if the name is taken.
func ExampleIfExists() {
	ctx := context.Background()
	for _, policy := range []acd.ExistsPolicy{acd.FailIfExists, acd.OverwriteIfExists, acd.KeepBoth, acd.SkipIdentical} {
		drive, client, _ := driveWith("notes.txt", "milk")
		_, err := client.Content.Upload(ctx, acd.RootID, "notes.txt", strings.NewReader("bread"), acd.IfExists(policy))
		text, _ := drive.ReadFile("notes.txt")
		fmt.Printf("exists: %t, notes.txt holds %s, on the drive: %q\n", errors.Is(err, acd.ErrExists), text, drive.Snapshot().Paths())
	}
	// Output:
	// exists: true, notes.txt holds milk, on the drive: ["notes.txt"]
	// exists: false, notes.txt holds bread, on the drive: ["notes.txt"]
	// exists: false, notes.txt holds milk, on the drive: ["notes (1).txt" "notes.txt"]
	// exists: true, notes.txt holds milk, on the drive: ["notes.txt"]
}

// Without WithDeduplication, the service stores equal files several times.
func ExampleWithDeduplication() {
	ctx := context.Background()
	_, client, _ := driveWith("notes.txt", "milk, eggs")
	_, err := client.Content.Upload(ctx, "", "copy.txt", strings.NewReader("milk, eggs"))
	fmt.Println(err)
	_, err = client.Content.Upload(ctx, "", "copy 2.txt", strings.NewReader("milk, eggs"), acd.WithDeduplication())
	var e *acd.Error
	fmt.Println(errors.Is(err, acd.ErrExists), errors.As(err, &e) && e.Code == "MD5_DUPLICATE" && e.ConflictID != "")
	// Output:
	// <nil>
	// true true
}

func ExampleWithLabels() {
	ctx := context.Background()
	n, err := mocks.NewDrive().Client(ctx).Content.Upload(ctx, "", "beach.jpg", strings.NewReader("a beach"),
		acd.WithLabels("holiday", "2016"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Labels)
	// Output: [holiday 2016]
}

// The properties are sent with the upload and need no extra request.
func ExampleWithProperties() {
	ctx := context.Background()
	drive := mocks.NewDrive(mocks.WithApp("photo-keeper"))
	client := drive.Client(ctx)
	n, err := client.Content.Upload(ctx, "", "beach.jpg", strings.NewReader("a beach"),
		acd.WithProperties("photo-keeper", map[string]string{"camera": "Z1"}))
	if err != nil {
		log.Fatal(err)
	}
	properties, err := client.Nodes.Properties(ctx, n.ID, "photo-keeper")
	fmt.Println(properties, err)
	// Output: map[camera:Z1] <nil>
}

func ExampleWithContentType() {
	ctx := context.Background()
	client := mocks.NewDrive().Client(ctx)
	for name, opts := range map[string][]acd.UploadOption{"a": nil, "b": {acd.WithContentType("image/x-raw")}} {
		n, err := client.Content.Upload(ctx, "", name, strings.NewReader("a picture"), opts...)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(n.Name, n.ContentProperties.ContentType)
	}
	// Unordered output:
	// a application/octet-stream
	// b image/x-raw
}

// The length of a pipe is not known. If the program knows it and gives it with WithSize, a source that
// ends early is an error.
func ExampleWithSize() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	client := drive.Client(ctx)
	pipe := func(text string) io.Reader { return io.MultiReader(strings.NewReader(text)) } // hides the length

	_, err := client.Content.Upload(ctx, "", "whole.txt", pipe("ten bytes."), acd.WithSize(10))
	fmt.Println(err)
	_, err = client.Content.Upload(ctx, "", "cut.txt", pipe("ten by"), acd.WithSize(10))
	fmt.Println(errors.Is(err, io.ErrUnexpectedEOF), drive.Snapshot().Paths())
	// Output:
	// <nil>
	// true [whole.txt]
}

// A pipe can be read only once. Therefore a broken upload of a pipe can be retried only if WithReopen
// opens the pipe again.
func ExampleWithReopen() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	client := drive.Client(ctx, quickly())
	open := func() io.Reader { return io.MultiReader(strings.NewReader("from a database, say")) }
	broken := mocks.Fault{Op: "Content.Upload", At: mocks.InBody, Reset: true, Times: 1}

	drive.Inject(broken)
	_, err := client.Content.Upload(ctx, "", "dump", open())
	fmt.Println(errors.Is(err, acd.ErrNotReplayable), acd.IsRetryableFromStart(err))

	drive.Inject(broken)
	n, err := client.Content.Upload(ctx, "", "dump", open(),
		acd.WithReopen(func() (io.ReadCloser, error) { return io.NopCloser(open()), nil }))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Name, n.Size())
	// Output:
	// true true
	// dump 20
}

// After a broken connection, the upload continues at the position up to which the service has the
// content.
func ExampleWithResume() {
	ctx := context.Background()
	drive := mocks.NewDrive(mocks.WithResumeChunk(1 << 20))
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB
	drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.InBody, After: 3 << 20, Reset: true, Times: 1})

	n, err := drive.Client(ctx, quickly()).Content.Upload(ctx, "", "film.bin", bytes.NewReader(content), acd.WithResume())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(n.Size()>>20, "MiB there, sent twice:", drive.Counters().Received > 7<<20)
	// Output: 4 MiB there, sent twice: false
}

// The service binds the id to one node for ever. A second upload with the same id fails with ErrExists.
func ExampleWithUploadID() {
	ctx := context.Background()
	client := mocks.NewDrive().Client(ctx)
	first, err := client.Content.Upload(ctx, "", "invoice.pdf", strings.NewReader("invoice"), acd.WithUploadID("invoice-2016-17"))
	if err != nil {
		log.Fatal(err)
	}
	_, err = client.Content.Upload(ctx, "", "invoice again.pdf", strings.NewReader("invoice"), acd.WithUploadID("invoice-2016-17"))
	fmt.Println(first.Name, errors.Is(err, acd.ErrExists))
	// Output: invoice.pdf true
}

// The client finds content that was damaged on its way, and removes it from the drive.
func ExampleRemoveOnMismatch() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.InBody, After: 400, Corrupt: true, Times: 1})
	_, err := drive.Client(ctx).Content.Upload(ctx, "", "notes.txt", strings.NewReader(strings.Repeat("milk, eggs\n", 1000)), acd.RemoveOnMismatch())
	fmt.Println(errors.Is(err, acd.ErrChecksum), drive.Snapshot().Paths())
	// Output: true []
}

func ExampleWithoutVerification() {
	ctx := context.Background()
	drive, client, n := driveWith("notes.txt", "milk, eggs")
	damage := mocks.Fault{Op: "Content.Download", At: mocks.InAnswer, Corrupt: true, Times: 1}
	for _, opts := range [][]acd.DownloadOption{nil, {acd.WithoutVerification()}} {
		drive.Inject(damage)
		err := client.Content.Download(ctx, n, &buffer{}, opts...)
		fmt.Println(errors.Is(err, acd.ErrChecksum))
	}
	// Output:
	// true
	// false
}

// A file of several parts is downloaded on several connections. The parts have about the same size, so
// that all connections end at about the same time.
func ExampleWithPartSize() {
	ctx := context.Background()
	drive, client, n := driveWith("video.bin", pattern(300_000))
	if err := client.Content.Download(ctx, n, &buffer{}, acd.WithPartSize(64<<10)); err != nil {
		log.Fatal(err)
	}
	fmt.Println(drive.Counters().ByOp["Content.Download"], "requests, four at once")
	// Output: 8 requests, four at once
}

// With one part at a time, a download uses less memory and only one connection.
func ExampleWithConcurrency() {
	ctx := context.Background()
	_, client, n := driveWith("video.bin", pattern(300_000))
	var b buffer
	err := client.Content.Download(ctx, n, &b, acd.WithPartSize(64<<10), acd.WithConcurrency(1))
	fmt.Println(string(b.data) == pattern(300_000), err)
	// Output: true <nil>
}

func ExampleWithMaxUploadSize() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	client := drive.Client(ctx, acd.WithMaxUploadSize(50_000<<20)) // the service fails on larger files only after the whole upload
	huge := io.NewSectionReader(mocks.Synthetic(1, 60<<30), 0, 60<<30)
	_, err := client.Content.Upload(ctx, "", "disk.img", huge)
	fmt.Println(errors.Is(err, acd.ErrTooLarge), drive.Counters().Received, "bytes sent")
	// Output: true 0 bytes sent
}

// The response of an upload is lost, and the service shows the new file late. Because of the option, the
// client looks for the file only once. By default it looks for three minutes for each GiB, and for at
// least ten seconds.
func ExampleWithUploadWaitPerGiB() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.Inject(mocks.Fault{Op: "Content.Upload", Commit: true, Status: http.StatusRequestTimeout, VisibleAfter: mocks.Duration(time.Hour)})
	_, err := drive.Client(ctx, acd.WithUploadWaitPerGiB(0)).Content.Upload(ctx, "", "a.txt", strings.NewReader("a"))
	fmt.Println(errors.Is(err, acd.ErrOutcomeUnknown), acd.IsRetryable(err))
	// Output: true false
}

// A tempLink leads directly to the storage. The limit that the content host has for large files does not
// apply there.
func ExampleWithTempLinkThreshold() {
	ctx := context.Background()
	drive, _, n := driveWith("poem.txt", "Tyger Tyger, burning bright")
	for _, from := range []int64{9 << 30, 0} {
		drive.ClearJournal()
		if err := drive.Client(ctx, acd.WithTempLinkThreshold(from)).Content.Download(ctx, n, &buffer{}); err != nil {
			log.Fatal(err)
		}
		fmt.Println(drive.Counters().ByOp["Content.Download"], drive.Counters().ByOp["Content.TempLink"])
	}
	// Output:
	// 1 0
	// 0 1
}
