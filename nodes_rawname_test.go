package acd_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
	"github.com/acd-sdk/acd/mocks"
)

// A name that is already in the drive's form, for example from another drive, must be sent
// unchanged. If it were encoded again, it would be a different name, because the quote character
// would be quoted.
func TestRawNamesGoInAsTheyAre(t *testing.T) {
	const raw = "a\u201b\uff0fb" // the name on the drive for a name that contains a full-width slash
	type call func(ctx context.Context, c *acd.Client, folder, file string) (*acd.Node, error)
	calls := map[string]call{
		"CreateFolder": func(ctx context.Context, c *acd.Client, folder, _ string) (*acd.Node, error) {
			return c.Nodes.CreateFolder(ctx, folder, raw, acd.WithRawName())
		},
		"EnsureFolder": func(ctx context.Context, c *acd.Client, folder, _ string) (*acd.Node, error) {
			return c.Nodes.EnsureFolder(ctx, folder, raw, acd.WithRawName())
		},
		"Upload": func(ctx context.Context, c *acd.Client, folder, _ string) (*acd.Node, error) {
			return c.Content.Upload(ctx, folder, raw, strings.NewReader("x"), acd.WithRawName())
		},
		"Update": func(ctx context.Context, c *acd.Client, _, file string) (*acd.Node, error) {
			return c.Nodes.Update(ctx, file, acd.SetRawName(raw))
		},
		"Move": func(ctx context.Context, c *acd.Client, folder, file string) (*acd.Node, error) {
			return c.Nodes.Move(ctx, file, acd.RootID, folder, acd.MoveAsRaw(raw))
		},
	}
	for name, do := range calls {
		t.Run(name, func(t *testing.T) {
			server := foreign.Start(t)
			drive := mocks.NewDrive()
			mustID := func(id string, err error) string {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				return id
			}
			for where, account := range map[string]struct {
				client       *acd.Client
				folder, file string
			}{
				"mock": {newClient(t, drive), mustID(drive.Mkdir("folder")), mustID(drive.WriteFile("file", []byte("f")))},
				"foreign": {foreignClient(t, server), server.AddFolder(server.Root(), "folder"),
					server.AddFile(server.Root(), "file", "f")},
			} {
				n, err := do(t.Context(), account.client, account.folder, account.file)
				if err != nil {
					t.Fatalf("%s: %v", where, err)
				}
				now, err := account.client.Nodes.Get(t.Context(), n.ID)
				if err != nil || now.RawName != raw {
					t.Errorf("%s: the drive has the name %+q, want %+q: %v", where, now.RawName, raw, err)
				}
			}
		})
	}
}

func TestChildByItsRawName(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClient(t, drive)
	const raw = "x\u201b" // the client never encodes a name to this: it would double the quote
	made, err := client.Nodes.CreateFolder(t.Context(), acd.RootID, raw, acd.WithRawName())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := client.Nodes.Child(t.Context(), acd.RootID, raw, acd.WithRawName()); err != nil || n.ID != made.ID {
		t.Errorf("by its raw name: %v", err)
	}
	if _, err := client.Nodes.Child(t.Context(), acd.RootID, raw); !errors.Is(err, acd.ErrNotFound) {
		t.Errorf("the encoded name is another one, and was found: %v", err)
	}
}

func TestRawNamesAreChecked(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClient(t, drive)
	before := drive.Counters().Requests
	for _, raw := range []string{"", "a\x00b", "caf\xe9", strings.Repeat("n", 281)} {
		if _, err := client.Nodes.CreateFolder(t.Context(), "folder", raw, acd.WithRawName()); !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("CreateFolder %q: %v", raw, err)
		}
		if _, err := client.Nodes.Update(t.Context(), "id", acd.SetRawName(raw)); !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("Update %q: %v", raw, err)
		}
	}
	if n := drive.Counters().Requests - before; n != 0 {
		t.Errorf("%d requests for names that cannot be", n)
	}
}

// If a raw name is taken, KeepBoth must choose a raw name with a number.
func TestKeepBothOfRawNames(t *testing.T) {
	drive := mocks.NewDrive()
	client := newClient(t, drive)
	const raw = "x\u201b.txt"
	for range 2 {
		if _, err := client.Content.Upload(t.Context(), "", raw, strings.NewReader("x"), acd.WithRawName(), acd.IfExists(acd.KeepBoth)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := client.Nodes.Child(t.Context(), "", "x\u201b (1).txt", acd.WithRawName()); err != nil {
		t.Error(err)
	}
}
