package acd_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/jarcoal/httpmock"
)

func TestUsage(t *testing.T) {
	client, mock := scripted(t)
	mock.RegisterResponder("GET", "https://meta.test/drive/v1/account/usage", httpmock.NewStringResponder(200, `{"lastCalculated":"2016-02-03T04:05:06.78Z",
		"photo":{"total":{"bytes":2048,"count":2},"billable":{"bytes":0,"count":0}},"doc":{"total":{"bytes":10,"count":1},"billable":{"bytes":10,"count":1}},"holograms":{"total":{"bytes":1}}}`))
	u, err := client.Account.Usage(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := u.Total(), (acd.CategoryUsage{Total: acd.Amount{Bytes: 2058, Count: 3}, Billable: acd.Amount{Bytes: 10, Count: 1}}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if u.LastCalculated.Nanosecond() != 780_000_000 {
		t.Errorf("calculated %v", u.LastCalculated)
	}
}

func ExampleAccountService_About() {
	ctx := context.Background()
	drive := mocks.NewDrive(mocks.WithQuota(1 << 30))
	drive.WriteFile("film.mp4", make([]byte, 24<<20))
	about, err := drive.Client(ctx).Account.About(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d MiB of %d MiB used\n", about.Used>>20, about.Total>>20)
	// Output: 24 MiB of 1024 MiB used
}

func TestAbout(t *testing.T) {
	drive := mocks.NewDrive(mocks.WithQuota(1000))
	drive.WriteFile("a.jpg", make([]byte, 100))
	id, _ := drive.WriteFile("b.txt", make([]byte, 50))
	client := newClient(t, drive)
	if _, err := client.Nodes.Trash(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	about, err := client.Account.About(t.Context(), acd.WithTrashSize())
	if err != nil {
		t.Fatal(err)
	}
	if about.Total != 1000 || about.Free+about.Used > 1000 || about.Used < 100 || about.Files < 1 || about.Trashed != 50 {
		t.Errorf("%+v", about)
	}
	if about, err = client.Account.About(t.Context()); err != nil || about.Trashed != -1 {
		t.Errorf("%+v, %v", about, err)
	}
	if info, err := client.Account.Info(t.Context()); err != nil || info.Status != "ACTIVE" {
		t.Errorf("%+v, %v", info, err)
	}
	empty, mock := scripted(t, acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 1}))
	mock.RegisterNoResponder(httpmock.NewStringResponder(200, `{}`))
	if usage, err := empty.Account.Usage(t.Context()); err != nil || usage.Total() != (acd.CategoryUsage{}) {
		t.Errorf("an account that holds nothing: %+v, %v", usage, err)
	}
	// If a missing quota were read as zero, the account would seem to have no free space.
	if about, err := empty.Account.About(t.Context()); !errors.Is(err, acd.ErrUnavailable) {
		t.Errorf("an account whose quota is not told: %+v, %v", about, err)
	}
}
