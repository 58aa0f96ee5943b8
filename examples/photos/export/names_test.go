package export_test

import (
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/acd-sdk/acd/examples/photos/export"
	"github.com/acd-sdk/acd/mocks"
)

// Whatever the service says that a photo is called: its file lies in its month, under a name that every system takes.
func TestHostileNames(t *testing.T) {
	long := strings.Repeat("x", 300)
	wanted := []struct{ name, file string }{
		{"../../etc/passwd.jpg", ".._.._etc_passwd.jpg"},
		{`..\..\boot.jpg`, ".._.._boot.jpg"},
		{"..", "_"},
		{".", "_"},
		{"/", "_"},
		{"CON", "_CON"},
		{"nul.tar.jpg", "_nul.tar.jpg"},
		{"COM1 .jpg", "_COM1.jpg"},
		{"COM" + "\u00b9" + ".jpg", "_COM\u00b9.jpg"},
		{"CON" + strings.Repeat(" ", 300) + "x.jpg", "_CON.jpg"},
		{strings.Repeat(".", 300) + "x.jpg", "_.jpg"},
		{long + ".jpg", ""},
		{strings.Repeat("\U0001F9D1", 80) + ".jpg", ""}, // four bytes each: the limit falls into one
		{"a." + long, ""},
		{"tail. . .", "tail"},
		{"bell\x07\x1b[31m.jpg", "bell__[31m.jpg"},
		{"stream:hidden.jpg", "stream_hidden.jpg"},
		{".acd-0123456789abcdef-0123456789abcdef.partial", "_.acd-0123456789abcdef-0123456789abcdef.partial"},
		{"caf\u00e9.jpg", "caf\u00e9.jpg"},
	}
	for _, tc := range wanted {
		t.Run(fmt.Sprintf("%.20q", tc.name), func(t *testing.T) {
			drive, client := newLibrary(t)
			if _, err := drive.WritePhoto("Pictures/n.jpg", []byte("content"), mocks.Photo{Taken: "2019:07:04 12:00:00"}); err != nil {
				t.Fatal(err)
			}
			called(t, drive, map[string]string{"n.jpg": tc.name})
			dir := t.TempDir()
			account := run(t, client, dir, export.Options{})
			if !account.Complete() || account.Present != 1 || checkFiles(t, dir) != 1 {
				t.Fatalf("%+v", account)
			}
			l := readManifest(t, dir)[0]
			name := path.Base(l.Path)
			if l.Name != tc.name || path.Dir(l.Path) != "2019/07" || len(name) > 255 || !utf8.ValidString(name) {
				t.Errorf("%q of %q", l.Path, l.Name)
			}
			if tc.file != "" && name != tc.file {
				t.Errorf("%q, want %q", name, tc.file)
			}
			if again := run(t, client, dir, export.Options{}); again.New != 0 || !again.Complete() {
				t.Errorf("the second run: %+v", again)
			}
		})
	}
}

// called has the service call nodes otherwise in its listings.
func called(t *testing.T, drive *mocks.Drive, names map[string]string) {
	t.Helper()
	drive.Inject(mocks.Fault{Op: mocks.OpNodesList, Rewrite: func(body []byte) []byte {
		text := string(body)
		for from, to := range names {
			old, _ := json.Marshal(from)
			name, _ := json.Marshal(to)
			text = strings.ReplaceAll(text, string(old), string(name))
		}
		return []byte(text)
	}})
}

// Names that are one name on some system get files of their own, and of each a name of which enough is left to tell it.
func TestNamesThatFoldToOne(t *testing.T) {
	drive, client := newLibrary(t)
	names := map[string]string{"n1.jpg": "caf\u00e9.jpg", "n2.jpg": "CAFE\u0301.jpg", "n3.jpg": "Caf\u00c9.JPG", "n4.jpg": "a?.jpg", "n5.jpg": "a*.jpg"}
	for name := range names {
		if _, err := drive.WritePhoto("Pictures/"+name, []byte("content of "+name), mocks.Photo{Taken: "2019:07:04 12:00:00"}); err != nil {
			t.Fatal(err)
		}
	}
	called(t, drive, names)
	dir := t.TempDir()
	if account := run(t, client, dir, export.Options{}); account.Present != 5 || checkFiles(t, dir) != 5 {
		t.Errorf("%+v", account)
	}
}
