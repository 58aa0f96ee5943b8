package acd_test

import (
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd/mocks"
)

// The last response of an upload of ten hours must not be a 401.
func TestLongUploadKeepsItsSessionAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		drive := mocks.NewDrive()
		client := newClient(t, drive)
		slow := readerFunc(func(p []byte) (int, error) {
			time.Sleep(30 * time.Second)
			return len(p[:1]), nil
		})
		n, err := client.Content.Upload(t.Context(), drive.RootID(), "f", io.LimitReader(slow, 1200))
		if err != nil || n.Size() != 1200 {
			t.Errorf("node %+v, error %v", n, err)
		}
		if calls := drive.Counters().ByOp["Account.Info"]; calls < 29 || calls > 31 {
			t.Errorf("%d calls in ten hours, want one in 20 minutes", calls)
		}
		after := drive.Counters().Requests
		time.Sleep(24 * time.Hour)
		if drive.Counters().Requests != after {
			t.Error("requests went on after the upload")
		}
	})
}
