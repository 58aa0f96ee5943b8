package transfer_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// Each pattern is used to include and to exclude files of one tree. The test checks which files it
// matches.
func TestPatternsMatch(t *testing.T) {
	tree := files{".git/config": "", "sub/.git/config": "", "sub/.github": "", "a.jpg": "", "b.JPG": "", "c.jpeg": "", "docs/x.txt": "", "docs/deep/y.txt": "",
		"sub/docs/z.txt": "", "docs.txt": "", "e/docs": "", "{a,b}": "", "x,y": "", "Caf\u00e9": "", "star*": "", "!x": "", "#x": "", "- x": "", "n1": "", "n2": "", "nx": ""}
	for pattern, want := range map[string]string{
		"*.{jpg,jpeg}":    "a.jpg c.jpeg",
		"{*.jpg,docs/**}": "a.jpg docs/deep/y.txt docs/x.txt e/docs sub/docs/z.txt",
		"n[12]":           "n1 n2",
		"n[!12]":          "nx",
		"n[^12]":          "nx",
		"n[!a-z]":         "n1 n2",
		".git/**":         ".git/config sub/.git/config",
		"/.git/**":        ".git/config",
		"**/.git/**":      ".git/config sub/.git/config",
		".git/":           ".git/config sub/.git/config",
		"docs/":           "docs/deep/y.txt docs/x.txt sub/docs/z.txt",
		"/docs/*.txt":     "docs/x.txt",
		"./docs/*.txt":    "docs/x.txt",
		"docs/*.txt":      "docs/x.txt sub/docs/z.txt",
		"docs/**.txt":     "docs/deep/y.txt docs/x.txt sub/docs/z.txt",
		"sub/**/*.txt":    "sub/docs/z.txt",
		`\{a,b\}`:         "{a,b}",
		"x,y":             "x,y",
		"Cafe\u0301":      "Caf\u00e9",
		`star\*`:          "star*",
		`\!x`:             "!x",
		`[\!]x`:           "!x",
		`\#x`:             "#x",
		`\- x`:            "- x",
		"**":              strings.Join(sortedKeys(tree), " "),
	} {
		t.Run(pattern, func(t *testing.T) {
			from := t.TempDir()
			write(t, from, tree)
			for _, exclude := range []bool{false, true} {
				opts := transfer.Options{DryRun: true}
				if opts.Include = []string{pattern}; exclude {
					opts.Include, opts.Exclude = nil, opts.Include
				}
				got := files{}
				opts.OnEvent = func(e transfer.Event) {
					if e.Action == transfer.Copied {
						got[e.Path] = ""
					}
				}
				if _, err := transfer.Upload(t.Context(), mocks.NewDrive().Client(t.Context()), from, "b", opts); err != nil {
					t.Fatal(err)
				}
				if exclude {
					got = without(tree, got)
				}
				if text := strings.Join(sortedKeys(got), " "); text != want {
					t.Errorf("exclude %v: it matches %q, want %q", exclude, text, want)
				}
			}
		})
	}
}

func sortedKeys(f files) []string {
	var keys []string
	for k := range f {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func without(all, some files) files {
	rest := files{}
	for k := range all {
		if _, ok := some[k]; !ok {
			rest[k] = ""
		}
	}
	return rest
}

func TestPatternsWithoutCase(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"a.jpg": "1", "b.JPG": "2", "c.Jpg": "3", "d.png": "4", "Docs/x": "5", "\u00dcBER": "6"})
	for ignore, want := range map[bool]int{false: 1, true: 5} {
		opts := transfer.Options{Include: []string{"*.jpg", "docs/**", "\u00fcber"}, IgnoreCase: ignore}
		report, err := transfer.Upload(t.Context(), mocks.NewDrive().Client(t.Context()), from, "b", opts)
		if err != nil || report.Copied != want {
			t.Errorf("IgnoreCase %v: error %v, %d copied, want %d", ignore, err, report.Copied, want)
		}
	}
}

// A pattern that would have no effect, or another meaning than in other programs, is refused before
// the first request.
func TestPatternsThatAreRefused(t *testing.T) {
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	for _, pattern := range []string{"", "/", "//", "a//b", "!x", "- x", "+ x", "# x", "#x", "{a", "a}", "{a}", "{1..9}", "{{a.*}}", "[a", "[]", "[z-a]", "[[:alpha:]]",
		"a[/]b", `dir\file`, `x\`, "a/../b", "./../b", "a/./b", "docs/***", "not utf-8 \xff"} {
		for _, opts := range []transfer.Options{{Include: []string{pattern}}, {Exclude: []string{pattern}}} {
			if _, err := transfer.Upload(t.Context(), client, t.TempDir(), "b", opts); !errors.Is(err, acd.ErrInvalid) {
				t.Errorf("%q: %v", pattern, err)
			}
			if _, err := transfer.Download(t.Context(), client, "", t.TempDir(), opts); !errors.Is(err, acd.ErrInvalid) {
				t.Errorf("%q: %v", pattern, err)
			}
		}
	}
	if n := drive.Counters().Requests; n > 0 {
		t.Errorf("%d requests", n)
	}
}
