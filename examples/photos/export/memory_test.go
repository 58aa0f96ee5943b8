//go:build linux

package export_test

import (
	"flag"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/acd-sdk/acd/mocks"
)

var large = flag.Int("large", 5000, "how many photos TestMemoryOfAnExport exports")

// An export of 100,000 photos (-large 100000) stays below 150 MB; a small one shows how much of that is for each photo.
func TestMemoryOfAnExport(t *testing.T) {
	if underRace {
		t.Skip("the race detector has a memory of its own")
	}
	drive := mocks.NewDrive(mocks.WithPhotos("amazon.de"), mocks.WithJournal(1))
	seeded, err := drive.SeedPhotos(*large, 4)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(drive)
	defer server.Close()
	session := drive.NewSession()
	start := time.Now()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+strings.Join([]string{server.URL, session.Header(), session.ID(), t.TempDir()}, "\n"))
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss // KiB
	t.Logf("%d photos in %v: peak memory %d MiB", seeded.Files, time.Since(start).Round(time.Second/10), peak>>10)
	if peak > 150_000_000>>10 {
		t.Errorf("%d KiB", peak)
	}
}
