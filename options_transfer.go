package acd

// A TransferOption changes one upload or download.
type TransferOption interface {
	UploadOption
	OverwriteOption
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

func (f transferOption) applyOverwrite(o *uploadOptions) error { return f.applyUpload(o) }

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

// WithoutVerification does not compare MD5 and size with the service's, and does not compute the MD5.
// Two uploads need it all the same, to find their file if the answer is lost: of a source that can be
// read again it is computed then, by reading the source once more; of one that cannot be it is computed
// while it is sent, because otherwise a lost answer would leave only [ErrOutcomeUnknown].
func WithoutVerification() TransferOption {
	return transferOption(func(o *transferOptions) { o.unverified = true })
}
