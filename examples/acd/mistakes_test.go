package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

// closedPort returns an address of this machine at which no server listens.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

// For each mistake there is one line that says what to do, and the right exit status.
func TestMistakes(t *testing.T) {
	p := newPerson(t)
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		write(t, path, text)
		return path
	}
	notToken := file("not-a-token", "hello")
	expiredToken := file("expired.json", `{"access_token":"Atza|SECRET","token_type":"bearer","refresh_token":"r","expiry":"2016-01-01T00:00:00Z"}`)
	token := file("token.json", `{"access_token":"SECRET","token_type":"bearer"}`)
	refuses := httptest.NewServer(mocks.NewDrive(mocks.WithToken("another")))
	defer refuses.Close()
	refusing := refuses.URL + "/drive/v1/account/endpoint"
	write(t, filepath.Join(p.dir, "acd.conf"), "[mine]\ntype = amazon cloud drive\nclient_id = id\n[keyless]\ntype = amazon cloud drive\n")
	encrypted := file("encrypted.conf", "# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nxyz\n")
	readOnly := filepath.Join(dir, "read-only")
	if err := os.Mkdir(readOnly, 0o555); err != nil {
		t.Fatal(err)
	}

	for _, tc := range []struct {
		name   string
		args   []string
		env    string // NAME=VALUE
		status int
		want   []string
	}{
		{"a command that is none", []string{"list", "mock:"}, "", 2, []string{`"list"`, "acd help"}},
		{"a flag that is none", []string{"ls", "mock:", "-long"}, "", 2, []string{"-long", "acd ls -h"}},
		{"no argument", []string{"ls"}, "", 2, []string{"usage: acd ls REMOTE:PATH"}},
		{"an argument too many", []string{"copy", "a", "mock:b", "c"}, "", 2, []string{"usage: acd copy FROM TO"}},
		{"an unknown remote", []string{"ls", "elsewhere:"}, "", 2, []string{`"elsewhere"`, "acd remotes", "acd config"}},
		{"a local path for a drive's", []string{"ls", "Documents"}, "", 2, []string{"local path", "REMOTE:Documents"}},
		{"two local paths", []string{"copy", dir, "b"}, "", 2, []string{"REMOTE:PATH"}},
		{"no such folder on the drive", []string{"ls", "mock:Music"}, "", 1, []string{"Music", "acd lsd"}},
		{"no such local directory", []string{"copy", filepath.Join(dir, "nothing"), "mock:x"}, "", 1, []string{"nothing", "FROM stands before TO"}},
		{"swapped arguments", []string{"copy", "mock:Pitcures", dir}, "", 1, []string{"Pitcures", "acd lsd"}},
		{"a file listed as a folder", []string{"lsd", "mock:notes.md"}, "", 2, []string{"acd ls"}},
		{"a drive inside of itself", []string{"copy", "mock:Pictures", "mock:Pictures/2015/all"}, "", 2, []string{"inside of"}},
		{"no token file", []string{"ls", "-token", filepath.Join(dir, "nothing"), ":acd:"}, "", 2, []string{"-token", "nothing"}},
		{"a token file that is none", []string{"ls", "-token", notToken, ":acd:"}, "", 2, []string{"-token", "access_token"}},
		{"a token as an argument", []string{"ls", "-token", `{"access_token":"SECRET"}`, ":acd:"}, "", 2, []string{"put it in a file"}},
		{"a token that has expired", []string{"ls", "-token", expiredToken, ":acd:"}, "", 3, []string{"expired", "client-id", "acd authorize -store " + expiredToken}},
		{"a token that is refused", []string{"ls", "-token", token, "-discovery", refusing, ":acd:"}, "", 3, []string{"acd authorize -store " + token}},
		{"nobody signed in", []string{"ls", "mine:"}, "", 3, []string{"acd config mine"}},
		{"neither keys nor token", []string{"ls", "keyless:"}, "", 3, []string{"acd config keyless"}},
		{"an endpoint elsewhere", []string{"ls", "mock:", "-endpoint", "http://example.com"}, "", 2, []string{"example.com", "this machine"}},
		{"an endpoint for a remote", []string{"ls", "mine:", "-endpoint", "http://127.0.0.1:8800"}, "", 2, []string{"mock:"}},
		{"no network", []string{"ls", "mock:", "-endpoint", closedPort(t), "-low-level-retries", "1"}, "", 1, []string{"examples/mockdrive"}},
		{"a pattern that is none", []string{"ls", "mock:", "-include", "["}, "", 2, []string{"["}},
		{"a size that is none", []string{"ls", "mock:", "-max-size", "1X"}, "", 2, []string{"-max-size", "500M"}},
		{"no transfers", []string{"copy", "mock:", dir, "-transfers", "0"}, "", 2, []string{"-transfers"}},
		{"a setting that is none", []string{"ls", ":acd:", "-token", token}, "ACD_ENCODING=Slash,Dort", 2, []string{"ACD_ENCODING", "Dort"}},
		{"rclone's file is encrypted", []string{"ls", "theirs:"}, "RCLONE_CONFIG=" + encrypted, 1, []string{"rclone config"}},
		{"a file above the target", []string{"copy", "mock:", filepath.Join(notToken, "below")}, "", 1, []string{"a file is where a directory should be"}},
		{"a target that is read only", []string{"copy", "mock:", filepath.Join(readOnly, "below")}, "", 1, []string{"not yours"}},
		{"nobody answers", []string{"config", "new"}, "", 1, []string{"nobody to ask"}},
		{"a name for a path", []string{"config", "a/b"}, "", 2, []string{"a/b"}},
		{"a shell that is none", []string{"completion", "tcsh"}, "", 2, []string{"bash"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.name == "a target that is read only" && os.Getuid() == 0 {
				t.Skip("every file can be read by this user")
			}
			if name, value, ok := strings.Cut(tc.env, "="); ok {
				t.Setenv(name, value)
			}
			o := p.run(tc.args...)
			said := strings.TrimPrefix(o.err, inMemory)
			if o.status != tc.status || strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "acd") || strings.Contains(said, "SECRET") {
				t.Errorf("status %d, want %d and one line:\n%s", o.status, tc.status, said)
			}
			for _, want := range tc.want {
				if !strings.Contains(said, want) {
					t.Errorf("%q does not name %q", said, want)
				}
			}
		})
	}
}

// Not every machine can produce these errors. So the test uses the error values of the system.
func TestErrorsOfTheSystemAreExplained(t *testing.T) {
	a := &app{}
	for err, want := range map[error]string{syscall.ENOSPC: "make room", syscall.EROFS: "read only"} {
		explained := a.explain(&os.PathError{Op: "write", Path: "x", Err: err})
		if !errors.Is(explained, err) || !strings.Contains(explained.Error(), want) {
			t.Errorf("%v", explained)
		}
	}
}

// After an interrupt there is one line, the exit status is 1, and the table counts what was done.
func TestInterrupt(t *testing.T) {
	from, p := source(t), newPerson(t)
	synctest.Test(t, func(t *testing.T) { testInterrupt(t, p, from) })
}

func testInterrupt(t *testing.T, p *person, from string) {
	drive := mocks.NewDrive()
	p = p.with(drive)
	ctx, cancel := context.WithCancel(t.Context())
	drive.Inject(mocks.Fault{Op: "Content.Upload", Delay: mocks.Duration(time.Hour)})
	time.AfterFunc(time.Minute, cancel)
	var out, errs bytes.Buffer
	status := p.program().Run(ctx, []string{"copy", from, "mock:src"}, program.NewConsole(nil, &out, &errs))
	if said := errs.String(); status != 1 || !strings.HasSuffix(said, "\nacd: interrupted; run it again to do what is left\n") || strings.Count(said, "interrupted") != 1 {
		t.Errorf("status %d\n%s", status, said)
	}
	if o := (&outcome{t: t, out: out.String()}); o.row("copied") != "0" || o.row("not reached") != "7" {
		t.Errorf("%s", out.String())
	}
}

// If the drive is full, each file fails with one line that also says what to do.
func TestFullDrive(t *testing.T) {
	from := t.TempDir()
	write(t, filepath.Join(from, "big.bin"), strings.Repeat("x", 2000))
	o := newPerson(t).with(mocks.NewDrive(mocks.WithQuota(1000))).run("copy", from, "mock:src")
	if o.status != 1 || strings.Count(o.err, "\n") != 1 || !strings.Contains(o.err, `"big.bin": `) || !strings.Contains(o.err, "acd about") {
		t.Errorf("status %d\n%s", o.status, o.err)
	}
}

// With keys that may only read, commands that write fail and say so.
func TestReadOnlyDrive(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithToken("mock-token", oauth.ScopeReadAll))
	p := newPerson(t).with(drive)
	p.run("ls", "mock:").ok()
	for _, args := range [][]string{{"mkdir", "mock:new"}, {"copy", source(t), "mock:new"}} {
		if o := p.run(args...); o.status != 1 || !strings.Contains(o.err, "only read") || strings.Contains(o.err, "mock-token") {
			t.Errorf("%s: status %d\n%s", args[0], o.status, o.err)
		}
	}
}
