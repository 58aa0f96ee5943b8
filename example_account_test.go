package acd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

func ExampleAccountService_Quota() {
	ctx := context.Background()
	drive := mocks.NewDrive(mocks.WithQuota(5 << 30))
	drive.WriteFile("film.mp4", make([]byte, 1<<20))
	quota, err := drive.Client(ctx).Account.Quota(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(quota.Quota>>30, "GiB in all,", (quota.Quota-quota.Available)>>20, "MiB used")
	// Output: 5 GiB in all, 1 MiB used
}

func ExampleAccountService_Usage() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	drive.WriteFile("film.mp4", make([]byte, 3<<20))
	drive.WriteFile("letter.txt", make([]byte, 100))
	usage, err := drive.Client(ctx).Account.Usage(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(usage.Video.Total.Count, "video of", usage.Video.Total.Bytes, "bytes")
	fmt.Println(usage.Total().Total.Count, "files of", usage.Total().Total.Bytes, "bytes")
	// Output:
	// 1 video of 3145728 bytes
	// 2 files of 3145828 bytes
}

func ExampleAccountService_Info() {
	ctx := context.Background()
	info, err := mocks.NewDrive().Client(ctx).Account.Info(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(info.Status)
	// Output: ACTIVE
}

// If a program that starts often stores the endpoints, each start needs one request less.
func ExampleAccountService_Endpoints() {
	ctx := context.Background()
	drive := mocks.NewDrive(mocks.WithRegion("EU"))
	endpoints, err := drive.Client(ctx).Account.Endpoints(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(endpoints.Region, endpoints.CustomerExists)
	kept, err := json.Marshal(endpoints) // to store in a file, for example
	if err != nil {
		log.Fatal(err)
	}

	var again acd.Endpoints
	if err := json.Unmarshal(kept, &again); err != nil {
		log.Fatal(err)
	}
	drive.ClearJournal()
	if _, err := drive.Client(ctx, acd.WithEndpoints(again)).Nodes.Root(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(drive.Counters().ByOp["Account.Endpoints"], "requests for endpoints")
	// Output:
	// EU true
	// 0 requests for endpoints
}

// With given endpoints, calls go only to these servers: for example a mock, a proxy or another region.
func ExampleWithEndpoints() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	client, err := acd.NewClient(ctx, drive.TokenSource(),
		acd.WithHTTPClient(&http.Client{Transport: drive}),
		acd.WithEndpoints(acd.Endpoints{
			MetadataURL: "https://drive.example.com/drive/v1/",
			ContentURL:  "https://drive.example.com/cdproxy/",
		}))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.Nodes.Root(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(drive.Journal()[0].Host)
	// Output: drive.example.com
}

// The first request of a client asks for the account's endpoints. Here it goes to a server on this
// machine.
func ExampleWithDiscoveryURL() {
	ctx := context.Background()
	drive := mocks.NewDrive()
	client, err := acd.NewClient(ctx, drive.TokenSource(),
		acd.WithHTTPClient(&http.Client{Transport: drive}),
		acd.WithDiscoveryURL("http://127.0.0.1:8800/drive/v1/account/endpoint"))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.Nodes.Root(ctx); err != nil {
		log.Fatal(err)
	}
	for _, r := range drive.Journal() {
		fmt.Println(r.Op, r.Host)
	}
	// Output:
	// Account.Endpoints 127.0.0.1:8800
	// Nodes.List 127.0.0.1:8800
}

// The service does not report the size of the trash. With the option, the client adds it up.
func ExampleWithTrashSize() {
	ctx := context.Background()
	_, client, n := driveWith("old.bin", "0123456789")
	if _, err := client.Nodes.Trash(ctx, n.ID); err != nil {
		log.Fatal(err)
	}
	for _, opts := range [][]acd.AboutOption{nil, {acd.WithTrashSize()}} {
		about, err := client.Account.About(ctx, opts...)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(about.Trashed)
	}
	// Output:
	// -1
	// 10
}
