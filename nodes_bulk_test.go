package acd_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

func TestBulkCallsReportEachNode(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithFirstParty(), mocks.WithPhotos())
	client := newClient(t, drive)
	var ids []string
	for i := range 120 {
		id, err := drive.WriteFile(fmt.Sprint(i), nil)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	if err := client.Nodes.TrashAll(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
	if n := len(drive.Snapshot().Tree); n != 0 {
		t.Errorf("%d nodes are left", n)
	}
	if err := client.Nodes.RestoreAll(t.Context(), ids[:60]); err != nil {
		t.Fatal(err)
	}
	if n := len(drive.Snapshot().Tree); n != 60 {
		t.Errorf("%d nodes came back, want 60", n)
	}
	unknown := "AAAAAAAAAAAAAAAAAAAAAA"
	err := client.Nodes.PurgeAll(t.Context(), append(ids[60:], unknown))
	var bulk *acd.BulkError
	if !errors.As(err, &bulk) || len(bulk.Failed) != 1 || bulk.Failed[unknown] == nil || !errors.Is(err, acd.ErrNotFound) {
		t.Errorf("error %v", err)
	}
	if got := drive.Counters().ByOp["Nodes.PurgeAll"]; got != 2 {
		t.Errorf("%d requests for 61 ids, want 2", got)
	}
}
