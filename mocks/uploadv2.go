package mocks

import (
	"encoding/hex"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/store"
)

// uploadV2 serves the multipart form of the upload service of 2026.
func (c *call) uploadV2() (*answer, error) {
	in := &incoming{c: c}
	defer in.abort()
	kind, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		in.refuse(refuse(http.StatusBadRequest, "InvalidParameter", "The request is not multipart/form-data"))
		return c.v2Answer(in.finish(nil))
	}
	err := in.readParts(params["boundary"], "file", true)
	s := in.specV2()
	if in.spec != nil && (in.spec.name != s.name || in.spec.kind != s.kind) {
		in.refuse(refuse(http.StatusBadRequest, "InvalidParameter", "metadata and query differ"))
	}
	in.spec = s
	in.checkV2()
	return c.v2Answer(in.finish(err))
}

// uploadV2Raw serves the upload service of Photos, where the request body is the file itself.
func (c *call) uploadV2Raw() (*answer, error) {
	in := &incoming{c: c, said: c.r.Header.Get("Content-Type")}
	defer in.abort()
	in.spec = in.specV2()
	if in.spec.kind == "" {
		in.spec.kind = store.File.String()
	}
	err := in.receive(c.body, c.r.ContentLength)
	in.checkV2()
	return c.v2Answer(in.finish(err))
}

// specV2 returns the new node that the query of the upload describes.
func (in *incoming) specV2() *spec {
	c := in.c
	s := c.querySpec()
	s.rename = c.query.Get("conflictResolution") == "RENAME"
	for _, key := range []string{"fallbackContentDate", "contentDate"} {
		date := c.query.Get(key)
		if date == "" {
			continue
		}
		if _, bad := time.Parse(time.RFC3339Nano, date); bad != nil {
			in.refuse(refuse(http.StatusBadRequest, "InvalidParameter", "%s", key))
		}
		s.contentDate = date
	}
	if album := c.query.Get("visualCollectionParentNodeId"); album != "" {
		s.parents = []string{album}
	}
	return s
}

// checkV2 refuses the upload if the content does not have the length and the MD5 that the request
// gives.
func (in *incoming) checkV2() {
	if in.hash == nil {
		return
	}
	const most = 5 << 30
	if size, bad := strconv.ParseInt(in.c.query.Get("fileSize"), 10, 64); bad != nil || size != in.size || size > most {
		in.refuse(refuse(http.StatusBadRequest, "InvalidParameter", "fileSize"))
	}
	if key := in.key(); in.c.r.Header.Get("X-Amzn-File-Md5") != hex.EncodeToString(key.MD5[:]) {
		in.refuse(refuse(http.StatusBadRequest, "InvalidParameter", "x-amzn-file-md5"))
	}
}

// v2Answer turns errors of the Drive service into the form of the upload service.
func (c *call) v2Answer(a *answer, err error) (*answer, error) {
	if err == nil {
		return a, nil
	}
	f := *asFailure(err)
	if f.shape != shapeService {
		return nil, err
	}
	f.shape, f.told = shapeUploader, c.d.photos()
	switch {
	case f.status == http.StatusConflict:
		f.code = "DuplicatesConflictError"
	case f.code == errOverQuota.code:
		f.code = "InsufficientStorage"
	case f.code == "":
		f.code = "InvalidParameter"
	}
	return nil, &f
}
