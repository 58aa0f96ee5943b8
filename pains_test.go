package acd_test

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every row of docs/pains.md must name at least one test, and each test that is named there must
// exist.
func TestPainsHaveTests(t *testing.T) {
	table, err := os.ReadFile("docs/pains.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t)
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`")
	row := regexp.MustCompile(`(?m)^\| (B?[0-9]+) \|.*$`)
	rows := row.FindAllStringSubmatch(string(table), -1)
	if len(rows) != 25+11 {
		t.Errorf("%d rows, want 36", len(rows))
	}
	for _, r := range rows {
		names := named.FindAllStringSubmatch(r[0], -1)
		if len(names) == 0 {
			t.Errorf("row %s names no test", r[1])
		}
		for _, n := range names {
			if !tests[n[1]] {
				t.Errorf("row %s: there is no %s", r[1], n[1])
			}
		}
	}
}

// testNames returns the names of all tests and fuzz tests of the module.
func testNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)
	err := fs.WalkDir(os.DirFS("."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			names[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
