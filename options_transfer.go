package acd

// A TransferOption changes one upload or download.
type TransferOption interface {
	UploadOption
	OpenOption
	DownloadOption
}

// transferOptions are what uploads and downloads have in common.
type transferOptions struct {
	progress   func(Progress)
	unverified bool
}

type transferOption func(*transferOptions)

func (f transferOption) applyUpload(o *uploadOptions) error {
	f(&o.transferOptions)
	return nil
}

func (f transferOption) applyOpen(o *openOptions) error {
	f(&o.transferOptions)
	return nil
}

func (f transferOption) applyDownload(o *downloadOptions) error {
	f(&o.transferOptions)
	return nil
}

// WithProgress calls fn while the transfer goes on: when a phase begins, some
// ten times a second at most while bytes move, and at the end. Calls follow one another; the transfer
// waits for them.
func WithProgress(fn func(Progress)) TransferOption {
	return transferOption(func(o *transferOptions) { o.progress = fn })
}

// WithoutVerification does not compare MD5 and size with the service's.
func WithoutVerification() TransferOption {
	return transferOption(func(o *transferOptions) { o.unverified = true })
}
