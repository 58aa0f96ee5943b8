package acd_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// If the response to a change is lost, the call must succeed and the change must be made, whether
// the first attempt made it or not.
func TestChangesSurviveLostAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		op   mocks.Op
		call func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error)
		ok   func(n *acd.Node, id func(string) string) bool
	}{
		"rename": {"Nodes.Update", func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Nodes.Rename(ctx, id("a/f"), "g")
		}, func(n *acd.Node, id func(string) string) bool { return n.Name == "g" }},
		"move": {"Nodes.Move", func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Nodes.Move(ctx, id("a/f"), id("a"), id("b"))
		}, func(n *acd.Node, id func(string) string) bool { return slices.Equal(n.Parents, []string{id("b")}) }},
		"add parent": {"Nodes.AddParent", func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Nodes.AddParent(ctx, id("a/f"), id("b"))
		}, func(n *acd.Node, id func(string) string) bool { return n.HasParent(id("a")) && n.HasParent(id("b")) }},
		"remove parent": {"Nodes.RemoveParent", func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Nodes.RemoveParent(ctx, id("a/f"), id("a"))
		}, func(n *acd.Node, id func(string) string) bool { return len(n.Parents) == 0 }},
		"trash": {"Nodes.Trash", func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Nodes.Trash(ctx, id("a/f"))
		}, func(n *acd.Node, id func(string) string) bool { return n.Status == acd.StatusTrash }},
	} {
		for _, fault := range []mocks.Fault{
			{At: mocks.AfterBody, Status: 504, Commit: true}, {At: mocks.AfterBody, Reset: true, Commit: true},
			{At: mocks.InAnswer, Truncate: true}, {Status: 503}, {Status: 429}, {Reset: true},
		} {
			t.Run(fmt.Sprintf("%s/%d commit %v reset %v", name, fault.Status, fault.Commit, fault.Reset), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					drive, client, id := plant(t, "a/f", "b/")
					ids := map[string]string{"a/f": id("a/f"), "a": id("a"), "b": id("b")}
					lookup := func(path string) string { return ids[path] }
					fault.Op, fault.Times = tc.op, 1
					injected := drive.Inject(fault)
					n, err := tc.call(t.Context(), client, lookup)
					if err != nil || !tc.ok(n, lookup) || injected.Fired() != 1 {
						t.Errorf("node %+v, error %v, fired %d", n, err, injected.Fired())
					}
				})
			})
		}
	}
}

// These are all the ways in which a response can be lost, with what the client can find afterwards.
func TestLostUploadAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		fault   mocks.Fault
		stream  bool
		want    error
		uploads int
	}{
		"stored, 504":                       {mocks.Fault{At: mocks.AfterBody, Status: 504, Commit: true}, false, nil, 1},
		"stored, 408":                       {mocks.Fault{At: mocks.AfterBody, Status: 408, Commit: true}, false, nil, 1},
		"stored, 500 from a stream":         {mocks.Fault{At: mocks.AfterBody, Status: 500, Commit: true}, true, nil, 1},
		"stored, connection reset":          {mocks.Fault{At: mocks.AfterBody, Reset: true, Commit: true}, false, nil, 1},
		"stored, answer cut":                {mocks.Fault{At: mocks.InAnswer, Reset: true}, false, nil, 1},
		"stored, answer truncated":          {mocks.Fault{At: mocks.InAnswer, Truncate: true}, false, nil, 1},
		"stored, appears 7 s later":         {mocks.Fault{At: mocks.AfterBody, Status: 504, Commit: true, VisibleAfter: mocks.Duration(7 * time.Second)}, false, nil, 1},
		"appears after the patience":        {mocks.Fault{At: mocks.AfterBody, Status: 504, Commit: true, VisibleAfter: mocks.Duration(12 * time.Second)}, false, nil, 2},
		"stream, after the patience":        {mocks.Fault{At: mocks.AfterBody, Status: 504, Commit: true, VisibleAfter: mocks.Duration(12 * time.Second)}, true, acd.ErrOutcomeUnknown, 1},
		"not stored, 503":                   {mocks.Fault{At: mocks.AfterBody, Status: 503}, false, nil, 2},
		"reset before the body":             {mocks.Fault{Reset: true}, false, nil, 2},
		"reset in mid-body":                 {mocks.Fault{At: mocks.InBody, Reset: true}, false, nil, 2},
		"reset in mid-body of a stream":     {mocks.Fault{At: mocks.InBody, Reset: true}, true, acd.ErrNotReplayable, 1},
		"429 before the body":               {mocks.Fault{Status: 429}, false, nil, 2},
		"429 after the body of a stream":    {mocks.Fault{At: mocks.AfterBody, Status: 429}, true, acd.ErrNotReplayable, 1},
		"400 cannot complete upload":        {mocks.Fault{At: mocks.AfterBody, Status: 400, Body: `{"message":"Cannot complete upload"}`}, false, nil, 2},
		"403 that comes and goes":           {mocks.Fault{Status: 403, Body: `{"message":"Authorization header requires 'Credential' parameter."}`}, false, nil, 2},
		"bytes corrupted on the way":        {mocks.Fault{At: mocks.InBody, Corrupt: true, After: 700}, false, acd.ErrChecksum, 1},
		"the service says another checksum": {mocks.Fault{WrongMD5: true}, false, acd.ErrChecksum, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive()
				tc.fault.Op, tc.fault.Times = "Content.Upload", 1
				injected := drive.Inject(tc.fault)
				content := strings.Repeat("content ", 1000)
				var src io.Reader = strings.NewReader(content)
				if tc.stream {
					src = stream(content)
				}
				n, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", src)
				if !errors.Is(err, tc.want) {
					t.Errorf("error %v, want %v", err, tc.want)
				}
				if err == nil && (n.MD5() != sum(content) || n.Name != "f") {
					t.Errorf("node %+v", n)
				}
				if injected.Fired() != 1 || uploads(drive) != tc.uploads {
					t.Errorf("the fault fired %d times, %d uploads, want 1 and %d", injected.Fired(), uploads(drive), tc.uploads)
				}
				if err == nil && len(drive.Snapshot().Tree) != 1 {
					t.Errorf("the drive holds %v", drive.Snapshot().Paths())
				}
				mocks.AssertNoLeaks(t, drive)
			})
		})
	}
}

// A file that existed before the call is not its result, even if it has the same name and content.
func TestOlderTwinIsNotTheResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		id, err := drive.WriteFile("f", []byte("same"))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.AfterBody, Status: 504, Times: 1})
		_, err = newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", strings.NewReader("same"))
		var e *acd.Error
		if !errors.Is(err, acd.ErrExists) || !errors.As(err, &e) || e.ConflictID != id {
			t.Errorf("error %v, want ErrExists with %s", err, id)
		}
	})
}

// A failed overwrite must not count as a success only because the old content has the same size.
func TestOverwriteLostAnswers(t *testing.T) {
	for name, tc := range map[string]struct {
		fault mocks.Fault
		want  error
		puts  int
	}{
		"stored, 504":      {mocks.Fault{Status: 504, Commit: true}, nil, 1},
		"not stored, 504":  {mocks.Fault{Status: 504}, nil, 2},
		"stored, late":     {mocks.Fault{Status: 504, Commit: true, VisibleAfter: mocks.Duration(5 * time.Second)}, nil, 1},
		"nothing happened": {mocks.Fault{Status: 429}, nil, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive()
				id, err := drive.WriteFile("f", []byte("old"))
				if err != nil {
					t.Fatal(err)
				}
				client := newClient(t, drive)
				base, err := client.Nodes.Get(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				tc.fault.Op, tc.fault.Times, tc.fault.At = "Content.Overwrite", 1, mocks.AfterBody
				drive.Inject(tc.fault)
				n, err := client.Content.Overwrite(t.Context(), base, strings.NewReader("new"))
				if !errors.Is(err, tc.want) {
					t.Fatalf("error %v, want %v", err, tc.want)
				}
				if n.ID != id || n.MD5() != sum("new") || n.Version <= base.Version {
					t.Errorf("node %+v", n)
				}
				if got := drive.Counters().ByOp["Content.Overwrite"]; got != tc.puts {
					t.Errorf("%d overwrites, want %d", got, tc.puts)
				}
			})
		})
	}
}

func TestNoWaitingMeansOneLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.AfterBody, Status: 504, Commit: true, VisibleAfter: mocks.Duration(time.Second)})
		client := newClient(t, drive, acd.WithUploadWaitPerGiB(0))
		start := time.Now()
		_, err := client.Content.Upload(t.Context(), drive.RootID(), "f", strings.NewReader("x"))
		if !errors.Is(err, acd.ErrOutcomeUnknown) || time.Since(start) != 0 {
			t.Errorf("error %v after %v, want outcome unknown at once", err, time.Since(start))
		}
		if looks := drive.Counters().ByOp["Nodes.Children"]; looks != 1 || uploads(drive) != 1 {
			t.Errorf("%d looks, %d uploads, want one of each", looks, uploads(drive))
		}
	})
}

func TestCancelEndsTheWaitForAnUpload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.AfterBody, Status: 504})
		var phases []acd.Phase
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		_, err := newClient(t, drive).Content.Upload(ctx, drive.RootID(), "f", strings.NewReader("x"), acd.WithProgress(func(p acd.Progress) {
			if len(phases) == 0 || phases[len(phases)-1] != p.Phase {
				phases = append(phases, p.Phase)
			}
		}))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("error %v after %v", err, time.Since(start))
		}
		var e *acd.Error
		if !errors.As(err, &e) || e.StatusCode != 504 {
			t.Errorf("the last answer is not in the error: %v", err)
		}
		if want := fmt.Sprint([]acd.Phase{acd.PhaseSending, acd.PhaseWaiting}); fmt.Sprint(phases) != want {
			t.Errorf("phases %v, want %v", phases, want)
		}
	})
}

func TestPendingNodeIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive(mocks.WithPending(4 * time.Second))
		n, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", strings.NewReader("x"))
		if err != nil || n.Status != acd.StatusAvailable || n.MD5() != sum("x") {
			t.Errorf("node %+v, error %v", n, err)
		}
	})
}

func TestLocalIDProvesWhoseAFileIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		drive.Inject(mocks.Fault{Op: "Content.Upload", At: mocks.AfterBody, Status: 504, Commit: true, Times: 1, VisibleAfter: mocks.Duration(15 * time.Second)})
		n, err := newClient(t, drive).Content.Upload(t.Context(), drive.RootID(), "f", strings.NewReader("x"), acd.WithUploadID("one and only"))
		if err != nil || n.MD5() != sum("x") {
			t.Errorf("node %+v, error %v", n, err)
		}
		if paths := drive.Snapshot().Paths(); len(paths) != 1 {
			t.Errorf("the drive holds %v", paths)
		}
	})
}
