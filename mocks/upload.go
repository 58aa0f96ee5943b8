package mocks

import (
	"mime"
	"net/http"
)

// uploadFile serves the classic upload in multipart form. It also serves the upload of the Photos
// web site, where the request body is the file itself.
func (c *call) uploadFile() (*answer, error) {
	in := &incoming{c: c, suppress: c.query.Get("suppress") == "deduplication"}
	defer in.abort()
	kind, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	var err error
	switch {
	case kind == "multipart/form-data":
		err = in.readParts(params["boundary"], "content", true)
	case c.query.Get("name") != "":
		in.spec = c.querySpec()
		in.said = c.r.Header.Get("Content-Type")
		err = in.receive(c.body, c.r.ContentLength)
	default:
		in.refuse(refuse(http.StatusBadRequest, "", "The request is not multipart/form-data"))
	}
	if c.session != nil {
		return c.v2Answer(in.finish(err))
	}
	return in.finish(err)
}

// querySpec returns the new node that the query of the request describes.
func (c *call) querySpec() *spec {
	s := &spec{name: c.query.Get("name"), kind: c.query.Get("kind")}
	if p := c.query.Get("parentNodeId"); p != "" {
		s.parents = []string{p}
	}
	return s
}
