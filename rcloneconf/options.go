package rcloneconf

import "github.com/acd-sdk/acd"

// Options returns options for acd.NewClient that make the client behave as the remote's settings
// say.
func (r *Remote) Options() []acd.Option {
	return []acd.Option{
		acd.WithTempLinkThreshold(r.TempLinkThreshold),
		acd.WithUploadWaitPerGiB(r.UploadWaitPerGiB),
		acd.WithNameEncoding(r.Encoding),
	}
}
