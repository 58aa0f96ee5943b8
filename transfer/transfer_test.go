package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// files is a tree: contents by path; a path that ends in a slash is a folder.
type files map[string]string

func write(t testing.TB, dir string, tree files) {
	t.Helper()
	for path, content := range tree {
		full := filepath.Join(dir, filepath.FromSlash(path))
		if strings.HasSuffix(path, "/") {
			if err := os.MkdirAll(full, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// local reads a directory back.
func local(t testing.TB, dir string) files {
	t.Helper()
	tree := files{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		rel = filepath.ToSlash(rel)
		switch {
		case d.IsDir():
			tree[rel+"/"] = ""
		case d.Type()&fs.ModeSymlink != 0:
			tree[rel], err = os.Readlink(path)
			tree[rel] = "-> " + tree[rel]
		default:
			var b []byte
			b, err = os.ReadFile(path)
			tree[rel] = string(b)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// remote reads a folder of a drive.
func remote(t testing.TB, d *mocks.Drive, folder string) files {
	t.Helper()
	tree := files{}
	for path, e := range d.Snapshot().Tree {
		rel, ok := strings.CutPrefix(path, folder+"/")
		if !ok {
			continue
		}
		if e.Kind == "FOLDER" {
			tree[rel+"/"] = ""
			continue
		}
		b, err := d.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tree[rel] = string(b)
	}
	return tree
}

func seed(t testing.TB, d *mocks.Drive, tree files) {
	t.Helper()
	for path, content := range tree {
		var err error
		if folder, ok := strings.CutSuffix(path, "/"); ok {
			_, err = d.Mkdir(folder)
		} else {
			_, err = d.WriteFile(path, []byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func equal(t testing.TB, want, got any, opts ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, opts...); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// events records what OnEvent was told, one line each, without order.
type events struct {
	lines []string
	busy  atomic.Bool
}

func (l *events) add(t testing.TB) func(transfer.Event) {
	return func(e transfer.Event) {
		if l.busy.Swap(true) {
			t.Error("two calls of OnEvent at once")
		}
		line := e.Action.String() + " " + e.Path
		if e.Why != "" {
			line += ": " + e.Why
		}
		l.lines = append(l.lines, line)
		l.busy.Store(false)
	}
}

func (l *events) sorted() []string {
	slices.Sort(l.lines)
	return l.lines
}

// tree is one with what trees have: depth, empty things, equal contents, odd names.
func tree() files {
	f := files{
		"a.txt": "alpha", "empty": "", "sub/b.txt": "beta", "sub/twin.txt": "alpha", "sub/deeper/c.bin": strings.Repeat("c", 100_000),
		"bare/": "", "names/你好.mkv": "1", "names/quo\"te'.txt": "2", "names/new\r\nline": "3", "names/not utf-8 \xff": "4",
		"names/...": "5", "names/fullwidth \uff0f slash": "6", "names/\uff0e": "7", "names/\u201b\uff0f": "8", "names/%2F": "9", "names/ lead and trail ": "10",
	}
	for i := range 40 {
		f[fmt.Sprintf("many/%02d/file", i)] = fmt.Sprint("content ", i)
	}
	return f
}

// withFolders adds the folders that the paths imply.
func withFolders(f files) files {
	all := maps.Clone(f)
	for path := range f {
		for dir := strings.TrimSuffix(path, "/"); strings.Contains(dir, "/"); {
			dir = dir[:strings.LastIndex(dir, "/")]
			all[dir+"/"] = ""
		}
	}
	return all
}

func TestThereAndBack(t *testing.T) {
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "new", "target")
	write(t, from, tree())
	want := withFolders(tree())
	var nFiles, nFolders int
	var bytes int64
	for path, content := range want {
		if strings.HasSuffix(path, "/") {
			nFolders++
		} else {
			nFiles++
			bytes += int64(len(content))
		}
	}

	first := &transfer.Report{Copied: nFiles, Bytes: bytes, Folders: nFolders}
	again := &transfer.Report{Identical: nFiles}
	for _, wantReport := range []*transfer.Report{first, again} {
		report, err := transfer.Upload(t.Context(), client, from, "Backup/one", transfer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, wantReport, report)
	}
	for _, wantReport := range []*transfer.Report{first, again} {
		report, err := transfer.Download(t.Context(), client, "Backup/one", to, transfer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		equal(t, wantReport, report)
	}
	equal(t, want, local(t, to))
	if n := drive.Counters().ByOp["Content.Upload"]; n != nFiles {
		t.Errorf("%d uploads of %d files", n, nFiles)
	}
	mocks.AssertNoLeaks(t, drive)
}

// Only what differs is sent, and keeps its node.
func TestUploadOverwritesWhatDiffers(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/same": "same", "b/size": "longer", "b/content": "12345", "b/README": "old"})
	id, _ := drive.Lookup("b/content")
	from := t.TempDir()
	write(t, from, files{"same": "same", "size": "long", "content": "54321", "readme": "new", "extra": "x"})
	var l events
	_, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{OnEvent: l.add(t)})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, []string{"copied content", "copied extra", "copied readme", "copied size", "identical same"}, l.sorted())
	equal(t, files{"same": "same", "size": "long", "content": "54321", "README": "new", "extra": "x"}, remote(t, drive, "b"))
	if now, _ := drive.Lookup("b/content"); now != id {
		t.Error("an overwrite made another node")
	}
}

// pains 3: names that differ only in case.
func TestPains03NamesThatTheDriveFolds(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"emPty": "1", "empty": "2", "dir/x": "3", "DIR/x": "4", "Ä": "5", "ä": "6", "bytes \xff": "7", "bytes \xfe": "8", "other": "9"})
	if len(local(t, from)) != 11 {
		t.Skip("the local file system folds names itself")
	}
	drive := mocks.NewDrive()
	var l events
	report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{OnEvent: l.add(t)})
	equal(t, files{"bytes \u201bFF": "7", "bytes \u201bFE": "8", "other": "9"}, remote(t, drive, "b"))
	equal(t, []string{"copied bytes \xfe", "copied bytes \xff", "copied other", "failed DIR", "failed dir", "failed emPty", "failed empty", "failed Ä", "failed ä"}, l.sorted())
	if !errors.Is(err, acd.ErrExists) || report.Failed != 6 {
		t.Errorf("error %v, report %+v", err, report)
	}
	collision, ok := errors.AsType[*transfer.CollisionError](err)
	if !ok || len(collision.Names) != 2 || !strings.Contains(err.Error(), "without case") {
		t.Errorf("%v does not say which names collide", err)
	}
	if n := drive.Counters().ByOp["Content.Upload"]; n != 3 {
		t.Errorf("%d uploads, although something of a collision must not be sent", n)
	}
}

func TestSymbolicLinks(t *testing.T) {
	outside, from := t.TempDir(), t.TempDir()
	write(t, outside, files{"secret": "s", "dir/secret": "s"})
	write(t, from, files{"file": "f"})
	for name, target := range map[string]string{"link": outside + "/secret", "dirlink": outside + "/dir", "inner": "file", "dangling": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(from, name)); err != nil {
			t.Skip(err)
		}
	}
	drive := mocks.NewDrive()
	var l events
	if _, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{OnEvent: l.add(t)}); err != nil {
		t.Fatal(err)
	}
	equal(t, files{"file": "f"}, remote(t, drive, "b"))
	equal(t, []string{"copied file", "left out dangling: a symbolic link", "left out dirlink: a symbolic link", "left out inner: a symbolic link", "left out link: a symbolic link"}, l.sorted())
}

func TestDryRun(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/sub/same": "same", "b/sub/old": "old", "b/extra": "x", "b/gone/": ""})
	from, to := t.TempDir(), t.TempDir()
	write(t, from, files{"sub/same": "same", "sub/old": "new", "new/file": "n"})
	before := drive.Snapshot()
	client := drive.Client(t.Context())

	var up events
	_, err := transfer.Upload(t.Context(), client, from, "b", transfer.Options{DryRun: true, Mirror: true, OnEvent: up.add(t)})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, []string{"copied new/file", "copied sub/old", "identical sub/same", "made folder new", "trashed extra", "trashed gone"}, up.sorted())
	if _, err := transfer.Upload(t.Context(), client, from, "not/there", transfer.Options{DryRun: true}); err != nil {
		t.Error(err)
	}
	equal(t, before, drive.Snapshot())

	write(t, to, files{"sub/same": "same", "sub/old": "mine"})
	wantLocal := local(t, to)
	var down events
	report, err := transfer.Download(t.Context(), client, "b", to, transfer.Options{DryRun: true, OnEvent: down.add(t)})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, []string{"copied extra", "copied sub/old", "identical sub/same", "made folder gone"}, down.sorted())
	equal(t, &transfer.Report{DryRun: true, Copied: 2, Bytes: 4, Identical: 1, Folders: 1}, report)
	equal(t, wantLocal, local(t, to))
	if _, err := transfer.Download(t.Context(), client, "b", filepath.Join(to, "not/there"), transfer.Options{DryRun: true}); err != nil {
		t.Error(err)
	}
	equal(t, wantLocal, local(t, to))
}

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

func TestOptionsThatCannotBe(t *testing.T) {
	client := mocks.NewDrive().Client(t.Context())
	for name, opts := range map[string]transfer.Options{
		"pattern": {Include: []string{"[a"}}, "empty pattern": {Exclude: []string{""}}, "hollow pattern": {Exclude: []string{"a//b"}},
		"workers": {Workers: -1}, "size": {MaxSize: -1},
	} {
		if _, err := transfer.Upload(t.Context(), client, t.TempDir(), "b", opts); !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := transfer.Download(t.Context(), client, "", t.TempDir(), transfer.Options{Mirror: true}); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("Mirror of a download: %v", err)
	}
	if _, err := transfer.Upload(t.Context(), client, filepath.Join(t.TempDir(), "none"), "b", transfer.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no source: %v", err)
	}
	if _, err := transfer.Download(t.Context(), client, "none", t.TempDir(), transfer.Options{}); !errors.Is(err, acd.ErrNotFound) {
		t.Errorf("no folder: %v", err)
	}
}

// pains 25: mirror goes to the trash, and one failure does not stop the others.
func TestMirror(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/keep": "k", "b/gone": "g", "b/old/x": "x", "b/old/y": "y", "b/sub/gone": "g", "outside": "o"})
	from := t.TempDir()
	write(t, from, files{"KEEP": "k", "sub/new": "n"})
	refused, _ := drive.Lookup("b/gone")
	fault := drive.Inject(mocks.Fault{Op: "Nodes.Trash", NodeID: refused, Status: 403, Body: `{"code":"FORBIDDEN","message":"no"}`})
	opts := transfer.Options{Mirror: true}
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

// Nothing is trashed when something failed: it may be what is missing.
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
	_, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{Mirror: true, Exclude: []string{"*.tmp", "cache"}, MaxSize: 5})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, withFolders(files{"x.tmp": "1", "gone/x.tmp": "1", "cache/z": "3", "big": "123456"}), remote(t, drive, "b"))
}

// pains 1, 2, 5: whatever happens to single requests, all arrives once.
func TestFaultsAtEveryPoint(t *testing.T) {
	faults := map[string]mocks.Fault{
		"refused":                {Op: "*", Rate: 0.2, Seed: 1, Status: 503},
		"limited":                {Op: "*", Rate: 0.2, Seed: 2, Status: 429},
		"reset before":           {Op: "*", Rate: 0.2, Seed: 3, Reset: true},
		"reset in body":          {Op: "Content.Upload", Rate: 0.3, Seed: 4, At: mocks.InBody, Reset: true},
		"refused in body":        {Op: "Content.Upload", Rate: 0.3, Seed: 5, At: mocks.InBody, Status: 500},
		"refused after body":     {Op: "Content.Upload", Rate: 0.3, Seed: 6, At: mocks.AfterBody, Status: 500},
		"answer lost":            {Op: "Content.*", Rate: 0.3, Seed: 7, Commit: true, Reset: true},
		"answer lost, unseen":    {Op: "Content.Upload", Rate: 0.3, Seed: 8, Commit: true, Status: 504, VisibleAfter: mocks.Duration(5 * time.Second)},
		"conflict":               {Op: "Content.Upload", Rate: 0.3, Seed: 9, Commit: true, Status: 408},
		"folder's answer lost":   {Op: "Nodes.CreateFolder", Rate: 0.5, Seed: 10, Commit: true, Status: 500},
		"damaged on the way up":  {Op: "Content.Upload", Nth: 5, Times: 2, At: mocks.InBody, Corrupt: true},
		"damaged on the way":     {Op: "Content.Download", Nth: 5, Times: 2, At: mocks.InAnswer, Corrupt: true},
		"cut":                    {Op: "Content.Download", Rate: 0.3, Seed: 13, At: mocks.InAnswer, Truncate: true},
		"broken":                 {Op: "Content.Download", Rate: 0.3, Seed: 14, At: mocks.InAnswer, Reset: true},
		"listing cut":            {Op: "Nodes.Children", Rate: 0.3, Seed: 15, At: mocks.InAnswer, Truncate: true},
		"strangers in a listing": {Op: "Nodes.Children", Rate: 0.5, Seed: 16, Bogus: 2, Nameless: 1, Assets: 1},
		"stale listing":          {Op: "Nodes.Children", Rate: 0.5, Seed: 17, Stale: mocks.Duration(time.Minute)},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			from, to := t.TempDir(), t.TempDir()
			write(t, from, tree())
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive()
				client := drive.Client(t.Context())
				injected := drive.Inject(fault)
				if _, err := transfer.Upload(t.Context(), client, from, "b", transfer.Options{}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Minute) // let a stale listing catch up
				if _, err := transfer.Download(t.Context(), client, "b", to, transfer.Options{}); err != nil {
					t.Fatal(err)
				}
				if injected.Fired() == 0 {
					t.Error("the fault never happened")
				}
				nodes := 0
				for range drive.Snapshot().Tree {
					nodes++
				}
				if want := len(withFolders(tree())) + 1; nodes != want {
					t.Errorf("%d nodes on the drive, %d wanted: duplicates or losses", nodes, want)
				}
			})
			equal(t, withFolders(tree()), local(t, to))
		})
	}
}

// One bit that flips on its way up, wherever it is, changes nothing in the end.
func TestDamageAtEveryByte(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"some name.bin": strings.Repeat("content ", 16)})
	for at := range int64(640) {
		synctest.Test(t, func(t *testing.T) {
			drive := mocks.NewDrive()
			seed(t, drive, files{"b/": ""})
			drive.Inject(mocks.Fault{Op: "Content.Upload", Nth: 1, At: mocks.InBody, After: at, Corrupt: true})
			if _, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{}); err != nil {
				t.Errorf("byte %d: %v", at, err)
			}
			if diff := cmp.Diff(local(t, from), remote(t, drive, "b")); diff != "" {
				t.Errorf("byte %d: -want +got:\n%s", at, diff)
			}
		})
	}
}

// A restart does only what is left.
func TestCancelAndRunAgain(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write(t, from, tree())
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	half := func(run func(context.Context, transfer.Options) (*transfer.Report, error)) (done int) {
		t.Helper()
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("enough")
		copied := 0
		report, err := run(ctx, transfer.Options{Workers: 4, OnEvent: func(e transfer.Event) {
			if e.Action == transfer.Copied {
				if copied++; copied == 20 {
					cancel(cause)
				}
			}
		}})
		if !errors.Is(err, cause) || report.Failed != 0 || report.Copied < 20 || report.Copied > 24 {
			t.Fatalf("error %v, report %+v", err, report)
		}
		return report.Copied
	}
	up := func(ctx context.Context, o transfer.Options) (*transfer.Report, error) {
		return transfer.Upload(ctx, client, from, "b", o)
	}
	down := func(ctx context.Context, o transfer.Options) (*transfer.Report, error) {
		return transfer.Download(ctx, client, "b", to, o)
	}
	total := 0
	for path := range tree() {
		if !strings.HasSuffix(path, "/") {
			total++
		}
	}
	for _, run := range []func(context.Context, transfer.Options) (*transfer.Report, error){up, down} {
		done := half(run)
		report, err := run(t.Context(), transfer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		// What was cancelled in its answer may have arrived.
		if report.Copied > total-done || report.Copied < total-done-4 || report.Copied+report.Identical != total {
			t.Errorf("%d of %d were copied before; then %+v", done, total, report)
		}
	}
	equal(t, withFolders(tree()), local(t, to))
}

// Two programs at once make no duplicates.
func TestTwoRunsAtOnce(t *testing.T) {
	from := t.TempDir()
	write(t, from, tree())
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive(mocks.WithIndexLag(3 * time.Second))
		results := make(chan error)
		for range 3 {
			go func() {
				_, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{})
				results <- err
			}()
		}
		for range 3 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		if got, want := len(drive.Snapshot().Tree), len(withFolders(tree()))+1; got != want {
			t.Errorf("%d nodes, %d wanted", got, want)
		}
	})
}

func TestPendingFilesAreWaitedFor(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"a": "1", "b": "2"})
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive(mocks.WithPending(4 * time.Second))
		seed(t, drive, files{"f/a": "1"})
		if _, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "f", transfer.Options{}); err != nil {
			t.Fatal(err)
		}
		equal(t, files{"a": "1", "b": "2"}, remote(t, drive, "f"))
	})
}

// An upload whose answer was lost keeps nothing else from going on.
func TestWaitingUploadsMakeRoom(t *testing.T) {
	from := t.TempDir()
	write(t, from, tree())
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		client := drive.Client(t.Context()) // which waits at least 10 s
		drive.Inject(mocks.Fault{Op: "Content.Upload", Nth: 1, Times: 3, Commit: true, Status: 504, VisibleAfter: mocks.Duration(8 * time.Second)})
		start := time.Now()
		var at []time.Duration
		report, err := transfer.Upload(t.Context(), client, from, "b", transfer.Options{Workers: 2, OnEvent: func(e transfer.Event) {
			if e.Action == transfer.Copied {
				at = append(at, time.Since(start))
			}
		}})
		if err != nil || report.Copied != len(at) || report.Failed > 0 {
			t.Fatalf("error %v, report %+v", err, report)
		}
		if soon := at[len(at)-4]; soon > 2*time.Second || at[len(at)-3] < 8*time.Second {
			t.Errorf("files that did not wait were copied by %v, the others from %v on", soon, at[len(at)-3])
		}
	})
}

func TestUnauthorizedEndsAll(t *testing.T) {
	from := t.TempDir()
	write(t, from, tree())
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	drive.Inject(mocks.Fault{Op: "Content.Upload", Status: 401})
	report, err := transfer.Upload(t.Context(), client, from, "b", transfer.Options{Workers: 2})
	if !errors.Is(err, acd.ErrUnauthorized) || report.Failed > 2 || report.Failed == 0 {
		t.Errorf("error %v after %d failures", err, report.Failed)
	}
}

// A full account refuses every file that is left, each at the end of its body.
func TestFullAccountEndsAll(t *testing.T) {
	from := t.TempDir()
	write(t, from, tree())
	drive := mocks.NewDrive(mocks.WithQuota(100))
	report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{Workers: 2})
	if !errors.Is(err, acd.ErrQuotaExceeded) || report.Failed > 2 || report.Failed == 0 {
		t.Errorf("error %v after %d failures", err, report.Failed)
	}
}

// A listing that is wrong is no reason to mix two files into one.
func TestTwoNodesOfOneName(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/one": "1", "b/two": "2", "b/fine": "3"})
	rt := renaming{drive, `"name":"two"`, `"name":"ONE"`}
	client := drive.Client(t.Context(), acd.WithHTTPClient(&http.Client{Transport: rt}))
	to, from := t.TempDir(), t.TempDir()
	write(t, from, files{"one": "new"})
	for name, run := range map[string]func() (*transfer.Report, error){
		"download": func() (*transfer.Report, error) {
			return transfer.Download(t.Context(), client, "b", to, transfer.Options{})
		},
		"upload": func() (*transfer.Report, error) {
			return transfer.Upload(t.Context(), client, from, "b", transfer.Options{})
		},
	} {
		report, err := run()
		if report.Failed != 1 || err == nil || !strings.Contains(err.Error(), "several nodes") {
			t.Errorf("%s: error %v, report %+v", name, err, report)
		}
	}
	equal(t, files{"fine": "3"}, local(t, to))
	equal(t, files{"one": "1", "two": "2", "fine": "3"}, remote(t, drive, "b"))
}

// renaming rewrites a text in answers.
type renaming struct {
	next     http.RoundTripper
	old, new string
}

func (r renaming) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if err != nil || req.Method != http.MethodGet {
		return resp, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(strings.NewReader(strings.ReplaceAll(string(b), r.old, r.new)))
	return resp, err
}

func TestProgress(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"a": strings.Repeat("x", 1<<20)})
	seen := map[acd.Phase]int64{}
	drive := mocks.NewDrive()
	_, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{OnProgress: func(path string, p acd.Progress) {
		if path != "a" {
			t.Errorf("progress of %q", path)
		}
		seen[p.Phase] = max(seen[p.Phase], p.Done)
	}})
	if err != nil || seen[acd.PhaseSending] != 1<<20 {
		t.Errorf("error %v, progress %v", err, seen)
	}
}
