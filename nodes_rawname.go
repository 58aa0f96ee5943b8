package acd

// A RawNameOption is the type of [WithRawName]. It fits all calls that take a name.
type RawNameOption interface {
	UploadOption
	FolderOption
	ChildOption
}

type rawNameOption struct{}

func (rawNameOption) applyUpload(o *uploadOptions) error {
	o.rawName = true
	return nil
}

func (rawNameOption) applyFolder(o *folderOptions) error {
	o.rawName = true
	return nil
}

func (rawNameOption) applyChild(o *childOptions) { o.rawName = true }

// WithRawName says that the name in this call is already in the drive's form, like [Node.RawName].
// The name is sent to the service unchanged. A program that copies names from one drive to another,
// or stores them, needs this option: a name that is encoded twice is a different name. If the
// service would refuse the name, the call fails with [ErrInvalid]. For a rename see [SetRawName]
// and [MoveAsRaw].
func WithRawName() RawNameOption { return rawNameOption{} }

// storedName returns a name in the drive's form; raw says that name is already in that form.
func (c *Client) storedName(name string, raw bool) string {
	if raw {
		return name
	}
	return c.cfg.encoding.Encode(name)
}
