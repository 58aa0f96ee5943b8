package acd_test

import (
	"go/ast"
	"go/doc"
	"maps"
	"slices"
	"strings"
	"testing"
)

// withoutExample lists the methods and options that have no Example, with the reason.
func withoutExample() map[string]string {
	return map[string]string{
		"SetName":          "in that of NodesService.Update, which one calls with several changes at once",
		"SetDescription":   "in that of NodesService.Update",
		"WithStallTimeout": "it would have to wait in real time; TestSlowPassesAndStalledBreaks shows it",
	}
}

func TestEveryMethodAndOptionHasAnExample(t *testing.T) {
	isTest := func(name string) bool { return strings.HasSuffix(name, "_test.go") }
	shown := map[string]bool{}
	for _, example := range doc.Examples(parsePackage(t, ".", isTest)...) {
		if example.Output == "" && !example.EmptyOutput {
			t.Errorf("Example%s has no output, so that it is never run", example.Name)
		}
		shown[exampleOf(example.Name)] = true
	}
	exceptions := withoutExample()
	due := 0
	for _, f := range parsePackage(t, ".", func(name string) bool { return !isTest(name) }) {
		for _, decl := range f.Decls {
			d, ok := decl.(*ast.FuncDecl)
			if !ok || !owesExample(d) {
				continue
			}
			due++
			name := d.Name.Name
			if d.Recv != nil {
				name = receiver(d) + "." + name
			}
			_, excepted := exceptions[name]
			switch {
			case excepted && shown[name]:
				t.Errorf("%s has an Example: take it off the list of exceptions", name)
			case !excepted && !shown[name]:
				t.Errorf("%s has no Example", name)
			}
			delete(exceptions, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(exceptions)) {
		t.Errorf("%s is an exception, and there is no such method or option", name)
	}
	if due < 60 {
		t.Errorf("only %d methods and options were found", due)
	}
}

// exampleOf returns what an example is about. For "NodesService_List_error" it returns
// "NodesService.List": the part that begins with a small letter is a suffix.
func exampleOf(name string) string {
	var parts []string
	for part := range strings.SplitSeq(name, "_") {
		if part == "" || !ast.IsExported(part) {
			break
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ".")
}

// owesExample reports whether a function must have an Example: a method of Client or of a service, or a
// function that returns an option.
func owesExample(d *ast.FuncDecl) bool {
	switch {
	case !d.Name.IsExported():
		return false
	case d.Recv != nil:
		of := receiver(d)
		return of == "Client" || ast.IsExported(of) && strings.HasSuffix(of, "Service")
	}
	results := d.Type.Results
	return results != nil && len(results.List) == 1 && strings.HasSuffix(typeText(results.List[0].Type), "Option")
}
