package acd_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
	"github.com/acd-sdk/acd/mocks"
)

func TestProperties(t *testing.T) {
	drive, client, id := plant(t, "f")
	ctx, owner := t.Context(), drive.Owner()
	if err := client.Nodes.SetProperty(ctx, id("f"), owner, "mtime", "1462096800"); err != nil {
		t.Fatal(err)
	}
	if got, err := client.Nodes.Properties(ctx, id("f"), owner); err != nil || got["mtime"] != "1462096800" {
		t.Errorf("%v, %v", got, err)
	}
	if n, err := client.Nodes.Get(ctx, id("f")); err != nil || n.Properties[owner]["mtime"] != "1462096800" {
		t.Errorf("%v, %v", n.Properties, err)
	}
	if got, err := client.Nodes.Properties(ctx, id("f"), "another"); err != nil || len(got) != 0 {
		t.Errorf("another's: %v, %v", got, err)
	}
	if err := client.Nodes.SetProperty(ctx, id("f"), "another", "k", "v"); !errors.Is(err, acd.ErrForbidden) {
		t.Errorf("another's: %v", err)
	}
	for key, value := range map[string]string{"": "v", "a b": "v", strings.Repeat("k", 51): "v", "k": strings.Repeat("v", 501)} {
		if err := client.Nodes.SetProperty(ctx, id("f"), owner, key, value); !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("%.10q: %v", key, err)
		}
	}
	if err := client.Nodes.DeleteProperty(ctx, id("f"), owner, "mtime"); err != nil {
		t.Error(err)
	}
	if err := client.Nodes.DeleteProperty(ctx, id("f"), owner, "mtime"); !errors.Is(err, acd.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
}

// SetProperties sets several properties. The classic service takes one in a request; Amazon Photos
// takes all in one PATCH.
func TestSetProperties(t *testing.T) {
	values := map[string]string{"a": "1", "b": "2", "c": "3"}
	want := map[string]string{"a": "1", "b": "2", "c": "3", "old": "stays"}
	for name, tc := range map[string]struct {
		opts            []acd.Option
		patches, single int
	}{
		"classic": {nil, 0, 3},
		"photos":  {[]acd.Option{acd.WithPhotos("")}, 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			drive := mocks.NewDrive(mocks.WithPhotos())
			if tc.opts == nil {
				drive = mocks.NewDrive()
			}
			id, err := drive.WriteFile("f", []byte("x"))
			if err != nil {
				t.Fatal(err)
			}
			client := newClient(t, drive, tc.opts...)
			if err := client.Nodes.SetProperty(t.Context(), id, drive.Owner(), "old", "stays"); err != nil {
				t.Fatal(err)
			}
			drive.ClearJournal()
			n, err := client.Nodes.SetProperties(t.Context(), id, drive.Owner(), values)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, n.Properties[drive.Owner()]); diff != "" || n.ID != id {
				t.Errorf("node %s, properties (-want +got):\n%s", n.ID, diff)
			}
			if diff := cmp.Diff(want, drive.Snapshot().Tree["f"].Properties[drive.Owner()]); diff != "" {
				t.Errorf("the drive has (-want +got):\n%s", diff)
			}
			by := drive.Counters().ByOp
			if by[mocks.OpNodesUpdate] != tc.patches || by[mocks.OpNodesSetProperty] != tc.single {
				t.Errorf("%d PATCHes and %d single ones", by[mocks.OpNodesUpdate], by[mocks.OpNodesSetProperty])
			}
		})
	}
}

// The service replaces all properties of the owner with a PATCH, or refuses the PATCH, or ignores
// it. No property may be lost.
func TestSetPropertiesAgainstForeignPatches(t *testing.T) {
	for name, hook := range map[string]foreign.Hook{
		"it replaces the group": func(next http.Handler) http.Handler { return next }, // the foreign service does this without a hook
		"its answer is lost":    foreign.Times(1, "PATCH nodes/*", foreign.Lose("")),
		"it is refused": foreign.Instead("PATCH nodes/*", foreign.SayJSON(http.StatusBadRequest,
			foreign.ErrorBody("", "The field properties cannot be updated", ""))),
		"it is ignored": func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPatch {
					_, _ = io.Copy(io.Discard, r.Body)
					r.Method, r.Body, r.ContentLength = http.MethodGet, http.NoBody, 0
				}
				next.ServeHTTP(w, r)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := foreign.Start(t, hook)
			id := server.AddFile(server.Root(), "f", "x")
			server.Set(id, "properties.me.old", "stays")
			n, err := foreignClient(t, server, acd.WithPhotos("")).Nodes.SetProperties(t.Context(), id, "me", map[string]string{"a": "1", "b": "2"})
			if err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"a": "1", "b": "2", "old": "stays"}
			if diff := cmp.Diff(want, n.Properties["me"]); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			now, err := foreignClient(t, server).Nodes.Properties(t.Context(), id, "me")
			if diff := cmp.Diff(want, now); diff != "" || err != nil {
				t.Errorf("on the drive: %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// Each failed key must have its own error, and keys that the service accepted must be set.
func TestSetPropertiesReportsEachKey(t *testing.T) {
	drive, client, id := plant(t, "f")
	ctx, owner := t.Context(), drive.Owner()
	for i := range 9 {
		if err := client.Nodes.SetProperty(ctx, id("f"), owner, fmt.Sprint("k", i), "v"); err != nil {
			t.Fatal(err)
		}
	}
	_, err := client.Nodes.SetProperties(ctx, id("f"), owner, map[string]string{"k0": "new", "x": "fits", "y": "is the eleventh"})
	failed, ok := errors.AsType[*acd.PropertiesError](err)
	if !ok || len(failed.Failed) != 1 || !errors.Is(failed.Failed["y"], acd.ErrInvalid) || !errors.Is(err, acd.ErrInvalid) {
		t.Fatalf("error %v, want one of y", err)
	}
	if got := drive.Snapshot().Tree["f"].Properties[owner]; got["k0"] != "new" || got["x"] != "fits" || len(got) != 10 {
		t.Errorf("the drive has %v", got)
	}

	// If a failure does not depend on the key, only one request is sent, and all keys that were not
	// set have the same error.
	drive.ClearJournal()
	_, err = client.Nodes.SetProperties(ctx, id("f"), "another", map[string]string{"a": "1", "b": "2"})
	failed, ok = errors.AsType[*acd.PropertiesError](err)
	if n := drive.Counters().ByOp[mocks.OpNodesSetProperty]; !ok || len(failed.Failed) != 2 || !errors.Is(err, acd.ErrForbidden) || n != 1 {
		t.Errorf("error %v after %d requests", err, n)
	}

	drive.ClearJournal()
	for _, values := range []map[string]string{nil, {"no key!": "v"}, {"k": strings.Repeat("v", 501)}, eleven()} {
		if _, err := client.Nodes.SetProperties(ctx, id("f"), owner, values); !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("%.20q: %v", values, err)
		}
	}
	if n := len(drive.Counters().ByOp); n != 0 {
		t.Errorf("%d kinds of requests for what cannot be", n)
	}
}

func eleven() map[string]string {
	values := map[string]string{}
	for i := range 11 {
		values[fmt.Sprint("k", i)] = "v"
	}
	return values
}
