package mocks

import (
	"io"
	"mime/multipart"
	"net/http"
)

// readParts reads a multipart body: metadata first, then the content, and nothing else.
func (in *incoming) readParts(boundary, content string, metadata bool) error {
	c := in.c
	if boundary == "" || len(boundary) > 70 {
		in.refuse(errParts)
		return nil
	}
	overhead := int64(2*len(boundary) + 100)
	mr := multipart.NewReader(c.body, boundary)
	part, err := mr.NextRawPart()
	if err == nil && part.FormName() == "metadata" {
		text, bad := io.ReadAll(io.LimitReader(part, maxJSON+1))
		if bad != nil {
			return in.partError(bad)
		}
		if metadata {
			if in.spec, bad = parseSpec(text); bad != nil {
				in.refuse(bad)
			} else {
				in.spec.localID = c.query.Get("localId")
			}
		}
		overhead += int64(len(text))
		part, err = mr.NextRawPart()
	} else if err == nil && metadata {
		in.refuse(errParts)
	}
	if err != nil {
		return in.partError(err)
	}
	if part.FormName() != content {
		in.refuse(errParts)
	}
	in.said = part.Header.Get("Content-Type")
	hint := int64(-1)
	if c.r.ContentLength >= 0 {
		hint = max(c.r.ContentLength-overhead, 1)
	}
	if err := in.receive(part, hint); err != nil {
		return in.partError(err)
	}
	if in.size == 0 && c.chunked() && !c.d.opt.allowEmptyPart {
		in.refuse(refuse(http.StatusBadRequest, "", "The content part is empty"))
	}
	if _, err = mr.NextRawPart(); err == nil {
		in.refuse(errParts)
	} else if err != io.EOF {
		return in.partError(err)
	}
	return nil
}

var errParts = refuse(http.StatusBadRequest, "", "The request needs the parts metadata and content, in this order, and no other")

// partError tells a body that is wrong, which is refused, from one that never came whole, whose error
// it returns.
func (in *incoming) partError(err error) error {
	if read := in.c.body.err; read != nil && read != io.EOF {
		return err
	}
	in.refuse(errParts)
	return nil
}
