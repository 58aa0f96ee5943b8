package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/mocks"
)

// person is who runs the commands in a test: the library of -mock, and the service that a session is for, is one drive.
type person struct {
	*app
	t     *testing.T
	drive *mocks.Drive
}

func newPerson(t *testing.T, opts ...mocks.Option) *person {
	t.Helper()
	drive := mocks.NewDrive(append([]mocks.Option{mocks.WithPhotos(mockSite)}, opts...)...)
	t.Cleanup(func() { mocks.AssertNoLeaks(t, drive) })
	a := &app{
		sessionFile: filepath.Join(t.TempDir(), "acd", "photos-session.json"),
		mock:        func() (*mocks.Drive, error) { return drive, nil },
		transport:   drive,
	}
	return &person{a, t, drive}
}

// seeded has a library of so many photos.
func seeded(t *testing.T, n int, opts ...mocks.Option) (*person, mocks.Library) {
	t.Helper()
	p := newPerson(t, opts...)
	library, err := p.drive.SeedPhotos(n, 1)
	if err != nil {
		t.Fatal(err)
	}
	return p, library
}

func (p *person) write(name, text string, photo mocks.Photo) (id string) {
	p.t.Helper()
	id, err := p.drive.WritePhoto("Pictures/"+name, []byte(text), photo)
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

// signIn stores a new session.
func (p *person) signIn() *mocks.Session {
	p.t.Helper()
	session := p.drive.NewSession()
	p.typing(session.Header(), "sign-in", "-cookies", "-").ok()
	return session
}

// outcome of one run.
type outcome struct {
	t        *testing.T
	status   int
	out, err string
}

const inMemory = "This is a library in memory, not your account.\n"

func (p *person) run(args ...string) *outcome { return p.typing("", args...) }

// typing has a standard input.
func (p *person) typing(typed string, args ...string) *outcome {
	p.t.Helper()
	return p.during(p.t.Context(), typed, args...)
}

func (p *person) during(ctx context.Context, typed string, args ...string) *outcome {
	var out, errs bytes.Buffer
	status := p.program().Run(ctx, args, program.NewConsole(strings.NewReader(typed), &out, &errs))
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

// prints fails the test if the run printed something else.
func (o *outcome) prints(want string) {
	o.t.Helper()
	if o.ok(); o.out != want {
		o.t.Errorf("printed\n%s\nwant\n%s", o.out, want)
	}
}

// fails is for runs that end with a status, and one line which names what to do.
func (o *outcome) fails(status int, wants ...string) {
	o.t.Helper()
	if o.status != status || strings.Count(o.err, "\n") != 1 || !strings.HasPrefix(o.err, "photos") {
		o.t.Errorf("status %d, want %d and one line:\n%s%s", o.status, status, o.out, o.err)
	}
	for _, want := range wants {
		if !strings.Contains(o.err, want) {
			o.t.Errorf("%q does not name %q", o.err, want)
		}
	}
}

// row is the number of a line of the account.
func (o *outcome) row(what string) int {
	o.t.Helper()
	for line := range strings.Lines(o.out) {
		var n int
		if _, err := fmt.Sscan(line, &n); err == nil && strings.Contains(line, what) {
			return n
		}
	}
	o.t.Fatalf("no row %q in:\n%s%s", what, o.out, o.err)
	return 0
}

func TestTheBuiltInLibrary(t *testing.T) {
	a := &app{mock: builtIn}
	var out, errs bytes.Buffer
	status := a.program().Run(t.Context(), []string{"albums", "-mock"}, program.NewConsole(nil, &out, &errs))
	if status != 0 || errs.String() != inMemory || strings.Count(out.String(), "\n") != 4 || !strings.Contains(out.String(), "  Holidays\n") {
		t.Errorf("status %d, %q, %q", status, out.String(), errs.String())
	}
}

// The page for people shows what the built-in library prints.
func TestThePageShowsWhatIsPrinted(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "photos.md"))
	if err != nil {
		t.Fatal(err)
	}
	p := &person{&app{mock: builtIn}, t, nil}
	count, _, _ := strings.Cut(p.run("count", "-mock").ok().out, "\n")
	if !strings.Contains(string(page), "`"+count+"`") {
		t.Errorf("the page does not have %q", count)
	}
	for line := range strings.Lines(p.run("export", "-mock", t.TempDir()).ok().out) {
		if line = strings.TrimSpace(line); !strings.Contains(string(page), line) && !strings.HasSuffix(line, "albums") {
			t.Errorf("the page does not have %q", line)
		}
	}
}

// A mistake is one line, which names what to do, and the right status.
func TestMistakes(t *testing.T) {
	p, _ := seeded(t, 50)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args   string
		status int
		wants  []string
	}{
		{"list", 2, []string{`"list"`, "photos help"}},
		{"export", 2, []string{"usage: photos export DIR"}},
		{"export a b", 2, []string{"usage: photos export DIR"}},
		{"export -mock -albums folders " + dir, 2, []string{"-albums", `"folders"`}},
		{"export -mock -from yesterday " + dir, 2, []string{"-from", "2019-07"}},
		{"export -mock -from 2020 -to 2019 " + dir, 2, []string{"-from 2020-01-01", "-to 2019-01-01"}},
		{"export -mock -tz Nowhere/City " + dir, 2, []string{"-tz", "Nowhere/City"}},
		{"export -mock -transfers 0 " + dir, 2, []string{"-transfers"}},
		{"export -mock " + file, 1, []string{file}},
		{"export " + dir, 3, []string{"nobody is signed in", `"photos sign-in"`}},
		{"albums", 3, []string{`"photos sign-in"`}},
		{"search", 3, []string{`"photos sign-in"`}},
		{"count", 3, []string{`"photos sign-in"`}},
		{"probe", 3, []string{`"photos sign-in"`}},
		{"upload " + dir, 1, []string{"there is no photo"}},
		{"upload -mock " + filepath.Join(dir, "nothing"), 1, []string{"nothing"}},
		{"upload -mock -transfers 0 " + dir, 2, []string{"-transfers"}},
		{"sign-in", 2, []string{"-cookies FILE", "-cookies -"}},
		{"sign-in -mock", 2, []string{"-mock"}},
		{"sign-out -mock", 2, []string{"-mock"}},
		{"sign-in -cookies " + filepath.Join(dir, "nothing"), 1, []string{"nothing"}},
	} {
		t.Run(tc.args, func(t *testing.T) {
			o := p.run(strings.Fields(tc.args)...)
			o.t = t
			o.fails(tc.status, tc.wants...)
		})
	}
}

// A session that ended is status 3, whatever the command, and the advice is one line.
func TestEveryCommandSaysThatTheSessionEnded(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.jpg"), []byte("a"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"albums", "search", "count", "probe", "upload " + dir, "export " + filepath.Join(dir, "out")} {
		t.Run(args, func(t *testing.T) {
			p, _ := seeded(t, 20)
			p.signIn()
			p.drive.ExpireSessions()
			o := p.run(strings.Fields(args)...)
			o.t = t
			o.fails(3, `sign in again with "photos sign-in", and run the same command again`)
		})
	}
}

// What others name may reach a terminal, and must not steer it.
func TestNamesDoNotSteerTheTerminal(t *testing.T) {
	p := newPerson(t)
	id := p.write("n.jpg", "content", mocks.Photo{})
	if _, err := p.drive.WriteAlbum(mocks.Album{Name: "x\x1b]0;title\x07"}, id); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"albums", "search", "export"} {
		o := p.run(strings.Fields(args + " -mock " + map[string]string{"export": t.TempDir()}[args])...)
		if o.status != 0 || strings.ContainsAny(o.out+o.err, "\x1b\x07") {
			t.Errorf("%s: %q %q", args, o.out, o.err)
		}
	}
}
