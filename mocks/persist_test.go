package mocks_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/mocks"
)

func openRig(t *testing.T, dir string, opts ...mocks.Option) *rig {
	t.Helper()
	d, err := mocks.OpenDrive(dir, append([]mocks.Option{mocks.WithToken("tok")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	r := newRig(t)
	r.drive, r.hc.Transport = d, d
	return r
}

func (r *rig) close() {
	r.t.Helper()
	if err := r.drive.Close(); err != nil {
		r.t.Fatal(err)
	}
}

// TestDirectorySurvives fills a drive in a directory and opens it again, also after an incomplete
// write.
func TestDirectorySurvives(t *testing.T) {
	dir := t.TempDir()
	r := openRig(t, dir, mocks.WithFirstParty())
	root := r.drive.RootID()
	a := r.mkdir("a", root)
	b := r.mkdir("b", root)
	f := r.mustUpload("f.txt", a, "hello")
	r.mustUpload("twin.txt", b, "hello")
	gone := r.mustUpload("gone.txt", b, "to be purged")
	trashed := r.mustUpload("trashed.txt", b, "trashed")
	r.want(200, "PUT", "nodes/"+b+"/children/"+f, "")
	r.want(200, "PATCH", "nodes/"+f, `{"labels":["x"],"description":"d"}`)
	r.want(201, "PUT", "nodes/"+f+"/properties/"+r.drive.Owner()+"/k", `{"value":"v"}`)
	r.want(200, "PUT", "trash/"+trashed, "")
	r.want(204, "DELETE", "nodes/"+gone, "")
	link := r.want(200, "GET", "nodes/"+f+"?tempLink=true", "")["tempLink"].(string)
	before := r.drive.Snapshot()
	sets := r.changes(`{}`)
	checkpoint := sets[len(sets)-1]["checkpoint"].(string)
	r.mustUpload("later.txt", a, "later")
	if _, err := mocks.OpenDrive(dir); err == nil {
		t.Error("a directory was opened twice")
	}
	r.close()

	path := filepath.Join(dir, "nodes.jsonl")
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	file.WriteString(`{"id":"torn`)
	file.Close()

	for range 2 {
		r = openRig(t, dir)
		after := r.drive.Snapshot()
		delete(after.Tree, "a/later.txt")
		if diff := cmp.Diff(before, after); diff != "" {
			t.Error(diff)
		}
		if r.drive.RootID() != root {
			t.Error("another root")
		}
		r.token = ""
		if res := r.do("GET", link, ""); res.body != "hello" {
			t.Errorf("tempLink after a restart: %d %s", res.status, res.body)
		}
		r.token = "tok"
		sets = r.changes(`{"checkpoint":"` + checkpoint + `"}`)
		if names := nodeNames(sets); !cmp.Equal(names, []string{"later.txt"}) || sets[0]["reset"] != false {
			t.Errorf("changes after a restart: %v", sets)
		}
		r.close()
	}
	left, err := filepath.Glob(filepath.Join(dir, "content", "*", "*"))
	if err != nil || len(left) != 3 {
		t.Errorf("%d contents on disk, want 3: %v %v", len(left), left, err)
	}
}

func TestDirectoryErrors(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "nodes.jsonl"), []byte("not a drive\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := mocks.OpenDrive(dir); err == nil {
		t.Error("a file that is no drive was opened")
	}
}
