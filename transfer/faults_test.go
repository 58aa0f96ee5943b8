package transfer_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// Whatever faults single requests have, every file arrives exactly once.
func TestFaultsAtEveryPoint(t *testing.T) {
	faults := map[string]mocks.Fault{
		"refused":                {Op: "*", Rate: 0.2, Seed: 1, Status: 503},
		"limited":                {Op: "*", Rate: 0.2, Seed: 2, Status: 429},
		"reset before":           {Op: "*", Rate: 0.2, Seed: 3, Reset: true},
		"reset in body":          {Op: "Content.Upload", Rate: 0.3, Seed: 4, At: mocks.InBody, Reset: true},
		"refused in body":        {Op: "Content.Upload", Rate: 0.3, Seed: 5, At: mocks.InBody, Status: 500},
		"refused after body":     {Op: "Content.Upload", Rate: 0.3, Seed: 6, At: mocks.AfterBody, Status: 500},
		"answer lost":            {Op: "Content.*", Rate: 0.3, Seed: 7, Commit: true, Reset: true},
		"answer lost, unseen":    {Op: "Content.Upload", Rate: 0.3, Seed: 8, Commit: true, Status: 504, VisibleAfter: mocks.Duration(5 * time.Second)},
		"conflict":               {Op: "Content.Upload", Rate: 0.3, Seed: 9, Commit: true, Status: 408},
		"folder's answer lost":   {Op: "Nodes.CreateFolder", Rate: 0.5, Seed: 10, Commit: true, Status: 500},
		"damaged on the way up":  {Op: "Content.Upload", Nth: 5, Times: 2, At: mocks.InBody, Corrupt: true},
		"damaged on the way":     {Op: "Content.Download", Nth: 5, Times: 2, At: mocks.InAnswer, Corrupt: true},
		"cut":                    {Op: "Content.Download", Rate: 0.3, Seed: 13, At: mocks.InAnswer, Truncate: true},
		"broken":                 {Op: "Content.Download", Rate: 0.3, Seed: 14, At: mocks.InAnswer, Reset: true},
		"listing cut":            {Op: "Nodes.Children", Rate: 0.3, Seed: 15, At: mocks.InAnswer, Truncate: true},
		"strangers in a listing": {Op: "Nodes.Children", Rate: 0.5, Seed: 16, Bogus: 2, Nameless: 1, Assets: 1},
		"stale listing":          {Op: "Nodes.Children", Rate: 0.5, Seed: 17, Stale: mocks.Duration(time.Minute)},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			from, to := t.TempDir(), t.TempDir()
			write(t, from, tree())
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive()
				client := drive.Client(t.Context())
				injected := drive.Inject(fault)
				if _, err := transfer.Upload(t.Context(), client, from, "b", transfer.Options{}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(2 * time.Minute) // wait until listings are up to date
				if _, err := transfer.Download(t.Context(), client, "b", to, transfer.Options{}); err != nil {
					t.Fatal(err)
				}
				if injected.Fired() == 0 {
					t.Error("the fault never happened")
				}
				nodes := 0
				for range drive.Snapshot().Tree {
					nodes++
				}
				if want := len(withFolders(tree())) + 1; nodes != want {
					t.Errorf("%d nodes on the drive, %d wanted: duplicates or losses", nodes, want)
				}
			})
			equal(t, withFolders(tree()), local(t, to))
		})
	}
}

// If one bit of the upload flips, at any place of the request, the file is correct in the end.
func TestDamageAtEveryByte(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"some name.bin": strings.Repeat("content ", 16)})
	for at := range int64(640) {
		synctest.Test(t, func(t *testing.T) {
			drive := mocks.NewDrive()
			seed(t, drive, files{"b/": ""})
			drive.Inject(mocks.Fault{Op: "Content.Upload", Nth: 1, At: mocks.InBody, After: at, Corrupt: true})
			if _, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{}); err != nil {
				t.Errorf("byte %d: %v", at, err)
			}
			if diff := cmp.Diff(local(t, from), remote(t, drive, "b")); diff != "" {
				t.Errorf("byte %d: -want +got:\n%s", at, diff)
			}
		})
	}
}

// A second run does only what the cancelled run left.
func TestCancelAndRunAgain(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write(t, from, tree())
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	half := func(run func(context.Context, transfer.Options) (*transfer.Report, error)) (done int) {
		t.Helper()
		ctx, cancel := context.WithCancelCause(t.Context())
		cause := errors.New("enough")
		copied := 0
		report, err := run(ctx, transfer.Options{Workers: 4, OnEvent: func(e transfer.Event) {
			if e.Action == transfer.Copied {
				if copied++; copied == 20 {
					cancel(cause)
				}
			}
		}})
		if !errors.Is(err, cause) || report.Failed != 0 || report.Copied < 20 || report.Copied > 24 {
			t.Fatalf("error %v, report %+v", err, report)
		}
		return report.Copied
	}
	up := func(ctx context.Context, o transfer.Options) (*transfer.Report, error) {
		return transfer.Upload(ctx, client, from, "b", o)
	}
	down := func(ctx context.Context, o transfer.Options) (*transfer.Report, error) {
		return transfer.Download(ctx, client, "b", to, o)
	}
	total := 0
	for path := range tree() {
		if !strings.HasSuffix(path, "/") {
			total++
		}
	}
	for _, run := range []func(context.Context, transfer.Options) (*transfer.Report, error){up, down} {
		done := half(run)
		report, err := run(t.Context(), transfer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		// The files whose response was cancelled may have arrived.
		if report.Copied > total-done || report.Copied < total-done-4 || report.Copied+report.Identical != total {
			t.Errorf("%d of %d were copied before; then %+v", done, total, report)
		}
	}
	equal(t, withFolders(tree()), local(t, to))
}

// Several programs that upload the same tree at the same time make no duplicates.
func TestTwoRunsAtOnce(t *testing.T) {
	from := t.TempDir()
	write(t, from, tree())
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive(mocks.WithIndexLag(3 * time.Second))
		results := make(chan error)
		for range 3 {
			go func() {
				_, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "b", transfer.Options{})
				results <- err
			}()
		}
		for range 3 {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		if got, want := len(drive.Snapshot().Tree), len(withFolders(tree()))+1; got != want {
			t.Errorf("%d nodes, %d wanted", got, want)
		}
	})
}

func TestPendingFilesAreWaitedFor(t *testing.T) {
	from := t.TempDir()
	write(t, from, files{"a": "1", "b": "2"})
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive(mocks.WithPending(4 * time.Second))
		seed(t, drive, files{"f/a": "1"})
		if _, err := transfer.Upload(t.Context(), drive.Client(t.Context()), from, "f", transfer.Options{}); err != nil {
			t.Fatal(err)
		}
		equal(t, files{"a": "1", "b": "2"}, remote(t, drive, "f"))
	})
}

// An upload whose response was lost waits, and does not keep other files from being copied.
func TestWaitingUploadsMakeRoom(t *testing.T) {
	from := t.TempDir()
	write(t, from, tree())
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		client := drive.Client(t.Context()) // the client waits at least 10 s for a file whose response was lost
		drive.Inject(mocks.Fault{Op: "Content.Upload", Nth: 1, Times: 3, Commit: true, Status: 504, VisibleAfter: mocks.Duration(8 * time.Second)})
		start := time.Now()
		var at []time.Duration
		report, err := transfer.Upload(t.Context(), client, from, "b", transfer.Options{Workers: 2, OnEvent: func(e transfer.Event) {
			if e.Action == transfer.Copied {
				at = append(at, time.Since(start))
			}
		}})
		if err != nil || report.Copied != len(at) || report.Failed > 0 {
			t.Fatalf("error %v, report %+v", err, report)
		}
		if soon := at[len(at)-4]; soon > 2*time.Second || at[len(at)-3] < 8*time.Second {
			t.Errorf("files that did not wait were copied by %v, the others from %v on", soon, at[len(at)-3])
		}
	})
}

func TestUnauthorizedEndsAll(t *testing.T) {
	from := t.TempDir()
	write(t, from, tree())
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	drive.Inject(mocks.Fault{Op: "Content.Upload", Status: 401})
	report, err := transfer.Upload(t.Context(), client, from, "b", transfer.Options{Workers: 2})
	if !errors.Is(err, acd.ErrUnauthorized) || report.Failed > 2 || report.Failed == 0 {
		t.Errorf("error %v after %d failures", err, report.Failed)
	}
}

// A listing with two files of one name is wrong. The copy must not mix these two files into one.
func TestTwoNodesOfOneName(t *testing.T) {
	drive := mocks.NewDrive()
	seed(t, drive, files{"b/one": "1", "b/two": "2", "b/fine": "3"})
	rt := renaming{drive, `"name":"two"`, `"name":"ONE"`}
	client := drive.Client(t.Context(), acd.WithHTTPClient(&http.Client{Transport: rt}))
	to, from := t.TempDir(), t.TempDir()
	write(t, from, files{"one": "new"})
	for name, run := range map[string]func() (*transfer.Report, error){
		"download": func() (*transfer.Report, error) {
			return transfer.Download(t.Context(), client, "b", to, transfer.Options{})
		},
		"upload": func() (*transfer.Report, error) {
			return transfer.Upload(t.Context(), client, from, "b", transfer.Options{})
		},
	} {
		report, err := run()
		if report.Failed != 1 || err == nil || !strings.Contains(err.Error(), "several nodes") {
			t.Errorf("%s: error %v, report %+v", name, err, report)
		}
	}
	equal(t, files{"fine": "3"}, local(t, to))
	equal(t, files{"one": "1", "two": "2", "fine": "3"}, remote(t, drive, "b"))
}

// renaming replaces a text in responses.
type renaming struct {
	next     http.RoundTripper
	old, new string
}

func (r renaming) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.next.RoundTrip(req)
	if err != nil || req.Method != http.MethodGet {
		return resp, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(strings.NewReader(strings.ReplaceAll(string(b), r.old, r.new)))
	return resp, err
}
