package drivetest

import (
	"bytes"
	"testing"
)

const boundary = "drivetest-boundary-7f3a"

// formType is the header that goes with form.
func formType() option {
	return header("Content-Type", "multipart/form-data; boundary="+boundary)
}

// A part is one part of a form, its header lines as sent. Forms are written by hand
// because the broken ones matter as much as the good ones.
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

// form joins parts and ends with the closing boundary.
func form(parts ...part) []byte {
	return append(openForm(parts...), "\r\n--"+boundary+"--\r\n"...)
}

// openForm joins parts and lacks the closing boundary.
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

// upload sends a new file the classic way.
func (d *drive) upload(t *testing.T, metadata any, content []byte, opts ...option) *reply {
	t.Helper()
	return d.uploadForm(t, form(metadataPart(metadata), contentPart(content)), opts...)
}

func (d *drive) uploadForm(t *testing.T, form []byte, opts ...option) *reply {
	t.Helper()
	return d.content(t, "POST", "nodes", append([]option{formType(), body(form)}, opts...)...)
}

// fileIn is the metadata of a file.
func fileIn(parent, name string) obj {
	return obj{"name": name, "kind": "FILE", "parents": []string{parent}}
}

// folderIn is the metadata of a folder.
func folderIn(parent, name string) obj {
	return obj{"name": name, "kind": "FOLDER", "parents": []string{parent}}
}
