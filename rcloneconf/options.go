package rcloneconf

import "github.com/acd-sdk/acd"

// Options returns what the remote says about a client's behaviour, for
// acd.NewClient.
func (r *Remote) Options() []acd.Option {
	return []acd.Option{
		acd.WithTempLinkThreshold(r.TempLinkThreshold),
		acd.WithUploadWaitPerGiB(r.UploadWaitPerGiB),
		acd.WithNameEncoding(r.Encoding),
	}
}
