package mocks

import (
	"context"
	"fmt"
	"net/http"

	"github.com/acd-sdk/acd"
)

// Client returns a client of the drive. The client needs no socket, and gets its tokens from
// [Drive.TokenSource]. The options in opts are applied after the drive's own and may replace them.
// If [acd.NewClient] refuses an option, the test has a mistake: Client panics with the error. The
// client's rate limiter and back-off wait in real time, but take no real time inside
// testing/synctest. A drive of Photos gives out tokens only with [WithToken]; without it, opts must
// give the client the cookies of a [Session].
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
