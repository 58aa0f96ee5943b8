package acd_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
)

// The packages that documents speak of, by the name before the dot.
func documentedPackages() map[string]string {
	return map[string]string{
		"acd": ".", "encoding": "encoding", "oauth": "oauth", "rcloneconf": "rcloneconf",
		"transfer": "transfer", "tree": "tree", "mocks": "mocks", "drivetest": "mocks/drivetest",
	}
}

// qualifiedName is a name of ours: acd.X, transfer.Options.Mirror, client.Nodes.Get. What stands before must
// not make it part of a longer word, such as a path or a field.
var qualifiedName = regexp.MustCompile(`(?:^|[^\w./-])(acd|encoding|oauth|rcloneconf|transfer|tree|mocks|drivetest|client)\.([A-Z]\w*)(?:\.([A-Z]\w*))?`)

// sentinelName is an error to compare with, without its package.
var sentinelName = regexp.MustCompile(`(?:^|[^\w.])(Err[A-Z]\w*)`)

func TestNamesInDocumentsExist(t *testing.T) {
	packages := map[string]*exported{}
	for name, dir := range documentedPackages() {
		packages[name] = exportedOf(t, dir)
	}
	names := 0
	isSentinel := func(name string) bool {
		return slices.ContainsFunc(slices.Collect(maps.Values(packages)), func(p *exported) bool { return p.names[name] })
	}
	for _, file := range slices.Sorted(maps.Keys(documents(t))) {
		if file == filepath.FromSlash("docs/renamed.md") {
			continue // its first column holds names that are gone
		}
		for _, code := range codeOf(readText(t, file)) {
			for _, m := range qualifiedName.FindAllStringSubmatch(code, -1) {
				names++
				if err := nameExists(packages, m[1], m[2], m[3]); err != nil {
					t.Errorf("%s: %s: %v", file, strings.TrimSpace(m[0]), err)
				}
			}
			for _, m := range sentinelName.FindAllStringSubmatch(code, -1) {
				names++
				if !isSentinel(m[1]) {
					t.Errorf("%s: no package has %s", file, m[1])
				}
			}
		}
	}
	if names < 200 {
		t.Errorf("only %d names were found in the documents", names)
	}
}

// nameExists looks for name, and for what is selected from it.
func nameExists(packages map[string]*exported, pkg, name, member string) error {
	if pkg == "client" {
		service, isService := strings.CutPrefix(packages["acd"].members["Client"][name], "*")
		switch {
		case !isService && !packages["acd"].has("Client", name):
			return fmt.Errorf("a Client has no %s", name)
		case member != "" && !packages["acd"].has(service, member):
			return fmt.Errorf("a %s has no %s", service, member)
		}
		return nil
	}
	p := packages[pkg]
	if !p.names[name] {
		return fmt.Errorf("package %s has no %s", pkg, name)
	}
	if member != "" && !p.has(name, member) {
		return fmt.Errorf("%s.%s has no %s", pkg, name, member)
	}
	return nil
}

// exported is what a package shows to others.
type exported struct {
	names   map[string]bool
	members map[string]map[string]string // methods and fields of each type, and the types of the fields
	types   map[string]string            // of variables and constants that name theirs
}

// has says whether a type, or a constant's type, has a method or a field of that name.
func (e *exported) has(name, member string) bool {
	if of := e.types[name]; of != "" {
		name = of
	}
	_, ok := e.members[name][member]
	return ok
}

func (e *exported) add(typ, member, of string) {
	if e.members[typ] == nil {
		e.members[typ] = map[string]string{}
	}
	e.members[typ][member] = of
}

func exportedOf(t *testing.T, dir string) *exported {
	t.Helper()
	e := &exported{names: map[string]bool{}, members: map[string]map[string]string{}, types: map[string]string{}}
	for _, f := range parsePackage(t, dir, func(name string) bool { return !strings.HasSuffix(name, "_test.go") }) {
		for _, decl := range f.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil {
					e.names[d.Name.Name] = true
				} else {
					e.add(receiver(d), d.Name.Name, "")
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					e.spec(spec)
				}
			}
		}
	}
	return e
}

func (e *exported) spec(spec ast.Spec) {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		e.names[s.Name.Name] = true
		var fields *ast.FieldList
		switch typ := s.Type.(type) {
		case *ast.StructType:
			fields = typ.Fields
		case *ast.InterfaceType:
			fields = typ.Methods
		default:
			return
		}
		for _, field := range fields.List {
			for _, name := range field.Names {
				e.add(s.Name.Name, name.Name, typeText(field.Type))
			}
		}
	case *ast.ValueSpec:
		for _, name := range s.Names {
			e.names[name.Name] = true
			e.types[name.Name] = typeText(s.Type)
		}
	}
}

// typeText is the name of a type of the same package, with a star before it if it is a pointer, else "".
func typeText(expr ast.Expr) string {
	switch x := expr.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.StarExpr:
		if of := typeText(x.X); of != "" {
			return "*" + of
		}
	}
	return ""
}

func receiver(d *ast.FuncDecl) string {
	return strings.TrimPrefix(typeText(d.Recv.List[0].Type), "*")
}

// parsePackage parses those files of a directory that want selects.
func parsePackage(t *testing.T, dir string, want func(name string) bool) []*ast.File {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(filepath.FromSlash(dir), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, path := range paths {
		if !want(filepath.Base(path)) {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		t.Fatalf("no Go file was found in %s", dir)
	}
	return files
}

func readText(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// codeOf returns what a document shows as code: the lines of its code blocks, and what stands between backticks.
func codeOf(text string) []string {
	code := slices.Clone(parseDocument(text).commands)
	fenced := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			fenced = !fenced
		}
		if fenced || strings.HasPrefix(line, "    ") {
			continue
		}
		for _, span := range inlineCode.FindAllString(line, -1) {
			code = append(code, strings.Trim(span, "`"))
		}
	}
	return code
}

// In docs/troubleshooting.md a text in quotes between backticks is one that a program of this repository prints,
// and a word in capitals with an underscore is one of the service's, which the code or a wire reference knows.
var serviceWord = regexp.MustCompile(`^[A-Z0-9]+(_[A-Z0-9]+)+$`)

func TestMessagesInTroubleshootingArePrinted(t *testing.T) {
	printed := literalsOf(t)
	wire := readText(t, filepath.FromSlash("docs/wire.md")) + readText(t, filepath.FromSlash("docs/wire-photos.md"))
	messages := 0
	for _, code := range codeOf(readText(t, filepath.FromSlash("docs/troubleshooting.md"))) {
		quoted := len(code) > 2 && code[0] == '"' && code[len(code)-1] == '"'
		switch {
		case quoted:
			messages++
			if !slices.ContainsFunc(printed, func(text string) bool { return strings.Contains(text, code[1:len(code)-1]) }) {
				t.Errorf("nothing prints %s", code)
			}
		case serviceWord.MatchString(code):
			messages++
			if !strings.Contains(wire, code) && !slices.ContainsFunc(printed, func(text string) bool { return strings.Contains(text, code) }) {
				t.Errorf("neither the code nor a wire reference knows %s", code)
			}
		}
	}
	if messages < 40 {
		t.Errorf("only %d messages were found", messages)
	}
}

// messageOf is a message with the sentinel that prints it: `"text"` (`acd.ErrX`.
var messageOf = regexp.MustCompile("`\"([^\"]+)\"` \\(`acd\\.(Err\\w+)`")

func TestSentinelsInTroubleshootingHaveTheirText(t *testing.T) {
	texts := map[string]error{
		"ErrUnauthorized": acd.ErrUnauthorized, "ErrForbidden": acd.ErrForbidden, "ErrUnavailable": acd.ErrUnavailable,
		"ErrRateLimited": acd.ErrRateLimited, "ErrExists": acd.ErrExists, "ErrOutcomeUnknown": acd.ErrOutcomeUnknown,
		"ErrNotReplayable": acd.ErrNotReplayable, "ErrQuotaExceeded": acd.ErrQuotaExceeded, "ErrTooLarge": acd.ErrTooLarge,
		"ErrChanged": acd.ErrChanged, "ErrInvalid": acd.ErrInvalid, "ErrChecksum": acd.ErrChecksum,
		"ErrIncomplete": acd.ErrIncomplete, "ErrNotFound": acd.ErrNotFound,
	}
	for _, m := range messageOf.FindAllStringSubmatch(readText(t, filepath.FromSlash("docs/troubleshooting.md")), -1) {
		if sentinel := texts[m[2]]; sentinel == nil || sentinel.Error() != m[1] {
			t.Errorf("acd.%s is %v, and the document says %q", m[2], sentinel, m[1])
		}
		delete(texts, m[2])
	}
	for name := range texts {
		t.Errorf("acd.%s has no entry", name)
	}
}

// literalsOf returns the string literals of all code that is no test, mock or benchmark; those that are
// joined by a plus are one.
func literalsOf(t *testing.T) []string {
	t.Helper()
	var texts []string
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if slices.Contains([]string{"benchmarks", "mocks", "tools", "testdata", ".git", ".ci"}, d.Name()) {
				return fs.SkipDir
			}
			return nil
		case filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			expr, ok := n.(ast.Expr)
			if !ok {
				return true
			}
			text, err := joined(expr)
			if err != nil {
				return true
			}
			texts = append(texts, text)
			return false
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

var errNoText = errors.New("not a constant text")

// joined is the text of a literal, or of literals that are joined by a plus.
func joined(expr ast.Expr) (string, error) {
	switch x := expr.(type) {
	case *ast.BasicLit:
		if x.Kind == token.STRING {
			return strconv.Unquote(x.Value)
		}
	case *ast.BinaryExpr:
		if x.Op == token.ADD {
			left, err := joined(x.X)
			if err != nil {
				return "", err
			}
			right, err := joined(x.Y)
			return left + right, err
		}
	}
	return "", errNoText
}

func TestDocumentsNameTheGoReleaseOfTheModule(t *testing.T) {
	line := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(readText(t, "go.mod"))
	if line == nil {
		t.Fatal("go.mod has no go line")
	}
	release := regexp.MustCompile(`Go \(?(1\.\d+)`)
	for _, file := range []string{"README.md", "CONTRIBUTING.md", filepath.FromSlash("docs/promises.md")} {
		named := release.FindAllStringSubmatch(readText(t, file), -1)
		if len(named) == 0 {
			t.Errorf("%s names no Go release", file)
		}
		for _, m := range named {
			if m[1] != line[1] {
				t.Errorf("%s speaks of Go %s, and go.mod of %s", file, m[1], line[1])
			}
		}
	}
}
