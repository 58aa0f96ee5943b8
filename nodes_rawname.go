package acd

// A RawNameOption is [WithRawName], for all calls that it fits.
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

// WithRawName says that the call's name is in the drive's form already, as [Node.RawName] is: it goes to the
// service as it is given. A program that copies names from one drive to another, or keeps them, needs that: a
// name that is encoded twice is another name. A name that the service would refuse is [ErrInvalid].
// For a rename see [SetRawName] and [MoveAsRaw].
func WithRawName() RawNameOption { return rawNameOption{} }

// storedName is a name in the drive's form.
func (c *Client) storedName(name string, raw bool) string {
	if raw {
		return name
	}
	return c.cfg.encoding.Encode(name)
}
