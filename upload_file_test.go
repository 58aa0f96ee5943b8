package acd_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

func TestUploadFileTakesTheFilesName(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClient(t, drive)
	dir := t.TempDir()
	path := filepath.Join(dir, "a photo.jpg")
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := client.Content.UploadFile(t.Context(), "", path, acd.WithLabels("x"))
	if err != nil || n.Name != "a photo.jpg" || n.MD5() != sum("content") || !slices.Equal(n.Labels, []string{"x"}) {
		t.Errorf("%+v, %v", n, err)
	}
	for name, tc := range map[string]struct {
		path string
		want error
	}{
		"missing":     {filepath.Join(dir, "no"), fs.ErrNotExist},
		"a directory": {dir, acd.ErrInvalid},
	} {
		var e *acd.Error
		if _, err := client.Content.UploadFile(t.Context(), "", tc.path); !errors.Is(err, tc.want) || !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := uploads(drive); n != 1 {
		t.Errorf("%d uploads", n)
	}
}

// A file that is written to while it is sent may be stored as a mixture. UploadFile must then fail.
func TestUploadFileNoticesAChange(t *testing.T) {
	drive := mocks.NewDrive()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte(strings.Repeat("old ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	change := acd.WithProgress(func(p acd.Progress) {
		if p.Phase == acd.PhaseSending && p.Done == p.Total {
			if err := os.WriteFile(path, []byte("new"), 0o600); err != nil {
				t.Error(err)
			}
		}
	})
	n, err := newClient(t, drive).Content.UploadFile(t.Context(), "", path, change)
	if !errors.Is(err, acd.ErrChanged) || n == nil {
		t.Errorf("%+v, %v", n, err)
	}
}

// Labels and properties must not be lost when the upload becomes an overwrite.
func TestOverwritingUploadKeepsLabelsAndProperties(t *testing.T) {
	for name, fault := range map[string]mocks.Fault{
		"in one request": {},
		"one by one":     {Op: mocks.OpNodesUpdate, Times: 1, Status: 400, Body: `{"message":"The field properties cannot be updated"}`},
	} {
		t.Run(name, func(t *testing.T) {
			drive := mocks.NewDrive()
			if _, err := drive.WriteFile("f", []byte("old")); err != nil {
				t.Fatal(err)
			}
			if fault.Op != "" {
				drive.Inject(fault)
			}
			client := newClient(t, drive)
			properties := map[string]string{"a": "1", "b": "2"}
			n, err := client.Content.Upload(t.Context(), "", "f", strings.NewReader("new"), acd.IfExists(acd.OverwriteIfExists),
				acd.WithLabels("x", "y"), acd.WithProperties(drive.Owner(), properties))
			if err != nil {
				t.Fatal(err)
			}
			if n, err = client.Nodes.Get(t.Context(), n.ID); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(properties, n.Properties[drive.Owner()]); diff != "" || !slices.Equal(n.Labels, []string{"x", "y"}) || n.MD5() != sum("new") {
				t.Errorf("%+v (properties -want +got: %s)", n, diff)
			}
			want := 1
			if fault.Op != "" {
				want = 2
			}
			if got := drive.Counters().ByOp[mocks.OpNodesUpdate]; got != want {
				t.Errorf("%d updates, want %d", got, want)
			}
		})
	}
}

// If the stored content differs from what was sent, RemoveOnMismatch removes the new node.
func TestRemoveOnMismatch(t *testing.T) {
	for name, opts := range map[string][]acd.UploadOption{"kept": nil, "removed": {acd.RemoveOnMismatch()}} {
		t.Run(name, func(t *testing.T) {
			drive := mocks.NewDrive()
			drive.Inject(mocks.Fault{Op: mocks.OpContentUpload, WrongMD5: true, Times: 1})
			n, err := newClient(t, drive).Content.Upload(t.Context(), "", "f", strings.NewReader("x"), opts...)
			if !errors.Is(err, acd.ErrChecksum) || n == nil || acd.IsRetryable(err) || !acd.IsRetryableFromStart(err) {
				t.Fatalf("%+v, %v", n, err)
			}
			if got := len(drive.Snapshot().Tree); (got == 0) != (opts != nil) {
				t.Errorf("%d nodes are left", got)
			}
		})
	}
}
