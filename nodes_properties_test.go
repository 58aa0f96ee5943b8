package acd_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
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
