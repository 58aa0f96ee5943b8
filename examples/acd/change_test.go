package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/mocks"
)

// built returns the built-in drive, and a person who uses it.
func built(t *testing.T) (*mocks.Drive, *person) {
	t.Helper()
	drive, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	return drive, newPerson(t).with(drive)
}

const emptied = " moved to the trash of mock:, which the service empties after 30 days\n"

func TestMkdirMoveDeletePurge(t *testing.T) {
	drive, p := built(t)
	for _, tc := range []struct{ args, want string }{
		{"mkdir mock:New/Folder", ""},
		{"mkdir mock:New/Folder", ""},
		{"move -n mock:notes.md mock:New/", `would be moved: "notes.md" to "New/notes.md"` + "\n"},
		{"move mock:notes.md mock:New", ""},
		{"move mock:New/notes.md mock:New/renamed.md", ""},
		{"move mock:New/renamed.md mock:Further/down/", ""},
		{"move mock:Documents/Taxes mock:taxes", ""},
		{"ls mock:Further", "        8 down/renamed.md\n"},
		{"ls mock:taxes", "       17 2015.csv\n"},
		{"delete -dry-run mock:Pictures -include cat*", `would be moved to the trash: "2015/cat.jpg"` + "\n" + `would be moved to the trash: "Copies/cat (1).jpg"` + "\n"},
		{"delete mock:Pictures -include cat*", "2" + emptied},
		{"delete mock:taxes/2015.csv", "1" + emptied},
		{"purge mock:Pictures -n", `would be moved to the trash: "Pictures"` + "\n"},
		{"purge mock:Pictures", "1" + emptied},
	} {
		o := p.run(strings.Fields(tc.args)...)
		o.prints(tc.want)
	}
	want := []string{"Documents", "Documents/letter.txt", "Further", "Further/down", "Further/down/renamed.md", "New", "New/Folder", "a name with ／ in it.txt", "taxes"}
	if got := drive.Snapshot().Paths(); !slices.Equal(got, want) {
		t.Errorf("left %q", got)
	}
	for _, tc := range []struct {
		args   string
		status int
		want   string
	}{
		{"move mock:nothing mock:x", 1, "acd lsd"},
		{"move mock: mock:x", 2, "root"},
		{"move mock:a local", 2, "one drive"},
		{"purge mock:", 2, "acd delete"},
		{"purge mock:Documents/letter.txt", 2, "acd delete"},
		{"mkdir mock:Documents/letter.txt/below", 1, "exists already"},
	} {
		if o := p.run(strings.Fields(tc.args)...); o.status != tc.status || !strings.Contains(o.err, tc.want) || strings.Count(o.err, "\n") != 1 {
			t.Errorf("%s: status %d\n%s", tc.args, o.status, o.err)
		}
	}
}

func TestTrash(t *testing.T) {
	drive, p := built(t)
	p.run("purge", "mock:Pictures").ok()
	p.run("delete", "mock:notes.md").ok()
	if _, err := drive.WriteFile("notes.md", []byte("another")); err != nil {
		t.Fatal(err)
	}
	p.run("delete", "mock:notes.md").ok()
	o := p.run("trash", "list", "mock:").ok()
	lines := regexp.MustCompile(`(?m)^ +(-?\d+) \d{4}-\d\d-\d\d \d\d:\d\d:\d\d (\S+) (.+)$`).FindAllStringSubmatch(o.out, -1)
	var got []string
	id := ""
	for _, line := range lines {
		got = append(got, line[1]+" "+line[3])
		if line[1] == "8" {
			id = line[2]
		}
	}
	if slices.Sort(got); !slices.Equal(got, []string{"-1 Pictures", "7 notes.md", "8 notes.md"}) {
		t.Errorf("%q in\n%s", got, o.out)
	}
	p.run("trash", "restore", "mock:", "Pictures", id).prints("restored: [\"Pictures\"]\nrestored: [\"notes.md\"]\n")
	if got, err := drive.ReadFile("notes.md"); err != nil || string(got) != "# Notes\n" {
		t.Errorf("%q, %v", got, err)
	}
	p.run("size", "mock:Pictures").prints("Total objects: 3\nTotal size: 102 B (102 Byte)\n")
	for _, tc := range []struct {
		args   string
		status int
		want   string
	}{
		{"trash restore mock: nothing", 1, "acd trash list mock:"},
		{"trash restore mock:", 2, "usage"},
		{"trash empty mock:", 2, "usage"},
		{"trash restore mock: notes.md", 1, "exists already"},
	} {
		if o := p.run(strings.Fields(tc.args)...); o.status != tc.status || !strings.Contains(o.err, tc.want) || strings.Count(o.err, "\n") != 1 {
			t.Errorf("%s: status %d\n%s", tc.args, o.status, o.err)
		}
	}
}

func TestCatTreeFindDuplicates(t *testing.T) {
	_, p := built(t)
	index := filepath.Join(t.TempDir(), "index")
	const sum = "e3a0f18d688f580e72ae8504c26cbed5"
	for _, tc := range []struct{ args, want string }{
		{"cat mock:notes.md mock:Documents/Taxes/2015.csv", "# Notes\nyear;sum\n2015;12\n"},
		{"tree mock:Pictures", "mock:Pictures\n├── 2015\n│   ├── cat.jpg\n│   └── dog.jpg\n└── Copies\n    └── cat (1).jpg\n\n2 directories, 3 files\n"},
		{"find mock: -name cat*", "       34 Pictures/Copies/cat (1).jpg\n       34 Pictures/2015/cat.jpg\n"},
		{"find mock:Pictures/2015 -md5 " + strings.ToUpper(sum), "       34 Pictures/2015/cat.jpg\n"},
		{"find mock: -kind folder -after 2016-05-04T05:30:00Z", "       -1 Pictures/2015\n       -1 Pictures/Copies\n       -1 Pictures\n"},
		{"find mock: -before 2016-05-04T05:30:00Z -max-size 30B", "       17 Documents/Taxes/2015.csv\n"},
		{"find mock: -min-size 38B -type text", "       40 a name with ／ in it.txt\n       38 Documents/letter.txt\n"},
		{"find mock: -filter kind:FILE -name notes.md", "        8 notes.md\n"},
		{"find mock: -label none -json", "[]\n"},
		{"duplicates mock:", "2 files of 34 B, MD5 " + sum + "\n  Pictures/2015/cat.jpg\n  Pictures/Copies/cat (1).jpg\n1 contents are there more than once; the copies take 34 B\n"},
		{"duplicates mock:Documents -index " + index, "0 contents are there more than once; the copies take 0 B\n"},
		{"duplicates mock:Documents -index " + index, "0 contents are there more than once; the copies take 0 B\n"},
	} {
		t.Run(tc.args, func(t *testing.T) {
			o := p.run(strings.Fields(tc.args)...)
			o.t = t
			o.prints(tc.want)
		})
	}
	if o := p.run("cat", "mock:Pictures"); o.status != 2 || !strings.Contains(o.err, "acd copy") {
		t.Errorf("status %d\n%s", o.status, o.err)
	}
	if o := p.run("find", "mock:", "-after", "May"); o.status != 2 || !strings.Contains(o.err, "2016-05-04") {
		t.Errorf("status %d\n%s", o.status, o.err)
	}
}

// The second run reads the index from the file, and requests only what has changed.
func TestIndexIsKept(t *testing.T) {
	drive, p := built(t)
	index := filepath.Join(t.TempDir(), "index")
	sent := func() int64 {
		drive.ClearJournal()
		p.run("duplicates", "mock:Pictures", "-index", index).ok()
		for _, r := range drive.Journal() {
			if r.Op == mocks.OpChangesSince {
				return r.Sent
			}
		}
		return -1
	}
	if first, second := sent(), sent(); second <= 0 || second*4 > first {
		t.Errorf("the change feed was %d bytes, then %d", first, second)
	}
	write(t, index, "damaged")
	if o := p.run("duplicates", "mock:Pictures", "-index", index); o.status != 0 || !strings.Contains(o.err, "built anew") {
		t.Errorf("status %d\n%s", o.status, o.err)
	}
}
