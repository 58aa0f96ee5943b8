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

// floors lists the packages of the module from the bottom up. A package may import packages of lower
// floors only, and none of its own floor. A row may name a package that does not exist yet; a package
// without a row fails the test.
var floors = [][]string{
	{ // use nothing of this module
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
		"mocks/drivetest", // an independent reading of docs/wire.md: neither the SDK nor mocks
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
	{ // each usable without the other
		".",
		"oauth",
	},
	{ // for programs, on top of the client
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

// exceptions are the imports that floors forbids, each with the reason why it stays.
var exceptions = map[use]string{
	{from: "oauth", to: ".", test: true}: "a client refreshes its token through a token source of oauth",
}

// testsMayUse are the packages that are there for tests. A test of a lower package that uses them is an
// external test, so that no cycle can come of it.
var testsMayUse = []string{"internal/foreign", "internal/foreignphotos", "mocks", "mocks/drivetest"}

// A use is one package importing another, both as paths below the module's own.
type use struct {
	from, to string
	test     bool // in a test
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

// The rule itself: what it lets pass, and what it finds.
func TestImportsThatClimbAreFound(t *testing.T) {
	for name, tc := range map[string]struct {
		use  use
		want string // in the fault, or "" for none
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

// faultsOf returns a line for each package without a floor and for each import that points upwards or
// sideways.
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

// importsBelow reads the import clauses of all files of this module, for every system and with every
// build tag. It leaves out other modules within it, hidden directories and testdata.
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

// isOutside says whether a directory holds no packages of this module.
func isOutside(dir string) bool {
	name := filepath.Base(dir)
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil || name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
}
