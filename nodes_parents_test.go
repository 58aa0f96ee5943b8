package acd_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/acd-sdk/acd"
)

// If the node is not in the given folder, RemoveParent must fail and must not remove another
// parent.
func TestRemoveParentRemovesNoOther(t *testing.T) {
	_, client, id := plant(t, "a/f", "b/")
	if _, err := client.Nodes.RemoveParent(t.Context(), id("a/f"), id("b")); !errors.Is(err, acd.ErrNotFound) {
		t.Errorf("error %v", err)
	}
	if n, err := client.Nodes.Get(t.Context(), id("a/f")); err != nil || !slices.Equal(n.Parents, []string{id("a")}) {
		t.Errorf("parents %v, %v", n.Parents, err)
	}
}
