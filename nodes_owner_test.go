package acd_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
	"github.com/acd-sdk/acd/mocks"
)

// If the client has created a node, that node shows the owner, and no request is needed.
func TestPropertyOwnerFromWhatTheClientMade(t *testing.T) {
	for name, create := range map[string]func(*acd.Client) error{
		"a folder": func(c *acd.Client) error {
			_, err := c.Nodes.CreateFolder(t.Context(), "", "made")
			return err
		},
		"a file": func(c *acd.Client) error {
			_, err := c.Content.Upload(t.Context(), "", "made", strings.NewReader("x"))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			drive := mocks.NewDrive(mocks.WithApp("profile-bob"))
			client := newClient(t, drive)
			if err := create(client); err != nil {
				t.Fatal(err)
			}
			before := drive.Counters().Requests
			owner, err := client.Nodes.PropertyOwner(t.Context())
			if err != nil || owner != "profile-bob" || drive.Counters().Requests != before {
				t.Errorf("%q, %v after %d requests", owner, err, drive.Counters().Requests-before)
			}
		})
	}
}

// The service shows an application only its own properties.
func TestPropertyOwnerFromWhatIsOnTheDrive(t *testing.T) {
	drive := mocks.NewDrive()
	id, err := drive.WriteFile("f", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if err := newClient(t, drive).Nodes.SetProperty(t.Context(), id, drive.Owner(), "mtime", "1"); err != nil {
		t.Fatal(err)
	}
	nodes := len(drive.Snapshot().Paths())
	client := newClient(t, drive) // stands for another run of the program
	for range 2 {
		if owner, err := client.Nodes.PropertyOwner(t.Context()); err != nil || owner != drive.Owner() {
			t.Errorf("%q, %v", owner, err)
		}
	}
	if len(drive.Snapshot().Paths()) != nodes || len(drive.Snapshot().Trash) != 0 {
		t.Error("the drive was changed")
	}
}

// Even if the service shows the properties of another application in a listing, it returns none
// when it is asked for them. Such an owner must not be returned.
func TestPropertyOwnerIsNoStranger(t *testing.T) {
	server := foreign.Start(t,
		foreign.Instead("GET nodes/*/properties/stranger", foreign.SayJSON(200, map[string]any{"count": 0, "data": map[string]any{}})))
	id := server.AddFile(server.Root(), "f", "x")
	server.Set(id, "properties.stranger.key", "theirs")
	client := foreignClient(t, server)
	if owner, err := client.Nodes.PropertyOwner(t.Context()); !errors.Is(err, acd.ErrNotFound) || owner != "" {
		t.Errorf("%q, %v", owner, err)
	}
	server.Set(id, "properties.us.key", "ours")
	if owner, err := client.Nodes.PropertyOwner(t.Context()); err != nil || owner != "us" {
		t.Errorf("%q, %v", owner, err)
	}
}

// If the scratch folder cannot be moved to the trash, the error names the folder, and the owner is
// returned too.
func TestPropertyOwnerTellsOfAScratchFolderThatStays(t *testing.T) {
	server := foreign.Start(t, foreign.Instead("PUT trash/*", foreign.SayJSON(403, foreign.ErrorBody("", "no", ""))))
	owner, err := foreignClient(t, server).Nodes.PropertyOwner(t.Context(), acd.WithScratchFolder())
	if owner != "foreign-test" || !errors.Is(err, acd.ErrForbidden) || !strings.Contains(err.Error(), "acd-owner-") {
		t.Errorf("%q, %v", owner, err)
	}
}

// If nothing shows the owner, PropertyOwner fails with ErrNotFound. It creates a folder only if the
// program allows that.
func TestPropertyOwnerByScratchFolder(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithApp("profile-bob"))
	if _, err := drive.WriteFile("of another application", []byte("x")); err != nil {
		t.Fatal(err)
	}
	client := newClient(t, drive)
	before := len(drive.Snapshot().Paths())
	if owner, err := client.Nodes.PropertyOwner(t.Context()); !errors.Is(err, acd.ErrNotFound) || owner != "" {
		t.Errorf("without: %q, %v", owner, err)
	}
	if len(drive.Snapshot().Trash) != 0 {
		t.Error("something is in the trash")
	}
	owner, err := client.Nodes.PropertyOwner(t.Context(), acd.WithScratchFolder())
	if err != nil || owner != "profile-bob" {
		t.Errorf("with: %q, %v", owner, err)
	}
	if len(drive.Snapshot().Paths()) != before || len(drive.Snapshot().Trash) != 1 {
		t.Errorf("on the drive %q, in the trash %v", drive.Snapshot().Paths(), drive.Snapshot().Trash)
	}
	if _, err := client.Nodes.PropertyOwner(t.Context(), acd.WithScratchFolder()); err != nil || len(drive.Snapshot().Trash) != 1 {
		t.Error("what is known was asked for again")
	}
}
