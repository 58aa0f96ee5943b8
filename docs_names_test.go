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

// documentedPackages returns the directories of the packages that documents mention, by the name before
// the dot.
func documentedPackages() map[string]string {
	return map[string]string{
		"acd": ".", "encoding": "encoding", "oauth": "oauth", "rcloneconf": "rcloneconf",
		"transfer": "transfer", "tree": "tree", "photos": "photos", "webdav": "webdav", "mocks": "mocks", "drivetest": "mocks/drivetest",
	}
}

// qualifiedName matches a name of this project, such as acd.X, transfer.Options.Mirror or
// client.Nodes.Get. It does not match inside a longer text such as a/path/acd.X or x.acd.X.
var qualifiedName = regexp.MustCompile(`(?:^|[^\w./-])(acd|encoding|oauth|rcloneconf|transfer|tree|photos|webdav|mocks|drivetest|client)\.([A-Z]\w*)(?:\.([A-Z]\w*))?`)

// sentinelName matches the name of a sentinel error without its package.
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
			continue // its first column has old names that no longer exist
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

// nameExists returns an error if the package lacks name, or if name has no such member.
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

// exported holds the exported names of a package.
type exported struct {
	names   map[string]bool
	members map[string]map[string]string // methods and fields of each type, with the types of the fields
	types   map[string]string            // the types of the variables and constants that are declared with a type
}

// has reports whether a type has a method or a field named member. name is the type, or a constant or
// variable of the type.
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

// typeText returns the name of a type of the same package, with a star before it for a pointer. For any
// other type it returns "".
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

// parsePackage parses the files of a directory for which want returns true.
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

// codeOf returns everything that a document shows as code: the lines of its code blocks, and each text
// between backticks.
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

// In docs/troubleshooting.md, a quoted text between backticks is a message that a program of this
// repository prints. A word in capitals with an underscore is an error code of the service. It must be in
// the code or in a wire reference.
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

// messageOf matches a message and the sentinel with that text: `"text"` (`acd.ErrX`.
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

// literalsOf returns the string literals of all code except tests, mocks and benchmarks. Literals that
// are joined with + count as one.
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

// joined returns the text of a literal, or of several literals that are joined with +.
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
