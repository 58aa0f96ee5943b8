package acd_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// Client.Do sends names unchanged. EncodeName gives a name the form in which the drive stores it.
func ExampleClient_EncodeName() {
	client := mocks.NewDrive().Client(context.Background())
	fmt.Println(client.EncodeName("what/ever"))
	// Output: what／ever
}

// A package that builds on the client writes to the same log as the client.
func ExampleClient_Logger() {
	plain := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}
	client := mocks.NewDrive().Client(context.Background(), acd.WithLogger(slog.New(slog.NewTextHandler(os.Stdout, plain))))
	client.Logger().Warn("thumbnails: the cache is full")
	// Output: level=WARN msg="thumbnails: the cache is full"
}

// A backup leaves bandwidth for others: uploads use at most 2 MB/s, downloads have no limit.
func ExampleWithBandwidthLimit() {
	ctx := context.Background()
	client := mocks.NewDrive().Client(ctx, acd.WithBandwidthLimit(2e6, 0))
	n, err := client.Content.Upload(ctx, "", "a.txt", strings.NewReader("some content"))
	if err != nil {
		log.Fatal(err)
	}
	r, err := client.Content.Open(ctx, n)
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	fmt.Println(string(text), err)
	// Output: some content <nil>
}
