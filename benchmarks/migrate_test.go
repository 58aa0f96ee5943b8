package benchmarks

import (
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The first column of docs/migrate.md must hold each exported function of ncw/go-acd, and each
// exported method of its exported types.
func TestMigrationNamesEveryCallOfGoACD(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "migrate.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "## From ncw/go-acd")
	table, _, _ = strings.Cut(table, "\n## ")
	var first strings.Builder
	for line := range strings.Lines(table) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			first.WriteString(cells[1])
		}
	}
	calls := 0
	for _, call := range callsOf(t, "github.com/ncw/go-acd") {
		calls++
		if !regexp.MustCompile("`" + regexp.QuoteMeta(call) + `\b`).MatchString(first.String()) {
			t.Errorf("docs/migrate.md has no row for %s of go-acd", call)
		}
	}
	if calls < 40 {
		t.Errorf("go-acd has only %d calls", calls)
	}
}

// callsOf returns "Func" and "Type.Method" for the exported functions and methods of a package. A
// service has the name of its field in the client.
func callsOf(t *testing.T, path string) []string {
	t.Helper()
	pkg, err := build.Import(path, ".", 0)
	if err != nil {
		t.Fatal(err)
	}
	var calls []string
	for _, name := range pkg.GoFiles {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(pkg.Dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range f.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || !d.Name.IsExported() {
				continue
			}
			if d.Recv == nil {
				calls = append(calls, d.Name.Name)
				continue
			}
			of := d.Recv.List[0].Type
			if star, ok := of.(*ast.StarExpr); ok {
				of = star.X
			}
			if typ := of.(*ast.Ident); typ.IsExported() {
				calls = append(calls, strings.TrimSuffix(typ.Name, "Service")+"."+d.Name.Name)
			}
		}
	}
	return calls
}
