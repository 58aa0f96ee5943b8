package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/mocks"
)

// person runs the command in a test. A person has an own configuration, and no remotes of rclone.
type person struct {
	*app
	t *testing.T
}

func newPerson(t *testing.T) *person {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("RCLONE_CONFIG", filepath.Join(dir, "rclone.conf"))
	t.Setenv("ACD_CLI_CACHE_PATH", dir)
	for _, name := range []string{"ACD_TOKEN", "ACD_CLIENT_ID", "ACD_CLIENT_SECRET"} {
		t.Setenv(name, "")
	}
	return &person{&app{dir: filepath.Join(dir, "acd"), mock: builtIn}, t}
}

// with returns a person for whom mock: is another drive.
func (p *person) with(drive *mocks.Drive) *person {
	return &person{&app{dir: p.dir, browser: p.browser, mock: func() (*mocks.Drive, error) { return drive, nil }}, p.t}
}

// outcome is the result of one run.
type outcome struct {
	t        *testing.T
	status   int
	out, err string
}

const inMemory = "mock: is a drive in memory with a few files to try things on; it is gone when this command ends\n"

func (p *person) run(args ...string) *outcome { return p.answering("", args...) }

// answering runs the command and types a text meanwhile.
func (p *person) answering(typed string, args ...string) *outcome {
	p.t.Helper()
	a := &app{dir: p.dir, mock: p.mock, browser: p.browser}
	var out, errs bytes.Buffer
	status := a.program().Run(p.t.Context(), args, program.NewConsole(strings.NewReader(typed), &out, &errs))
	return &outcome{p.t, status, out.String(), strings.TrimPrefix(errs.String(), inMemory)}
}

// ok fails the test if the run failed.
func (o *outcome) ok() *outcome {
	o.t.Helper()
	if o.status != 0 || o.err != "" {
		o.t.Fatalf("status %d\n%s%s", o.status, o.out, o.err)
	}
	return o
}

// prints fails the test unless the run printed exactly want.
func (o *outcome) prints(want string) {
	o.t.Helper()
	if o.ok(); o.out != want {
		o.t.Errorf("printed\n%s\nwant\n%s", o.out, want)
	}
}

// row returns the value of one row in the table of a copy.
func (o *outcome) row(name string) string {
	o.t.Helper()
	m := regexp.MustCompile(`(?m)^\s*` + name + `\s+(\S+)$`).FindStringSubmatch(o.out)
	if m == nil {
		o.t.Fatalf("no row %q in:\n%s%s", name, o.out, o.err)
	}
	return m[1]
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// at returns the time as a listing prints it, that many hours after the start time of the built-in
// drive.
func at(hours int) string {
	return time.Date(2016, 5, 4, 3+hours, 2, 1, 0, time.UTC).Local().Format(time.DateTime)
}

// This test runs every listing command on the built-in drive.
func TestListings(t *testing.T) {
	p := newPerson(t)
	for _, tc := range []struct{ args, want string }{
		{"lsd mock:", "          -1 " + at(1) + "        -1 Documents\n          -1 " + at(3) + "        -1 Pictures\n"},
		{"lsd mock:Documents/", "          -1 " + at(2) + "        -1 Taxes\n"},
		{"ls mock:", "       40 a name with ／ in it.txt\n        8 notes.md\n       38 Documents/letter.txt\n       17 Documents/Taxes/2015.csv\n" +
			"       34 Pictures/2015/cat.jpg\n       34 Pictures/2015/dog.jpg\n       34 Pictures/Copies/cat (1).jpg\n"},
		{"ls mock:notes.md", "        8 notes.md\n"},
		{"ls -include *.jpg -exclude Copies/ mock:Pictures", "       34 2015/cat.jpg\n       34 2015/dog.jpg\n"},
		{"ls mock: -max-size 20B", "        8 notes.md\n       17 Documents/Taxes/2015.csv\n"},
		{"lsl mock:Pictures/2015", "       34 " + at(3) + ".000000000 cat.jpg\n       34 " + at(4) + ".000000000 dog.jpg\n"},
		{"size mock:", "Total objects: 7\nTotal size: 205 B (205 Byte)\n"},
		{"about mock:", "Total:   100 TiB\nUsed:    205 B\nFree:    100 TiB\nObjects: 7\n"},
		{"about -json -trash mock:", `{"free":109951162777395,"objects":7,"total":109951162777600,"trashed":0,"used":205}` + "\n"},
		{"ls mock:Documents/Taxes -json", `[
{"Path":"2015.csv","Name":"2015.csv","Size":17,"ModTime":"2016-05-04T05:02:01Z","IsDir":false,"ID":"ID","Hashes":{"md5":"833c816fe884368ecdd4f3b102fdb9d1"}}
]
`},
		{"ls -json -include nothing -exclude * mock:", "[]\n"},
		{"remotes", ""},
	} {
		t.Run(tc.args, func(t *testing.T) {
			o := p.run(strings.Fields(tc.args)...)
			o.t, o.out = t, regexp.MustCompile(`"ID":"[^"]*"`).ReplaceAllString(o.out, `"ID":"ID"`)
			o.prints(tc.want)
		})
	}
}

func TestTheBuiltInDriveSaysWhatItIs(t *testing.T) {
	a := &app{mock: builtIn}
	var out, errs bytes.Buffer
	status := a.program().Run(t.Context(), []string{"lsd", "mock:"}, program.NewConsole(nil, &out, &errs))
	if status != 0 || errs.String() != inMemory {
		t.Errorf("status %d, %q", status, errs.String())
	}
}

// The commands in the README work. Those that need an account are left out.
func TestCommandsOfTheReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	p := newPerson(t)
	t.Chdir(t.TempDir())
	ran := 0
	for _, line := range regexp.MustCompile("go run ./examples/acd ([^`\n]+)").FindAllStringSubmatch(string(text), -1) {
		args := strings.Fields(line[1])
		if o := p.run(args[0], "-h"); o.status != 0 {
			t.Errorf("%s: there is no such command", line[1])
		}
		if strings.Contains(line[1], "mock:") && !strings.Contains(line[1], "-endpoint") {
			ran++
			p.run(args...).ok()
		}
	}
	if ran < 2 {
		t.Errorf("%d commands were run", ran)
	}
}
