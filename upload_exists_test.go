package acd_test

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

func TestTakenNameNamesTheOtherNode(t *testing.T) {
	drive := mocks.NewDrive()
	id, err := drive.WriteFile("A.txt", []byte("first"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "a.TXT", strings.NewReader("second"))
	var e *acd.Error
	if !errors.Is(err, acd.ErrExists) || !errors.Is(err, fs.ErrExist) || !errors.As(err, &e) || e.ConflictID != id || e.Code != "NAME_ALREADY_EXISTS" {
		t.Errorf("error %v, want ErrExists with %s", err, id)
	}
	if n := uploads(drive); n != 1 {
		t.Errorf("%d uploads for one conflict", n)
	}
}

func TestIfExists(t *testing.T) {
	for name, tc := range map[string]struct {
		policy  acd.ExistsPolicy
		content string
		stream  bool
		err     error
		paths   map[string]string
	}{
		"fail":                     {acd.FailIfExists, "new", false, acd.ErrExists, map[string]string{"f.tar.gz": "old"}},
		"overwrite":                {acd.OverwriteIfExists, "new", false, nil, map[string]string{"f.tar.gz": "new"}},
		"overwrite from a stream":  {acd.OverwriteIfExists, "new", true, nil, map[string]string{"f.tar.gz": "new"}},
		"keep both":                {acd.KeepBoth, "new", false, nil, map[string]string{"f.tar.gz": "old", "f.tar (1).gz": "taken", "f.tar (2).gz": "new"}},
		"keep both from a stream":  {acd.KeepBoth, "new", true, nil, map[string]string{"f.tar.gz": "old", "f.tar (2).gz": "new"}},
		"skip identical":           {acd.SkipIdentical, "old", false, nil, map[string]string{"f.tar.gz": "old"}},
		"skip identical stream":    {acd.SkipIdentical, "old", true, nil, map[string]string{"f.tar.gz": "old"}},
		"skip, but not identical":  {acd.SkipIdentical, "new", false, acd.ErrExists, map[string]string{"f.tar.gz": "old"}},
		"skip, same size, differs": {acd.SkipIdentical, "odl", false, acd.ErrExists, map[string]string{"f.tar.gz": "old"}},
	} {
		t.Run(name, func(t *testing.T) {
			drive := mocks.NewDrive()
			drive.WriteFile("f.tar.gz", []byte("old"))
			drive.WriteFile("F.tar (1).gz", []byte("taken"))
			var src io.Reader = strings.NewReader(tc.content)
			if tc.stream {
				src = stream(tc.content)
			}
			n, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f.tar.gz", src, acd.IfExists(tc.policy))
			if !errors.Is(err, tc.err) {
				t.Fatalf("error %v, want %v", err, tc.err)
			}
			if err == nil && n.MD5() != sum(tc.content) {
				t.Errorf("the node's MD5 is not the source's: %+v", n)
			}
			for path, want := range tc.paths {
				if got, err := drive.ReadFile(path); err != nil || string(got) != want {
					t.Errorf("%s holds %q (%v), want %q", path, got, err, want)
				}
			}
			if tc.policy == acd.SkipIdentical && uploads(drive) != 0 {
				t.Errorf("%d uploads, though the name was known to be taken", uploads(drive))
			}
		})
	}
}

func TestEqualFilesAreStoredUnlessDeduplicationIsAskedFor(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClient(t, drive)
	first, err := client.Content.Upload(t.Context(), drive.RootID(), "a", strings.NewReader("same"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Content.Upload(t.Context(), drive.RootID(), "b", strings.NewReader("same")); err != nil {
		t.Errorf("equal content: %v", err)
	}
	_, err = client.Content.Upload(t.Context(), drive.RootID(), "c", strings.NewReader("same"), acd.WithDeduplication(), acd.IfExists(acd.KeepBoth))
	var e *acd.Error
	if !errors.Is(err, acd.ErrExists) || !errors.As(err, &e) || e.Code != "MD5_DUPLICATE" || e.ConflictID == "" {
		t.Errorf("error %v, want MD5_DUPLICATE of %s", err, first.ID)
	}
}
