package partial_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/internal/partial"
)

var content = partial.Content{NodeID: "id", MD5: "sum", Size: 10, Version: 1}

func openRoot(t *testing.T) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func TestPartialBelongsToOneContentAndTarget(t *testing.T) {
	seen := map[string]bool{}
	for _, target := range []string{"a", "b", "dir/a"} {
		for _, c := range []partial.Content{content, {NodeID: "id2", MD5: "sum", Size: 10, Version: 1}, {NodeID: "id", MD5: "sum2", Size: 10, Version: 1}, {NodeID: "id", MD5: "sum", Size: 11, Version: 1}, {NodeID: "id", MD5: "sum", Size: 10, Version: 2}} {
			p := partial.Path(c, target)
			if seen[p] || filepath.Dir(p) != filepath.Dir(target) || !partial.IsName(filepath.Base(p)) || len(filepath.Base(p)) > 60 {
				t.Errorf("%s of %+v", p, c)
			}
			seen[p] = true
		}
	}
}

func TestStalePartials(t *testing.T) {
	old := content
	old.Version = 0
	now, replaced, other := partial.Path(content, "f"), partial.Path(old, "f"), partial.Path(old, "g")
	names := []string{"f", now, replaced, other, ".acd-short.partial", ".acd-.partial", ".acd-0123456789abcdef.partial"}
	if diff := cmp.Diff([]string{replaced}, partial.Stale(names, map[string]partial.Content{"f": content})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// While one call fills a partial file, other calls neither use nor remove it.
func TestPartialInUse(t *testing.T) {
	root := openRoot(t)
	first, err := partial.Open(root, content, "f")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	second, err := partial.Open(root, content, "f")
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if first.Name() == second.Name() {
		t.Skip("the system has no lock that ends with the process")
	}
	if err := partial.Remove(root, partial.Path(content, "f")); err != nil {
		t.Error(err)
	}
	if _, err := root.Stat(partial.Path(content, "f")); err != nil {
		t.Errorf("it was removed: %v", err)
	}
	second.WriteString(strings.Repeat("x", 10))
	if second.Keep(); countFiles(t, root) != 1 {
		t.Error("a file that no later call looks for was kept")
	}
}

func TestPartialThatIsLeft(t *testing.T) {
	root := openRoot(t)
	for _, text := range []string{"", "something"} {
		f, err := partial.Open(root, content, "f")
		if err != nil {
			t.Fatal(err)
		}
		f.WriteString(text)
		f.Keep()
		f.Close()
		if kept := countFiles(t, root) == 1; kept != (text != "") {
			t.Errorf("%q: kept %v", text, kept)
		}
	}
	if err := partial.Remove(root, partial.Path(content, "f")); err != nil || countFiles(t, root) != 0 {
		t.Errorf("not removed: %v", err)
	}
}

func countFiles(t *testing.T, root *os.Root) int {
	t.Helper()
	entries, err := os.ReadDir(root.Name())
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
