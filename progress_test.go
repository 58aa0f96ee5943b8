package acd_test

import (
	"io"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/acd-sdk/acd"
	"github.com/google/go-cmp/cmp"
)

func TestProgressIsThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &contentHost{data: pattern(1000)}
		client, n := h.client(t)
		var events []acd.Progress
		r, err := client.Content.Open(t.Context(), n, acd.WithProgress(func(p acd.Progress) { events = append(events, p) }))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got, err := io.ReadAll(iotest.OneByteReader(r)); err != nil || len(got) != 1000 {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		want := []acd.Progress{{Phase: acd.PhaseReceiving, Total: 1000, Attempt: 1}, {Phase: acd.PhaseReceiving, Done: 1000, Total: 1000, Attempt: 1}}
		if diff := cmp.Diff(want, events); diff != "" {
			t.Errorf("events of no time at all (-want +got):\n%s", diff)
		}
	})
}
