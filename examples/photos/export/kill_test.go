package export_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/photos/export"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/photos"
)

var kills = flag.Int("kills", 20, "how often TestKilledExportLosesNothing kills the export")

// childEnv tells this program that it is a child which exports: the service, the session and the directory.
const childEnv = "ACD_TEST_EXPORT"

func TestMain(m *testing.M) {
	if job := os.Getenv(childEnv); job != "" {
		if err := exportAsChild(strings.Split(job, "\n")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// header is a session that is told, and not kept.
type header struct{ cookies, id string }

func (h header) Authorize(r *http.Request) error {
	r.Header.Set("Cookie", h.cookies)
	r.Header.Set("X-Amzn-Sessionid", h.id)
	return nil
}
func (header) Answered(*http.Response) bool { return false }

func exportAsChild(job []string) error {
	base := job[0]
	drive, err := acd.NewClient(context.Background(), nil, acd.WithPhotos("amazon.de"), acd.WithAuthenticator(header{job[1], job[2]}), acd.WithLimiter(noLimit{}),
		acd.WithEndpoints(acd.Endpoints{MetadataURL: base + "/drive/v1/", ContentURL: base + "/cdproxy/", DownloadServiceURL: base + "/"}))
	if err != nil {
		return err
	}
	client, err := photos.New(drive)
	if err != nil {
		return err
	}
	account, err := export.Run(context.Background(), client, job[3], export.Options{Hidden: true, Zone: time.UTC, Albums: export.AlbumsAsLinks})
	if err == nil && !account.Complete() {
		err = fmt.Errorf("not complete: %+v", account)
	}
	return err
}

// However often an export is killed, at whatever moment: in the end each original is there once and whole.
func TestKilledExportLosesNothing(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithPhotos("amazon.de"))
	if _, err := drive.SeedPhotos(600, 3); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(drive)
	defer server.Close()
	session := drive.NewSession()
	dir := t.TempDir()
	child := func() *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+strings.Join([]string{server.URL, session.Header(), session.ID(), dir}, "\n"))
		cmd.Stderr = os.Stderr
		return cmd
	}
	// How long a whole run takes, so that kills fall into all of it.
	start := time.Now()
	if err := child().Run(); err != nil {
		t.Fatal(err)
	}
	whole := time.Since(start)
	killed, done := 0, 0
	dir = t.TempDir()
	for killed < *kills {
		cmd := child()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(rand.N(whole/2), func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		timer.Stop()
		if err == nil { // it came to its end: once more from the beginning
			checkFiles(t, dir)
			dir = t.TempDir()
			done++
			continue
		}
		killed++
	}
	if err := child().Run(); err != nil {
		t.Fatal(err)
	}
	checkFiles(t, dir)
	t.Logf("%d kills, %d exports that came to their end between them; a whole run takes %v", killed, done, whole)
}
