package acd_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const modulePath = "github.com/acd-sdk/acd"

// floors lists the packages of the module, the lowest first. A package may import only packages of
// lower floors, and none of its own floor. A row may name a package that does not exist yet. If a
// package is in no row, the test fails.
var floors = [][]string{
	{ // import nothing of this module
		"encoding",
		"internal/amazonsites",
		"internal/atomicfile",
		"internal/foreign",
		"internal/foreignphotos",
		"internal/multipart",
		"internal/names",
		"internal/pump",
		"internal/redact",
		"internal/wait",
		"internal/wire",
		"mocks/drivetest", // written from docs/wire.md alone: it imports neither the SDK nor mocks
		"mocks/internal/ids",
		"mocks/internal/login",
	},
	{
		"internal/limiter",
		"internal/partial",
		"internal/source",
		"mocks/internal/blob",
		"mocks/internal/query",
		"mocks/internal/seal",
	},
	{
		"internal/transport",
		"mocks/internal/faultio",
		"mocks/internal/links",
		"mocks/internal/store",
	},
	{ // neither imports the other
		".",
		"oauth",
	},
	{ // for programs; may import the client
		"mocks",
		"photos",
		"rcloneconf",
		"transfer",
		"tree",
		"webdav",
	},
	{
		"examples/internal/program",
		"examples/photos/export",
	},
	{
		"examples/acd",
		"examples/mockdrive",
		"examples/photos",
		"examples/quickstart",
	},
}

// exceptions are imports that floors forbids but that are allowed, each with its reason.
var exceptions = map[use]string{
	{from: "oauth", to: ".", test: true}: "a client refreshes its token through a token source of oauth",
}

// testsMayUse are packages made for tests. A lower package may import them only in external tests,
// so that no import cycle can result.
var testsMayUse = []string{"internal/foreign", "internal/foreignphotos", "mocks", "mocks/drivetest"}

// A use says that one package imports another. Both are paths below the path of the module.
type use struct {
	from, to string
	test     bool // only in a test
}

func TestImportsPointDownwards(t *testing.T) {
	packages, uses, err := importsBelow(".")
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 10 || len(uses) < 10 {
		t.Fatalf("%d packages with %d imports of each other: the files were not found", len(packages), len(uses))
	}
	for _, fault := range faultsOf(packages, uses) {
		t.Error(fault)
	}
	for exception := range exceptions {
		if !slices.Contains(uses, exception) {
			t.Errorf("no import needs the exception for %+v any more", exception)
		}
	}
}

// This tests the rule itself: which imports it allows, and which it reports.
func TestImportsThatClimbAreFound(t *testing.T) {
	for name, tc := range map[string]struct {
		use  use
		want string // part of the fault, or "" for no fault
	}{
		"downwards":                      {use{from: "transfer", to: "."}, ""},
		"upwards":                        {use{from: "internal/transport", to: "."}, "internal/transport imports ."},
		"its own floor":                  {use{from: "tree", to: "transfer"}, "tree imports transfer"},
		"an unknown package":             {use{from: "transfer", to: "internal/unknown"}, "internal/unknown has no row"},
		"mocks outside tests":            {use{from: ".", to: "mocks"}, ". imports mocks"},
		"mocks in a test":                {use{from: ".", to: "mocks", test: true}, ""},
		"a test of its own package":      {use{from: "tree", to: "tree", test: true}, ""},
		"a test climbs":                  {use{from: "encoding", to: "transfer", test: true}, "a test of encoding imports transfer"},
		"an exception":                   {use{from: "oauth", to: ".", test: true}, ""},
		"an exception, but not in tests": {use{from: "oauth", to: "."}, "oauth imports ."},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(faultsOf([]string{tc.use.from, tc.use.to}, []use{tc.use}), "\n")
			if tc.want == "" && got != "" || !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// faultsOf returns a line for each package without a floor, and for each import of a package that
// is not on a lower floor.
func faultsOf(packages []string, uses []use) (faults []string) {
	floor := map[string]int{}
	for i, names := range floors {
		for _, name := range names {
			floor[name] = i
		}
	}
	for _, p := range packages {
		if _, ok := floor[p]; !ok {
			faults = append(faults, fmt.Sprintf("package %s has no row in floors: where does it stand?", p))
		}
	}
	for _, u := range uses {
		switch {
		case floor[u.to] < floor[u.from], exceptions[u] != "":
		case u.test && (u.to == u.from || slices.Contains(testsMayUse, u.to)):
		case u.test:
			faults = append(faults, fmt.Sprintf("a test of %s imports %s, which does not stand below it", u.from, u.to))
		default:
			faults = append(faults, fmt.Sprintf("%s imports %s, which does not stand below it", u.from, u.to))
		}
	}
	return faults
}

// importsBelow reads the import clauses of all files of this module, for every operating system and
// every build tag. It leaves out nested modules, hidden directories and testdata.
func importsBelow(root string) (packages []string, uses []use, err error) {
	seen := map[use]bool{}
	err = filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != root && isOutside(file):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(file) != ".go":
			return nil
		}
		u := use{from: filepath.ToSlash(filepath.Dir(file)), test: strings.HasSuffix(file, "_test.go")}
		if !slices.Contains(packages, u.from) {
			packages = append(packages, u.from)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, imported := range parsed.Imports {
			p, err := strconv.Unquote(imported.Path.Value)
			if err != nil {
				return err
			}
			if p != modulePath && !strings.HasPrefix(p, modulePath+"/") {
				continue
			}
			u.to = path.Clean("./" + strings.TrimPrefix(p, modulePath))
			if !seen[u] {
				seen[u] = true
				uses = append(uses, u)
			}
		}
		return nil
	})
	return packages, uses, err
}

// isOutside reports whether a directory contains no packages of this module.
func isOutside(dir string) bool {
	name := filepath.Base(dir)
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}
