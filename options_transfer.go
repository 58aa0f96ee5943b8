package acd

// A TransferOption changes one upload or download.
type TransferOption interface {
	UploadOption
	OverwriteOption
	OpenOption
	DownloadOption
}

// transferOptions are the options that uploads and downloads share.
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

// WithProgress calls fn when a phase begins, at most about ten times a second while bytes move, and
// at the end. Only one call runs at a time, and the transfer waits for it.
func WithProgress(fn func(Progress)) TransferOption {
	return transferOption(func(o *transferOptions) { o.progress = fn })
}

// WithoutVerification does not compare MD5 and size with those that the service stored, and does
// not compute the MD5. An upload still needs the MD5 to find its file if the response is lost. If
// the source can be read again, the MD5 is computed only after a lost response, by reading the
// source once more. If it cannot, the MD5 is computed while the source is sent: without it, a lost
// response would always end in [ErrOutcomeUnknown].
func WithoutVerification() TransferOption {
	return transferOption(func(o *transferOptions) { o.unverified = true })
}
