package transfer_test

import (
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

func TestPatterns(t *testing.T) {
	source := files{"a.go": "1", "a.txt": "2", "sub/b.go": "3", "sub/skip/c.go": "4", "docs/d.txt": "5", "docs/deep/e.txt": "6", "big.go": "1234567890", "only/": ""}
	tests := []struct {
		name             string
		include, exclude []string
		max              int64
		want             files
	}{
		{"a name anywhere", []string{"*.go"}, nil, 0, files{"a.go": "1", "sub/b.go": "3", "sub/skip/c.go": "4", "big.go": "1234567890"}},
		{"a folder left out", nil, []string{"skip", "docs/"}, 0, files{"a.go": "1", "a.txt": "2", "sub/b.go": "3", "big.go": "1234567890", "only/": ""}},
		{"exclude wins", []string{"*.go"}, []string{"a.*"}, 0, files{"sub/b.go": "3", "sub/skip/c.go": "4", "big.go": "1234567890"}},
		{"a path from the top", []string{"/a.go", "docs/*.txt"}, nil, 0, files{"a.go": "1", "docs/d.txt": "5"}},
		{"any depth", []string{"docs/**"}, nil, 0, files{"docs/d.txt": "5", "docs/deep/e.txt": "6"}},
		{"in the middle", []string{"sub/**/*.go"}, nil, 0, files{"sub/b.go": "3", "sub/skip/c.go": "4"}},
		{"size", []string{"*.go"}, nil, 9, files{"a.go": "1", "sub/b.go": "3", "sub/skip/c.go": "4"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			drive := mocks.NewDrive()
			client := drive.Client(t.Context())
			from, to := t.TempDir(), t.TempDir()
			write(t, from, source)
			seed(t, drive, files{"all/": ""})
			opts := transfer.Options{Include: test.include, Exclude: test.exclude, MaxSize: test.max}
			if _, err := transfer.Upload(t.Context(), client, from, "some", opts); err != nil {
				t.Fatal(err)
			}
			equal(t, withFolders(test.want), remote(t, drive, "some"), cmpopts.EquateEmpty())
			if _, err := transfer.Upload(t.Context(), client, from, "all", transfer.Options{}); err != nil {
				t.Fatal(err)
			}
			if _, err := transfer.Download(t.Context(), client, "all", to, opts); err != nil {
				t.Fatal(err)
			}
			equal(t, withFolders(test.want), local(t, to), cmpopts.EquateEmpty())
		})
	}
}

func TestMatcherSaysWhatACopyTakes(t *testing.T) {
	m, err := transfer.NewMatcher(transfer.Options{Include: []string{"*.go"}, Exclude: []string{"/old/"}, MaxSize: 10})
	if err != nil {
		t.Fatal(err)
	}
	if !m.File("a/b.go", 10) || m.File("a/b.go", 11) || m.File("a/b.txt", 1) {
		t.Error("files")
	}
	if !m.Folder("a") || m.Folder("old") || !m.Folder("a/old") {
		t.Error("folders")
	}
	if _, err := transfer.NewMatcher(transfer.Options{Exclude: []string{"["}}); err == nil {
		t.Error("a pattern that is none is accepted")
	}
}
