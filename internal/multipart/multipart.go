// Package multipart writes the multipart/form-data bodies of the content
// service around content that streams through.
package multipart

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"mime"
)

// Form is the envelope of one upload: what goes before the content and after.
type Form struct {
	ContentType string // of the whole, with its boundary
	head, tail  []byte
}

// New makes an envelope: the metadata part first, which the service insists
// on, unless metadata is nil, and then the content part, of type mimeType. The
// file name in it is a constant that the service ignores, so that no name can
// break the head.
func New(metadata any, mimeType string) (*Form, error) {
	if mimeType == "" {
		mimeType = "application/octet-stream"
	}
	if _, _, err := mime.ParseMediaType(mimeType); err != nil || bytes.ContainsAny([]byte(mimeType), "\r\n") {
		return nil, fmt.Errorf("%q is not a content type", mimeType)
	}
	boundary := rand.Text() + rand.Text()
	var head bytes.Buffer
	if metadata != nil {
		text, err := json.Marshal(metadata)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&head, "--%s\r\nContent-Disposition: form-data; name=\"metadata\"\r\nContent-Type: application/json\r\n\r\n%s\r\n", boundary, text)
	}
	fmt.Fprintf(&head, "--%s\r\nContent-Disposition: form-data; name=\"content\"; filename=\"content\"\r\nContent-Type: %s\r\n\r\n", boundary, mimeType)
	return &Form{
		ContentType: "multipart/form-data; boundary=" + boundary,
		head:        head.Bytes(),
		tail:        fmt.Appendf(nil, "\r\n--%s--\r\n", boundary),
	}, nil
}

// Size is the size of the whole with content of that size, which may be -1 for
// unknown.
func (f *Form) Size(content int64) int64 {
	if content < 0 {
		return -1
	}
	return int64(len(f.head)) + content + int64(len(f.tail))
}

// Wrap returns the whole with content in it. An error of content ends it before
// its closing boundary, so that it cannot pass for a whole one.
func (f *Form) Wrap(content io.ReadCloser) io.ReadCloser {
	return &body{
		Reader: io.MultiReader(bytes.NewReader(f.head), content, bytes.NewReader(f.tail)),
		Closer: content,
	}
}

type body struct {
	io.Reader
	io.Closer
}
