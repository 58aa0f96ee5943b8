package acd_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

func TestWaitVisibleWaitsForTheListings(t *testing.T) {
	for name, write := range map[string]func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error){
		"move": func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Nodes.Move(ctx, id("a/f"), id("a"), id("b"), acd.WaitVisible())
		},
		"rename": func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Nodes.Rename(ctx, id("a/f"), "g", acd.WaitVisible())
		},
		"upload": func(ctx context.Context, c *acd.Client, id func(string) string) (*acd.Node, error) {
			return c.Content.Upload(ctx, id("b"), "new", strings.NewReader("x"), acd.WaitVisible())
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				drive := mocks.NewDrive(mocks.WithIndexLag(7 * time.Second))
				drive.WriteFile("a/f", []byte("x"))
				drive.Mkdir("b")
				ids := map[string]string{}
				for _, p := range []string{"a", "b", "a/f"} {
					ids[p], _ = drive.Lookup(p)
				}
				time.Sleep(time.Minute)
				client := newClient(t, drive)
				start := time.Now()
				n, err := write(t.Context(), client, func(p string) string { return ids[p] })
				if err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < 7*time.Second || took > 20*time.Second {
					t.Errorf("waited %v for a lag of 7 s", took)
				}
				if found, err := client.Nodes.Child(t.Context(), n.Parents[0], n.Name); err != nil || found.ID != n.ID {
					t.Errorf("not visible: %v", err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				start = time.Now()
				if _, err := client.Nodes.Rename(ctx, n.ID, "again", acd.WaitVisible()); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
					t.Errorf("error %v after %v", err, time.Since(start))
				}
			})
		})
	}
}
