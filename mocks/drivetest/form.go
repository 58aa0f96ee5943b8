package drivetest

import (
	"bytes"
	"testing"
)

const boundary = "drivetest-boundary-7f3a"

// formType returns the Content-Type header for a body made by form.
func formType() option {
	return header("Content-Type", "multipart/form-data; boundary="+boundary)
}

// A part is one part of a form, with its header lines as they are sent. The tests write forms by
// hand, because the broken forms matter as much as the good ones.
type part struct {
	header string
	body   []byte
}

func metadataPart(metadata any) part {
	return part{"Content-Disposition: form-data; name=\"metadata\"\r\nContent-Type: application/json\r\n", encode(metadata)}
}

func contentPart(content []byte) part {
	return part{"Content-Disposition: form-data; name=\"content\"; filename=\"foo\"\r\nContent-Type: application/octet-stream\r\n", content}
}

// form joins parts and adds the closing boundary.
func form(parts ...part) []byte {
	return append(openForm(parts...), "\r\n--"+boundary+"--\r\n"...)
}

// openForm joins parts without the closing boundary.
func openForm(parts ...part) []byte {
	var b bytes.Buffer
	for i, p := range parts {
		if i > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString("--" + boundary + "\r\n" + p.header + "\r\n")
		b.Write(p.body)
	}
	return b.Bytes()
}

// upload uploads a new file in multipart form.
func (d *drive) upload(t *testing.T, metadata any, content []byte, opts ...option) *reply {
	t.Helper()
	return d.uploadForm(t, form(metadataPart(metadata), contentPart(content)), opts...)
}

func (d *drive) uploadForm(t *testing.T, form []byte, opts ...option) *reply {
	t.Helper()
	return d.content(t, "POST", "nodes", append([]option{formType(), body(form)}, opts...)...)
}

// fileIn returns the metadata of a new file.
func fileIn(parent, name string) obj {
	return obj{"name": name, "kind": "FILE", "parents": []string{parent}}
}

// folderIn returns the metadata of a new folder.
func folderIn(parent, name string) obj {
	return obj{"name": name, "kind": "FOLDER", "parents": []string{parent}}
}
