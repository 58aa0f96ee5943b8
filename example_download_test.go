package acd_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// driveWith returns a drive with one file, a client of the drive, and the file's node.
func driveWith(name, text string) (*mocks.Drive, *acd.Client, *acd.Node) {
	drive := mocks.NewDrive()
	client := drive.Client(context.Background())
	id, err := drive.WriteFile(name, []byte(text))
	if err != nil {
		panic(err)
	}
	n, err := client.Nodes.Get(context.Background(), id)
	if err != nil {
		panic(err)
	}
	return drive, client, n
}

// After a broken connection the reader reconnects and continues. The whole content is verified.
func ExampleContentService_Open_brokenConnection() {
	ctx := context.Background()
	drive, client, n := driveWith("poem.txt", "Tyger Tyger, burning bright")
	drive.Inject(mocks.Fault{Op: "Content.Download", At: mocks.InAnswer, Reset: true, Times: 1})

	r, err := client.Content.Open(ctx, n)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	fmt.Println(string(text), err)
	// Output: Tyger Tyger, burning bright <nil>
}

// A Reader is an io.ReaderAt. To list the files of a zip archive, only the end of the archive is
// downloaded.
func ExampleReader_ReadAt() {
	ctx := context.Background()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, name := range []string{"a.txt", "b.txt"} {
		if _, err := w.Create(name); err != nil {
			fmt.Println(err)
		}
	}
	if err := w.Close(); err != nil {
		fmt.Println(err)
	}
	_, client, n := driveWith("photos.zip", archive.String())

	r, err := client.Content.Open(ctx, n)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	files, err := zip.NewReader(r, r.Size())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range files.File {
		fmt.Println(f.Name)
	}
	// Output:
	// a.txt
	// b.txt
}

func ExampleWithRange() {
	ctx := context.Background()
	_, client, n := driveWith("poem.txt", "Tyger Tyger, burning bright")

	r, err := client.Content.Open(ctx, n, acd.WithRange(13, 7))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	fmt.Println(string(text), err)
	// Output: burning <nil>
}

func ExampleContentService_Download() {
	ctx := context.Background()
	_, client, n := driveWith("video.bin", pattern(300_000))
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	f, err := os.Create(filepath.Join(dir, "video"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer f.Close()

	err = client.Content.Download(ctx, n, f, acd.WithPartSize(64<<10), acd.WithConcurrency(8))
	info, _ := f.Stat()
	fmt.Println(info.Size(), err)
	// Output: 300000 <nil>
}

// A file whose content is damaged during the download is not stored under the target name.
func ExampleContentService_DownloadFile() {
	ctx := context.Background()
	drive, client, n := driveWith("notes.txt", "milk, eggs")
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	target := filepath.Join(dir, "notes.txt")

	drive.Inject(mocks.Fault{Op: "Content.Download", At: mocks.InAnswer, Corrupt: true, Times: 1})
	err = client.Content.DownloadFile(ctx, n, target)
	_, missing := os.Stat(target)
	fmt.Println(errors.Is(err, acd.ErrChecksum), errors.Is(missing, os.ErrNotExist))

	err = client.Content.DownloadFile(ctx, n, target)
	text, _ := os.ReadFile(target)
	fmt.Println(string(text), err)
	// Output:
	// true true
	// milk, eggs <nil>
}

// If a name comes from somebody else, it cannot lead out of the root directory.
func ExampleContentService_DownloadFileIn() {
	ctx := context.Background()
	_, client, n := driveWith("f", "text")
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	root, err := os.OpenRoot(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer root.Close()

	for _, name := range []string{"../../etc/passwd", "inside.txt"} {
		err := client.Content.DownloadFileIn(ctx, n, root, name)
		fmt.Println(name, err == nil)
	}
	// Output:
	// ../../etc/passwd false
	// inside.txt true
}

func ExampleWithProgress() {
	ctx := context.Background()
	_, client, n := driveWith("f", "twelve bytes")

	var last acd.Progress
	err := client.Content.Download(ctx, n, &buffer{}, acd.WithProgress(func(p acd.Progress) { last = p }))
	fmt.Printf("%s: %d of %d bytes, %v\n", last.Phase, last.Done, last.Total, err)
	// Output: receiving: 12 of 12 bytes, <nil>
}

// Anyone who has the link can read the content for some time, without signing in.
func ExampleContentService_TempLink() {
	ctx := context.Background()
	drive, client, n := driveWith("poem.txt", "Tyger Tyger, burning bright")

	link, err := client.Content.TempLink(ctx, n.ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	anyone := &http.Client{Transport: drive}
	resp, err := anyone.Get(link)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	fmt.Println(string(text), err)
	// Output: Tyger Tyger, burning bright <nil>
}

func ExampleContentService_Thumbnail() {
	ctx := context.Background()
	var photo bytes.Buffer
	if err := png.Encode(&photo, image.NewGray(image.Rect(0, 0, 400, 300))); err != nil {
		fmt.Println(err)
	}
	_, client, n := driveWith("photo.png", photo.String())

	small, err := client.Content.Thumbnail(ctx, n.ID, 100)
	if err != nil {
		fmt.Println(err)
		return
	}
	picture, _, err := image.DecodeConfig(bytes.NewReader(small.Data))
	fmt.Println(small.ContentType, picture.Width, picture.Height, err)
	// Output: image/jpeg 100 75 <nil>
}
