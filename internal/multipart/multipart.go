// Package multipart writes the multipart/form-data bodies of the content service. The content
// itself is streamed.
package multipart

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"mime"
)

// Form is the part of an upload's body before the content and after it.
type Form struct {
	ContentType string // the content type of the whole body, with its boundary
	head, tail  []byte
}

// New returns the form for an upload. The metadata part comes first, because the service insists on
// that; it is left out if metadata is nil. Then comes the content part, whose type is mimeType. Its
// file name is a constant that the service ignores, so that no name can break the headers of the
// part.
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

// Size returns the size of the whole body for content of the given size. If content is negative
// (unknown), Size returns -1.
func (f *Form) Size(content int64) int64 {
	if content < 0 {
		return -1
	}
	return int64(len(f.head)) + content + int64(len(f.tail))
}

// Wrap returns the whole body with content in it. If content fails, the body ends with that error
// before its closing boundary, so that the service cannot take it for complete.
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
