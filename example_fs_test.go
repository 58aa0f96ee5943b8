package acd_test

import (
	"context"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// A web server that sets the ETag of the file answers 304 if the browser has the file already.
func ExampleClient_FS_eTag() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	if _, err := drive.WriteFile("site/hello.html", []byte("<p>Hello</p>")); err != nil {
		log.Fatal(err)
	}
	site, err := fs.Sub(drive.Client(ctx).FS(ctx, acd.RootID), "site")
	if err != nil {
		log.Fatal(err)
	}
	files := http.FileServerFS(site)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info, err := fs.Stat(site, r.URL.Path[1:])
		if tagged, ok := info.(interface {
			ETag(context.Context) (string, error)
		}); ok && err == nil {
			if tag, err := tagged.ETag(r.Context()); err == nil {
				w.Header().Set("ETag", tag)
			}
		}
		files.ServeHTTP(w, r)
	})
	for _, have := range []string{"", `"5bf3d2f5234fee3abf8d993b25e899c3"`} {
		req := httptest.NewRequest(http.MethodGet, "/hello.html", nil)
		req.Header.Set("If-None-Match", have)
		resp := httptest.NewRecorder()
		handler.ServeHTTP(resp, req)
		fmt.Println(resp.Code, resp.Header().Get("ETag"))
	}
	// Output:
	// 200 "5bf3d2f5234fee3abf8d993b25e899c3"
	// 304 "5bf3d2f5234fee3abf8d993b25e899c3"
}
