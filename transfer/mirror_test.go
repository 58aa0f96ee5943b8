package transfer_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// Mirror moves files to the trash. One failure does not stop the others.
func TestMirror(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/keep": "k", "b/gone": "g", "b/old/x": "x", "b/old/y": "y", "b/sub/gone": "g", "outside": "o"})
	from := t.TempDir()
	write(t, from, files{"KEEP": "k", "sub/new": "n"})
	refused, _ := drive.Lookup("b/gone")
	fault := drive.Inject(mocks.Fault{Op: "Nodes.Trash", NodeID: refused, Status: 403, Body: `{"code":"FORBIDDEN","message":"no"}`})
	opts := transfer.Options{Mirror: true, MaxTrashShare: 1}
	report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", opts)
	if !errors.Is(err, acd.ErrForbidden) || report.Trashed != 2 || report.Failed != 1 || report.Failures[0].Path != "gone" || fault.Fired() != 1 {
		t.Fatalf("error %v, report %+v", err, report)
	}
	equal(t, withFolders(files{"keep": "k", "gone": "g", "sub/new": "n"}), remote(t, drive, "b"))
	if n := len(drive.Snapshot().Trash); n < 2 {
		t.Errorf("%d nodes in the trash", n)
	}
	if _, err := drive.ReadFile("outside"); err != nil {
		t.Error(err)
	}
}

// If a local file failed, nothing is trashed: this file may be the one that seems to be missing.
func TestMirrorWaitsForSuccess(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/gone": "g"})
	from := t.TempDir()
	write(t, from, files{"a": "1", "A": "2"})
	if len(local(t, from)) != 2 {
		t.Skip("the local file system folds names itself")
	}
	report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{Mirror: true})
	if err == nil || report.Trashed != 0 {
		t.Errorf("error %v, report %+v", err, report)
	}
}

func TestMirrorSparesWhatPatternsLeaveOut(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/x.tmp": "1", "b/gone/x.tmp": "1", "b/gone/y": "2", "b/cache/z": "3", "b/big": "123456"})
	from := t.TempDir()
	_, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{Mirror: true, AllowEmptySource: true, MaxTrashShare: 1, Exclude: []string{"*.tmp", "cache"}, MaxSize: 5})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, withFolders(files{"x.tmp": "1", "gone/x.tmp": "1", "cache/z": "3", "big": "123456"}), remote(t, drive, "b"))
}

// A source without a file to copy may be a disk that is not mounted. It is refused.
func TestMirrorOfAnEmptySource(t *testing.T) {
	for name, tc := range map[string]struct {
		source files
		opts   transfer.Options
	}{
		"nothing":               {nil, transfer.Options{}},
		"empty folders":         {files{"a/b/": "", "c/": ""}, transfer.Options{}},
		"nothing to copy":       {files{"a.tmp": "x", "cache/y": "y"}, transfer.Options{Exclude: []string{"*.tmp", "cache"}}},
		"nothing but a dry run": {nil, transfer.Options{DryRun: true}},
		"a partial download":    {files{".acd-0123.partial": "x"}, transfer.Options{}},
	} {
		t.Run(name, func(t *testing.T) {
			drive := mocks.NewDrive()
			seed(t, drive, files{"b/one": "1", "b/two": "2"})
			from := t.TempDir()
			write(t, from, tc.source)
			opts := tc.opts
			opts.Mirror, opts.MaxTrashShare = true, 1
			before := drive.Counters().Requests
			_, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", opts)
			if n := drive.Counters().Requests - before; !errors.Is(err, transfer.ErrEmptySource) || n > 0 {
				t.Errorf("error %v, %d requests", err, n)
			}
			opts.AllowEmptySource = true
			report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", opts)
			if err != nil || report.Trashed != 2 {
				t.Errorf("error %v, report %+v", err, report)
			}
		})
	}
}

func TestMirrorLimits(t *testing.T) {
	// The drive has 10 nodes. 6 of them are extras: two files, and a folder with three files.
	tree := files{"b/keep/1": "", "b/keep/2": "", "b/keep/3": "", "b/gone1": "", "b/gone2": "", "b/old/x": "", "b/old/y": "", "b/old/deep": ""}
	for name, tc := range map[string]struct {
		opts    transfer.Options
		trashed int
	}{
		"half is the default":       {transfer.Options{}, 0},
		"a share below":             {transfer.Options{MaxTrashShare: 0.59}, 0},
		"a share":                   {transfer.Options{MaxTrashShare: 0.6}, 3},
		"no limit":                  {transfer.Options{MaxTrashShare: 1}, 3},
		"a number":                  {transfer.Options{MaxTrashShare: 1, MaxTrash: 6}, 3},
		"a number below":            {transfer.Options{MaxTrashShare: 1, MaxTrash: 5}, 0},
		"the lower is the number":   {transfer.Options{MaxTrashShare: 0.9, MaxTrash: 1}, 0},
		"the lower is the share":    {transfer.Options{MaxTrash: 100}, 0},
		"patterns narrow the scope": {transfer.Options{MaxTrashShare: 0.6, Exclude: []string{"1", "2"}}, 0},
		"and what goes":             {transfer.Options{MaxTrashShare: 0.5, Exclude: []string{"old"}}, 2},
	} {
		for _, dry := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				drive := mocks.NewDrive()
				seed(t, drive, tree)
				from := t.TempDir()
				write(t, from, files{"keep/1": "", "keep/2": "", "keep/3": ""})
				opts := tc.opts
				opts.Mirror, opts.DryRun = true, dry
				report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", opts)
				if errors.Is(err, transfer.ErrTooManyToTrash) != (tc.trashed == 0) || report.Trashed != tc.trashed {
					t.Errorf("error %v, report %+v", err, report)
				}
				if n := len(drive.Snapshot().Trash); (n > 0) != (tc.trashed > 0 && !dry) {
					t.Errorf("%d nodes in the trash", n)
				}
			})
		}
	}
}

// The drive's own root is mirrored only if RootID names it, because an empty path may be a mistake.
func TestMirrorOfTheRoot(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"a": "1"})
	drive := mocks.NewDrive()
	seed(t, drive, files{"a": "1", "precious": "2"})
	client := drive.Client(t.Context())
	for _, to := range []string{"", "/", ".", "x/.."} {
		before := drive.Counters().Requests
		_, err := transfer.Upload(t.Context(), client, from, to, transfer.Options{Mirror: true})
		if n := drive.Counters().Requests - before; !errors.Is(err, acd.ErrInvalid) || n > 0 {
			t.Errorf("%q: error %v, %d requests", to, err, n)
		}
	}
	_, err := transfer.Upload(t.Context(), client, filepath.Join(from, "a"), "b", transfer.Options{Mirror: true})
	if !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("a single file: %v", err)
	}
	report, err := transfer.Upload(t.Context(), client, from, "", transfer.Options{Mirror: true, RootID: drive.RootID()})
	if err != nil || report.Trashed != 1 {
		t.Errorf("error %v, report %+v", err, report)
	}
}

func TestTrashLimit(t *testing.T) {
	tests := []struct {
		options transfer.Options
		all     int
		want    int
	}{
		{transfer.Options{MaxTrashShare: 0.29}, 100, 29}, // the product is 28.999999999999996
		{transfer.Options{MaxTrashShare: 0.57}, 100, 57},
		{transfer.Options{MaxTrashShare: 0.5}, 3, 1},
		{transfer.Options{MaxTrashShare: 0.5, MaxTrash: 1}, 100, 1},
		{transfer.Options{MaxTrashShare: 1, MaxTrash: 7}, 3, 7},
		{transfer.Options{}, 1000, 500},
	}
	for _, tt := range tests {
		if got := tt.options.TrashLimit(tt.all); got != tt.want {
			t.Errorf("%d of %d with a share of %v and a number of %d, want %d", got, tt.all, tt.options.MaxTrashShare, tt.options.MaxTrash, tt.want)
		}
	}
}
