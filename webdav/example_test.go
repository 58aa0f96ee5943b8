package webdav_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/webdav"
)

// A program serves a drive in its own HTTP server. Put a check of who sends the request around the
// handler.
func ExampleNew() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	mux := http.NewServeMux()
	mux.Handle("/drive/", webdav.New(drive.Client(ctx), webdav.WithPrefix("/drive")))
	server := httptest.NewServer(mux)
	defer server.Close()

	req, err := http.NewRequestWithContext(ctx, http.MethodPut, server.URL+"/drive/hello.txt", strings.NewReader("hello, drive\n"))
	if err != nil {
		log.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		log.Fatal(err)
	}
	resp.Body.Close()
	fmt.Println(resp.Status, resp.Header.Get("ETag"))
	content, err := drive.ReadFile("hello.txt")
	fmt.Printf("%s%v\n", content, err)
	// Output:
	// 201 Created "3ab6f3ebc54dcd452c6adc967894f9ae"
	// hello, drive
	// <nil>
}

// A drive is served on this machine only. Give the URL to Finder, rclone or another client. The URL
// is secret.
func ExampleListen() {
	ctx, stop := context.WithCancel(context.Background())
	drive := mocks.NewDrive()
	if _, err := drive.WriteFile("hello.txt", []byte("hello, drive\n")); err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	server, err := webdav.Listen(ctx, drive.Client(ctx), webdav.Config{SecretFile: filepath.Join(dir, "webdav-secret")})
	if err != nil {
		log.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- server.Serve(ctx) }()

	resp, err := http.Get(server.URL() + "hello.txt")
	if err != nil {
		log.Fatal(err)
	}
	content, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	fmt.Printf("%s%v\n", content, err)
	stop()
	fmt.Println(<-done)
	// Output:
	// hello, drive
	// <nil>
	// <nil>
}
