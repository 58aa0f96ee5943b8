package transfer_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/encoding"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// hostile are names on the drive that are dangerous for a local system.
var hostile = []string{
	"..", ".", "../../escape", "/etc/passwd", "a/b", "..\\up", "nul\x00byte", "‛／", "．．", "new\nline", "not utf-8 \xfe", "CON", "c:stream", " ", "~", "-rf",
}

// A name on the drive never leads out of the target. Its local name leads back to the name on the
// drive.
func TestHostileNames(t *testing.T) {
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	top, err := client.Nodes.MkdirAll(t.Context(), "", "b")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range hostile {
		if _, err := client.Content.Upload(t.Context(), top.ID, name, strings.NewReader(name)); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		folder, err := client.Nodes.CreateFolder(t.Context(), top.ID, name+"/d")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Content.Upload(t.Context(), folder.ID, name, strings.NewReader(name)); err != nil {
			t.Fatal(err)
		}
	}
	above := t.TempDir()
	to := filepath.Join(above, "x", "y", "target")
	report, err := transfer.Download(t.Context(), client, "b", to, transfer.Options{})
	if err != nil || report.Copied != 2*len(hostile) {
		t.Fatalf("error %v, report %+v", err, report)
	}
	if got := len(local(t, filepath.Join(above, "x", "y"))); got != 1+3*len(hostile) {
		t.Errorf("%d things in and beside the target, want %d", got, 1+3*len(hostile))
	}
	if _, err := transfer.Upload(t.Context(), client, to, "again", transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	equal(t, remote(t, drive, "b"), remote(t, drive, "again"))
}

// If the encoding does not change a forbidden name, the local system refuses it, and the error says
// so.
func TestForbiddenLocalNames(t *testing.T) {
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	top, err := client.Nodes.MkdirAll(t.Context(), "", "b")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("長", 100) // 300 bytes, 100 characters
	for _, name := range []string{"..", "a/b", long, "good"} {
		if _, err := client.Content.Upload(t.Context(), top.ID, name, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.Nodes.CreateFolder(t.Context(), top.ID, "folder "+long); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "target")
	report, err := transfer.Download(t.Context(), client, "b", to, transfer.Options{Encoding: encoding.Ctl})
	if report.Copied != 1 || report.Failed != 4 || !strings.Contains(err.Error(), "the local system") {
		t.Errorf("error %v, report %+v", err, report)
	}
	for _, f := range report.Failures {
		if !strings.Contains(f.Error(), "the local system forbids the name") && !strings.Contains(f.Error(), "the local system does not take the name") {
			t.Errorf("the error does not say so: %v", f)
		}
	}
	if n := drive.Counters().ByOp["Content.Download"]; n != 1 {
		t.Errorf("%d downloads for one good name", n)
	}
	equal(t, files{"target/": "", "target/good": "x"}, local(t, filepath.Dir(to)))
}

// A link, directory or file that has the name of a target is not followed, not replaced, and not
// mixed up with it.
func TestLocalThingsInTheWay(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/link": "1", "b/dirlink/file": "2", "b/isdir": "3", "b/isfile/x": "4", "b/fine": "5"})
	outside, to := t.TempDir(), t.TempDir()
	write(t, outside, files{"victim": "v", "dir/": ""})
	write(t, to, files{"isdir/": "", "isfile": "f"})
	for name, target := range map[string]string{"link": outside + "/victim", "dirlink": outside + "/dir"} {
		if err := os.Symlink(target, filepath.Join(to, name)); err != nil {
			t.Skip(err)
		}
	}
	before := local(t, outside)
	report, err := transfer.Download(t.Context(), drive.Client(t.Context()), "b", to, transfer.Options{})
	if report.Failed != 4 || report.Copied != 1 || !strings.Contains(err.Error(), "in the way") {
		t.Errorf("error %v, report %+v", err, report)
	}
	equal(t, before, local(t, outside))
	equal(t, files{"isdir/": "", "isfile": "f", "fine": "5", "link": "-> " + outside + "/victim", "dirlink": "-> " + outside + "/dir"}, local(t, to))
}

func TestRemoteThingsInTheWay(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/folder/x": "1", "b/file": "2"})
	from := t.TempDir()
	write(t, from, files{"folder": "a file", "file/x": "in a folder", "fine": "5"})
	report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{})
	if report.Failed != 2 || report.Copied != 1 || !strings.Contains(err.Error(), "in the way") {
		t.Errorf("error %v, report %+v", err, report)
	}
	equal(t, files{"folder/": "", "folder/x": "1", "file": "2", "fine": "5"}, remote(t, drive, "b"))
}

// A folder may have several parents. One of them may be the folder itself.
func TestCircle(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithCycles())
	seed(t, drive, files{"b/sub/file": "1"})
	client := drive.Client(t.Context())
	top, _ := drive.Lookup("b")
	sub, _ := drive.Lookup("b/sub")
	if _, err := client.Nodes.AddParent(t.Context(), top, sub); err != nil {
		t.Fatal(err)
	}
	to := t.TempDir()
	report, err := transfer.Download(t.Context(), client, "b", to, transfer.Options{})
	if err == nil || report.Failed != 1 || !strings.Contains(err.Error(), "inside itself") {
		t.Errorf("error %v, report %+v", err, report)
	}
	equal(t, files{"sub/": "", "sub/file": "1"}, local(t, to))
}

func TestDefaultEncoding(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the table is for Linux")
	}
	for remote, want := range map[string]string{"a/b": "a／b", "..": "．．", ".": "．", "plain": "plain", "a:b": "a:b", "x\xff": "x\xff", "\x00": "␀"} {
		got := transfer.DefaultEncoding().Encode(remote)
		if got != want || transfer.DefaultEncoding().Decode(got) != remote {
			t.Errorf("%q is %q, want %q, and back %q", remote, got, want, transfer.DefaultEncoding().Decode(got))
		}
	}
}

func TestCollisionErrorIsErrExists(t *testing.T) {
	err := error(&transfer.CollisionError{Names: []string{"a", "A"}})
	if !errors.Is(err, acd.ErrExists) || !cmp.Equal([]string{"a", "A"}, err.(*transfer.CollisionError).Names) {
		t.Error(err)
	}
}

const composed, decomposed = "Caf\u00e9", "Cafe\u0301"

// A Mac may return a composed name in its decomposed form. Both names are one file. The drive and
// the directory keep the form that they have.
func TestComposedAndDecomposedNamesAreOneFile(t *testing.T) {
	for _, tc := range []struct{ here, there string }{{decomposed, composed}, {composed, decomposed}} {
		t.Run("", func(t *testing.T) {
			drive := mocks.NewDrive()
			client := drive.Client(t.Context())
			seed(t, drive, files{"b/" + tc.there + "/" + tc.there: "old", "b/" + tc.there + ".same": "same"})
			dir := t.TempDir()
			write(t, dir, files{tc.here + "/" + tc.here: "new", tc.here + ".same": "same", tc.here + ".new": "n"})
			report, err := transfer.Upload(t.Context(), client, dir, "b", transfer.Options{Mirror: true})
			if err != nil || report.Trashed != 0 || report.Identical != 1 || report.Copied != 2 {
				t.Errorf("error %v, report %+v", err, report)
			}
			// A new file is stored under exactly the name that it has.
			want := files{tc.there + "/": "", tc.there + "/" + tc.there: "new", tc.there + ".same": "same", tc.here + ".new": "n"}
			equal(t, want, remote(t, drive, "b"))
			// The download makes no second file beside the first.
			seed(t, drive, files{"b/" + tc.there + "/" + tc.there: "newer"})
			report, err = transfer.Download(t.Context(), client, "b", dir, transfer.Options{})
			if err != nil || report.Copied != 1 || report.Identical != 2 {
				t.Errorf("error %v, report %+v", err, report)
			}
			equal(t, files{tc.here + "/": "", tc.here + "/" + tc.here: "newer", tc.here + ".same": "same", tc.here + ".new": "n"}, local(t, dir))
		})
	}
}

func TestLocalNamesThatDifferInCompositionCollide(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{composed: "1", decomposed: "2", "other": "3"})
	if len(local(t, from)) != 3 {
		t.Skip("the local file system composes names itself")
	}
	drive := mocks.NewDrive()
	report, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{})
	if report.Failed != 2 || report.Copied != 1 {
		t.Errorf("error %v, report %+v", err, report)
	}
	collision, ok := errors.AsType[*transfer.CollisionError](err)
	if !ok || !strings.Contains(err.Error(), `Cafe\u0301`) || !strings.Contains(err.Error(), `Caf\u00e9`) || len(collision.Names) != 2 {
		t.Errorf("%v does not show how the names differ", err)
	}
}

// The drive may hold both forms of a name. If the local system can hold both too, both are
// downloaded, and uploaded again, unchanged.
func TestDriveWithBothCompositions(t *testing.T) {
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	seed(t, drive, files{"b/" + composed: "1", "b/" + decomposed: "2"})
	to := t.TempDir()
	write(t, to, files{composed: "", decomposed: ""})
	if len(local(t, to)) != 2 {
		t.Skip("the local file system composes names itself")
	}
	for _, dir := range []string{to, t.TempDir()} {
		report, err := transfer.Download(t.Context(), client, "b", dir, transfer.Options{})
		if err != nil || report.Copied != 2 {
			t.Errorf("error %v, report %+v", err, report)
		}
		equal(t, files{composed: "1", decomposed: "2"}, local(t, dir))
	}
	from := t.TempDir()
	write(t, from, files{decomposed: "new"})
	report, err := transfer.Upload(t.Context(), client, from, "b", transfer.Options{Mirror: true})
	if err != nil || report.Copied != 1 || report.Trashed != 0 {
		t.Errorf("error %v, report %+v", err, report)
	}
	equal(t, files{composed: "1", decomposed: "new"}, remote(t, drive, "b"))
}

// A name that is too long for the local system is refused before any content is fetched, also in a
// dry run.
func TestNamesThatAreTooLongHere(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the lengths are for Linux")
	}
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	fits, long := strings.Repeat("\u00e4", 127)+"x", strings.Repeat("\u00e4", 128) // 255 and 256 bytes
	seed(t, drive, files{"b/" + fits: "1", "b/" + long: "2", "b/folder " + long + "/x": "3"})
	for _, dry := range []bool{true, false} {
		report, err := transfer.Download(t.Context(), client, "b", filepath.Join(t.TempDir(), "new"), transfer.Options{DryRun: dry})
		if report.Copied != 1 || report.Failed != 2 || !errors.Is(err, acd.ErrInvalid) || !strings.Contains(err.Error(), "bytes, and 255 is the most") {
			t.Errorf("dry run %v: error %v, report %+v", dry, err, report)
		}
	}
	if n := drive.Counters().ByOp["Content.Download"]; n != 1 {
		t.Errorf("%d downloads, want 1", n)
	}
}
