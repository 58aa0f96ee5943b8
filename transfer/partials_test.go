package transfer_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// breakOff interrupts a download, so that a partial file of b/sub/large is left in the directory.
// It returns the path of the partial file.
func breakOff(t *testing.T, drive *mocks.Drive, to string) string {
	t.Helper()
	fault := drive.Inject(mocks.Fault{Op: "Content.Download", Nth: 5, Times: 100, Status: 404})
	defer fault.Remove()
	opts := transfer.Options{Workers: 1, DownloadOptions: []acd.DownloadOption{acd.WithPartSize(64 << 10)}}
	if _, err := transfer.Download(t.Context(), drive.Client(t.Context()), "b", to, opts); !errors.Is(err, acd.ErrNotFound) {
		t.Fatal(err)
	}
	partials, _ := filepath.Glob(filepath.Join(to, "sub", ".acd-*.partial"))
	if len(partials) != 1 {
		t.Fatalf("partials: %v", partials)
	}
	return partials[0]
}

// If a version was replaced on the drive, its partial file is removed. Everything else in the
// directory stays.
func TestPartialsOfReplacedVersionsAreSwept(t *testing.T) {
	drive, to := mocks.NewDrive(), t.TempDir()
	seed(t, drive, files{"b/sub/large": strings.Repeat("1", 1<<20)})
	breakOff(t, drive, to)
	others := files{"sub/.acd-0123456789abcdef-0123456789abcdef.partial": "of another file", "sub/.acd-x.partial": "y"}
	write(t, to, others)
	seed(t, drive, files{"b/sub/large": "small now"})
	before := local(t, to)
	if _, err := transfer.Download(t.Context(), drive.Client(t.Context()), "b", to, transfer.Options{DryRun: true}); err != nil {
		t.Fatal(err)
	}
	equal(t, before, local(t, to))
	if _, err := transfer.Download(t.Context(), drive.Client(t.Context()), "b", to, transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	others["sub/"], others["sub/large"] = "", "small now"
	equal(t, others, local(t, to))
}

func TestPartialsOfASingleFileAreSwept(t *testing.T) {
	drive, to := mocks.NewDrive(), t.TempDir()
	seed(t, drive, files{"b/sub/large": strings.Repeat("1", 1<<20)})
	breakOff(t, drive, to)
	seed(t, drive, files{"b/sub/large": "small now"})
	if _, err := transfer.Download(t.Context(), drive.Client(t.Context()), "b/sub/large", filepath.Join(to, "sub"), transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	equal(t, files{"sub/": "", "sub/large": "small now"}, local(t, to))
}

// If the drive still has the version of the partial file, the download continues it.
func TestPartialsOfTheSameVersionAreKept(t *testing.T) {
	const size = 1 << 20
	drive, to := mocks.NewDrive(), t.TempDir()
	seed(t, drive, files{"b/sub/large": strings.Repeat("1", size)})
	breakOff(t, drive, to)
	var here int // depends on when the connection broke
	for name, content := range local(t, to) {
		if strings.HasSuffix(name, ".partial") {
			here += len(content)
		}
	}
	before := drive.Counters().Sent
	if _, err := transfer.Download(t.Context(), drive.Client(t.Context()), "b", to, transfer.Options{}); err != nil {
		t.Fatal(err)
	}
	const metadata = 8 << 10
	if sent := drive.Counters().Sent - before; here == 0 || sent > int64(size-here+metadata) {
		t.Errorf("%d bytes came, although %d of %d were here", sent, here, size)
	}
	equal(t, files{"sub/": "", "sub/large": strings.Repeat("1", size)}, local(t, to))
}

// A link in the place of a partial file is replaced, whatever its target is.
func TestPartialThatIsALinkIsReplaced(t *testing.T) {
	outside := t.TempDir()
	write(t, outside, files{"victim": "precious"})
	for name, target := range map[string]string{
		"out of the directory": filepath.Join(outside, "victim"), "to nothing outside": filepath.Join(outside, "new"),
		"inside": "../victim", "to nothing inside": "nowhere", "to itself": "", "to a directory": "..",
	} {
		t.Run(name, func(t *testing.T) {
			drive, to := mocks.NewDrive(), t.TempDir()
			seed(t, drive, files{"b/sub/large": strings.Repeat("1", 1<<20)})
			write(t, to, files{"victim": "precious"})
			link := breakOff(t, drive, to)
			if err := os.Remove(link); err != nil {
				t.Fatal(err)
			}
			if target == "" {
				target = filepath.Base(link)
			}
			if err := os.Symlink(target, link); err != nil {
				t.Skip(err)
			}
			if _, err := transfer.Download(t.Context(), drive.Client(t.Context()), "b", to, transfer.Options{}); err != nil {
				t.Fatal(err)
			}
			equal(t, files{"victim": "precious", "sub/": "", "sub/large": strings.Repeat("1", 1<<20)}, local(t, to))
			equal(t, files{"victim": "precious"}, local(t, outside))
		})
	}
}
