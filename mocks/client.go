package mocks

import (
	"context"
	"fmt"
	"net/http"

	"github.com/acd-sdk/acd"
)

// Client makes a client of the drive: it talks to it without a socket and takes its tokens from
// [Drive.TokenSource]. The options come after the drive's own and may replace them; one that
// [acd.NewClient] refuses is a mistake in the test, and Client panics with its error. Requests wait
// for the client's own limiter and back-off in real time, or at once inside testing/synctest. A drive of Photos gives
// tokens only with [WithToken]: otherwise the options must give the client the cookies of a [Session].
func (d *Drive) Client(ctx context.Context, opts ...acd.Option) *acd.Client {
	own := []acd.Option{
		acd.WithHTTPClient(&http.Client{Transport: d}),
		acd.WithDiscoveryURL("https://" + d.discoveryHost() + metadataPath + "account/endpoint"),
	}
	c, err := acd.NewClient(ctx, d.TokenSource(), append(own, opts...)...)
	if err != nil {
		panic(fmt.Errorf("mocks: client: %w", err))
	}
	return c
}

func (d *Drive) discoveryHost() string {
	switch h := d.opt.hosts; {
	case h.Discovery != "":
		return h.Discovery
	case h.Metadata != "":
		return h.Metadata
	}
	return "drive.test"
}
