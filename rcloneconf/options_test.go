package rcloneconf_test

import (
	"testing"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/rcloneconf"
)

// TestOptions: a client with the remote's options encodes names as rclone did.
func TestOptions(t *testing.T) {
	clean(t)
	r, err := rcloneconf.Load(write(t, conf), "acd")
	if err != nil {
		t.Fatal(err)
	}
	client := mocks.NewDrive().Client(t.Context(), r.Options()...)
	root, err := client.Nodes.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n, err := client.Nodes.CreateFolder(t.Context(), root.ID, "a:b")
	if err != nil {
		t.Fatal(err)
	}
	if n.Name != "a:b" || n.RawName != "a：b" {
		t.Errorf("got %q, on the drive %q", n.Name, n.RawName)
	}
}
