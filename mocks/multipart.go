package mocks

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
)

// readParts reads a multipart body. Its first part must be the metadata, its second part the
// content, and there must be no other part.
func (in *incoming) readParts(boundary, content string, metadata bool) error {
	c := in.c
	if boundary == "" || len(boundary) > 70 {
		in.refuse(errParts)
		return nil
	}
	overhead := int64(2*len(boundary) + 100)
	mr := multipart.NewReader(plainHeads(c.body, boundary), boundary)
	part, err := mr.NextRawPart()
	if err == nil && part.FormName() == "metadata" {
		var length int64
		if length, err = in.readMetadata(part, metadata); err != nil {
			return in.partError(err)
		}
		overhead += length
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
	if err := in.readContent(part, overhead); err != nil {
		return in.partError(err)
	}
	if _, err = mr.NextRawPart(); err == nil {
		in.refuse(errParts)
	} else if !errors.Is(err, io.EOF) {
		return in.partError(err)
	}
	return nil
}

// readMetadata reads the metadata part and returns its length. If wanted is true, the metadata
// describe the new node.
func (in *incoming) readMetadata(part *multipart.Part, wanted bool) (int64, error) {
	text, err := io.ReadAll(io.LimitReader(part, maxJSON+1))
	if err != nil || !wanted {
		return int64(len(text)), err
	}
	var bad error
	if in.spec, bad = parseSpec(text); bad != nil {
		in.refuse(bad)
	} else {
		in.spec.localID = in.c.query.Get("localId")
	}
	return int64(len(text)), nil
}

// readContent receives the content part. overhead is the number of the other bytes in the body.
func (in *incoming) readContent(part *multipart.Part, overhead int64) error {
	c := in.c
	in.said = part.Header.Get("Content-Type")
	hint := int64(-1)
	if c.r.ContentLength >= 0 {
		hint = max(c.r.ContentLength-overhead, 1)
	}
	if err := in.receive(part, hint); err != nil {
		return err
	}
	if in.size == 0 && c.chunked() && !c.d.opt.allowEmptyPart {
		in.refuse(refuse(http.StatusBadRequest, "", "The content part is empty"))
	}
	return nil
}

var errParts = refuse(http.StatusBadRequest, "", "The request needs the parts metadata and content, in this order, and no other")

// partError handles an error of reading a part. If the body did not arrive completely, it returns
// err. Otherwise the body is malformed: partError refuses the request and returns nil.
func (in *incoming) partError(err error) error {
	if read := in.c.body.err; read != nil && !errors.Is(read, io.EOF) {
		return err
	}
	in.refuse(errParts)
	return nil
}
