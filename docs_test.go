package acd_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

// A document is one Markdown file of the repository.
type document struct {
	links    []string // the targets of its links, in order
	anchors  []string // its headings, in the form that links use
	commands []string // the lines of its code blocks
}

func TestLinksOfDocumentsLeadSomewhere(t *testing.T) {
	docs := documents(t)
	links := 0
	for _, file := range slices.Sorted(maps.Keys(docs)) {
		for _, link := range docs[file].links {
			u, err := url.Parse(link)
			if err == nil && (u.Scheme != "" || u.Host != "") {
				continue // a link to another site
			}
			links++
			if err == nil {
				err = checkLink(docs, file, u)
			}
			if err != nil {
				t.Errorf("%s: the link to %s: %v", file, link, err)
			}
		}
	}
	if links == 0 {
		t.Error("no link was found in any document")
	}
}

// checkLink returns an error if the file or the heading that the link names does not exist.
func checkLink(docs map[string]*document, file string, link *url.URL) error {
	target := file
	if link.Path != "" {
		target = filepath.Join(filepath.Dir(file), filepath.FromSlash(link.Path))
	}
	if _, err := os.Stat(target); err != nil {
		return err
	}
	if link.Fragment == "" {
		return nil
	}
	d := docs[target]
	if d == nil || !slices.Contains(d.anchors, link.Fragment) {
		return fmt.Errorf("there is no heading #%s in %s", link.Fragment, target)
	}
	return nil
}

func TestCommandsOfDocumentsNamePrograms(t *testing.T) {
	docs := documents(t)
	commands := 0
	for _, file := range slices.Sorted(maps.Keys(docs)) {
		for _, command := range codeOf(readText(t, file)) {
			words := strings.Fields(command)
			if len(words) < 3 || words[0] != "go" || words[1] != "run" || !strings.HasPrefix(words[2], "./") {
				continue
			}
			commands++
			if err := isProgram(words[2]); err != nil {
				t.Errorf("%s: %s: %v", file, command, err)
			}
			for _, word := range words[3:] {
				if name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "="); name != word && name != "h" && !mentions(t, words[2], name) {
					t.Errorf("%s: %s: the program has no flag %s", file, command, word)
				}
			}
		}
	}
	if commands == 0 {
		t.Error("no command was found in any document")
	}
}

// mentions reports whether the source of the program in dir, or of the package that all examples share,
// has the string literal name. The name of a flag is such a literal.
func mentions(t *testing.T, dir, name string) bool {
	t.Helper()
	found := false
	isSource := func(file string) bool { return !strings.HasSuffix(file, "_test.go") }
	for _, f := range append(parsePackage(t, dir, isSource), parsePackage(t, "examples/internal/program", isSource)...) {
		ast.Inspect(f, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Value == strconv.Quote(name) {
				found = true
			}
			return !found
		})
	}
	return found
}

func isProgram(dir string) error {
	files, err := filepath.Glob(filepath.Join(filepath.FromSlash(dir), "*.go"))
	if err != nil {
		return err
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly)
		if err != nil {
			return err
		}
		if f.Name.Name == "main" {
			return nil
		}
	}
	return fmt.Errorf("there is no program in %s", dir)
}

func TestGoInDocumentsIsGo(t *testing.T) {
	block := regexp.MustCompile("(?ms)^```go\n(.*?)^```$")
	blocks := 0
	for _, file := range slices.Sorted(maps.Keys(documents(t))) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllStringSubmatch(string(text), -1) {
			blocks++
			source := m[1]
			switch {
			case strings.HasPrefix(source, "package "):
			case strings.HasPrefix(source, "func "), strings.HasPrefix(source, "type "):
				source = "package p\n" + source
			default:
				source = "package p\nfunc _() {\n" + source + "}\n"
			}
			if _, err := parser.ParseFile(token.NewFileSet(), file, source, parser.SkipObjectResolution); err != nil {
				t.Errorf("%v in\n%s", err, m[1])
			}
		}
	}
	if blocks < 4 {
		t.Errorf("only %d blocks of Go were found", blocks)
	}
}

func TestDocumentsAreReadAsTheyAreShown(t *testing.T) {
	got := parseDocument("# Of `a` & b_c: 1.2\n\nSee [one](a.md) and `[no](code.md)`,\n[two](b.md#c \"titled\") and ![three](d.png).\n\n" +
		"    go run ./x\n\n## Twice\n## Twice\n```\n# no heading\n[no](fenced.md)\n```\n")
	if want := []string{"a.md", "b.md#c", "d.png"}; !slices.Equal(got.links, want) {
		t.Errorf("links %q, want %q", got.links, want)
	}
	if want := []string{"of-a--b_c-12", "twice", "twice-1"}; !slices.Equal(got.anchors, want) {
		t.Errorf("anchors %q, want %q", got.anchors, want)
	}
	if want := []string{"go run ./x", "# no heading", "[no](fenced.md)"}; !slices.Equal(got.commands, want) {
		t.Errorf("commands %q, want %q", got.commands, want)
	}
}

func documents(t *testing.T) map[string]*document {
	t.Helper()
	docs := map[string]*document{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(file) != ".md":
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		docs[file] = parseDocument(string(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if docs["README.md"] == nil {
		t.Fatal("README.md was not found")
	}
	return docs
}

var (
	inlineCode = regexp.MustCompile("`[^`]*`")
	inlineLink = regexp.MustCompile(`\[[^\]]*\]\(([^)\s]+)[^)]*\)`)
)

// parseDocument reads a document line by line. Headings begin with #. Code blocks are fenced or indented
// by four spaces. Links are written [text](target).
func parseDocument(text string) *document {
	d := &document{}
	fenced := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			fenced = !fenced
		case fenced, strings.HasPrefix(line, "    "):
			d.commands = append(d.commands, strings.TrimSpace(line))
		case strings.HasPrefix(line, "#"):
			d.heading(strings.TrimSpace(strings.TrimLeft(line, "#")))
		default:
			for _, link := range inlineLink.FindAllStringSubmatch(inlineCode.ReplaceAllString(line, ""), -1) {
				d.links = append(d.links, link[1])
			}
		}
	}
	return d
}

// heading adds the anchor that links use for a heading: letters and digits in lower case, and hyphens in
// place of spaces. If the anchor exists already, a number is added.
func (d *document) heading(text string) {
	name := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, text)
	anchor := name
	for n := 1; slices.Contains(d.anchors, anchor); n++ {
		anchor = fmt.Sprintf("%s-%d", name, n)
	}
	d.anchors = append(d.anchors, anchor)
}
