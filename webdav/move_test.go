package webdav_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/mocks"
)

func TestMoveAndCopy(t *testing.T) {
	for _, tc := range []struct {
		name, method, from, to string
		headers                []string
		status                 int
		want                   []string // paths, each with the path where its content was before
		trash                  []string
	}{
		{"a file", "MOVE", "f", "new", nil, 201, []string{"g<g", "new<f", "x/y/h<x/y/h"}, nil},
		{"a file into a folder", "MOVE", "f", "x/y/f", nil, 201, []string{"g<g", "x/y/f<f", "x/y/h<x/y/h"}, nil},
		{"a file into a folder under another name", "MOVE", "f", "x/g", nil, 201, []string{"g<g", "x/g<f", "x/y/h<x/y/h"}, nil},
		{"a file over another", "MOVE", "f", "g", nil, 204, []string{"g<f", "x/y/h<x/y/h"}, []string{"g"}},
		{"a file over another, which is not allowed", "MOVE", "f", "g", []string{"Overwrite: F"}, 412, []string{"f<f", "g<g", "x/y/h<x/y/h"}, nil},
		{"a file over a folder", "MOVE", "f", "x/y", nil, 204, []string{"g<g", "x/y<f"}, []string{"y", "y/h"}},
		{"a folder over a file", "MOVE", "x/y", "g", nil, 204, []string{"f<f", "g/h<x/y/h"}, []string{"g"}},
		{"a folder", "MOVE", "x/y", "z", nil, 201, []string{"f<f", "g<g", "z/h<x/y/h"}, nil},
		{"a copy of a file", "COPY", "f", "new", nil, 201, []string{"f<f", "g<g", "new<f", "x/y/h<x/y/h"}, nil},
		{"a copy over a file", "COPY", "f", "g", nil, 204, []string{"f<f", "g<f", "x/y/h<x/y/h"}, nil},
		{"a copy over a file, which is not allowed", "COPY", "f", "g", []string{"Overwrite: F"}, 412, []string{"f<f", "g<g", "x/y/h<x/y/h"}, nil},
		{"a copy over a folder", "COPY", "f", "x", nil, 204, []string{"f<f", "g<g", "x<f"}, []string{"x", "x/y", "x/y/h"}},
		{"a copy of a folder", "COPY", "x", "z", nil, 201, []string{"f<f", "g<g", "x/y/h<x/y/h", "z/y/h<x/y/h"}, nil},
		{"a copy of a folder over a file", "COPY", "x", "f", nil, 204, []string{"f/y/h<x/y/h", "g<g", "x/y/h<x/y/h"}, []string{"f"}},
		{"a copy of a folder alone", "COPY", "x", "f", []string{"Depth: 0"}, 204, []string{"g<g", "x/y/h<x/y/h"}, []string{"f"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			drive := seed(t, "f", "g", "x/y/h")
			url := serveDrive(t, drive) + "/"
			do(t, tc.method, url+tc.from, "", append(tc.headers, "Destination: "+url+tc.to)...).want(t, tc.status)
			var got []string
			for _, path := range drive.Snapshot().Paths() {
				if c := content(drive, path); c != "nothing" {
					got = append(got, path+"<"+strings.TrimPrefix(c, "content of "))
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tc.trash, trashed(drive)); diff != "" {
				t.Error("trash:", diff)
			}
		})
	}
}

// If a COPY or MOVE fails, a replaced file is put back, and a half-made copy is removed.
func TestWhatFailsIsUndone(t *testing.T) {
	for _, tc := range []struct {
		name, method, from, to string
		fault                  mocks.Fault
	}{
		{"a move over a file", "MOVE", "f", "x/y/h", mocks.Fault{Op: "Nodes.Move", Status: 500}},
		{"a rename over a file", "MOVE", "f", "g", mocks.Fault{Op: "Nodes.Update", Status: 403}},
		{"a rename over a folder", "MOVE", "f", "x", mocks.Fault{Op: "Nodes.Update", Status: 429}},
		{"a move that loses its connection", "MOVE", "x/y", "g", mocks.Fault{Op: "Nodes.Move", Reset: true}},
		{"what is in the way cannot be removed", "MOVE", "f", "g", mocks.Fault{Op: "Nodes.Trash", Status: 403}},
		{"a copy over a file", "COPY", "f", "g", mocks.Fault{Op: "Content.Overwrite", Status: 403}},
		{"a copy over a folder", "COPY", "f", "x", mocks.Fault{Op: "Content.Upload", Status: 403}},
		{"a copy of what cannot be read", "COPY", "f", "x", mocks.Fault{Op: "Content.Download", Status: 404}},
		{"a copy of what is damaged", "COPY", "f", "new", mocks.Fault{Op: "Content.Download", At: mocks.InAnswer, Corrupt: true}},
		{"a copy of a folder", "COPY", "x", "g", mocks.Fault{Op: "Content.Upload", Status: 403, Nth: 2}},
		{"a copy of a folder that cannot be listed", "COPY", "x", "new", mocks.Fault{Op: "Nodes.Children", Status: 403, Nth: 5}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			drive := seed(t, "f", "g", "x/y/h", "x/y/i")
			url := serveDrive(t, drive) + "/"
			listed(t, url)
			before := live(drive)
			drive.ClearJournal()
			fault := drive.Inject(tc.fault)
			r := do(t, tc.method, url+tc.from, "", "Destination: "+url+tc.to)
			if r.status < 400 || fault.Fired() == 0 {
				t.Errorf("status %d, fault fired %d times: %v", r.status, fault.Fired(), drive.Counters().ByOp)
			}
			if diff := cmp.Diff(before, live(drive)); diff != "" {
				t.Error(diff)
			}
			for path := range before { // nothing else is shown either
				do(t, "PROPFIND", url+path, "", "Depth: 0").want(t, http.StatusMultiStatus)
			}
		})
	}
}

// If the client goes away during a request, nothing stays half done.
func TestClientThatGoesAway(t *testing.T) {
	drive := seed(t, "f", "g")
	url := serveDrive(t, drive) + "/"
	before := live(drive)
	ctx, leave := context.WithCancel(t.Context())
	fault := drive.Inject(mocks.Fault{Op: "Nodes.Update", Status: 503, Delay: mocks.Duration(1e9)})
	go func() {
		for fault.Fired() == 0 && len(trashed(drive)) == 0 {
			if ctx.Err() != nil {
				return
			}
		}
		leave()
	}()
	_, err := tryDo(ctx, "MOVE", url+"f", io.Reader(http.NoBody), "Destination: "+url+"g")
	if err == nil {
		t.Error("the request was answered")
	}
	for range 1000 {
		if cmp.Equal(before, live(drive)) {
			return
		}
		do(t, "OPTIONS", url, "")
	}
	t.Error(cmp.Diff(before, live(drive)))
}
