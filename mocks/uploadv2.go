package mocks

import (
	"encoding/hex"
	"mime"
	"net/http"
	"strconv"
	"time"
)

// uploadV2 is the upload service of 2026.
func (c *call) uploadV2() (*answer, error) {
	in := &incoming{c: c}
	defer in.abort()
	kind, params, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		in.refuse(refuse(http.StatusBadRequest, "InvalidParameter", "The request is not multipart/form-data"))
		return v2Answer(in.finish(nil))
	}
	err := in.readParts(params["boundary"], "file", true)
	s := c.querySpec()
	s.rename = c.query.Get("conflictResolution") == "RENAME"
	if date := c.query.Get("fallbackContentDate"); date != "" {
		if _, bad := time.Parse(time.RFC3339Nano, date); bad != nil {
			in.refuse(refuse(http.StatusBadRequest, "InvalidParameter", "fallbackContentDate"))
		}
		s.contentDate = date
	}
	if album := c.query.Get("visualCollectionParentNodeId"); album != "" {
		s.parents = []string{album}
	}
	if in.spec != nil && (in.spec.name != s.name || in.spec.kind != s.kind) {
		in.refuse(refuse(http.StatusBadRequest, "InvalidParameter", "metadata and query differ"))
	}
	in.spec = s
	const most = 5 << 30
	if size, bad := strconv.ParseInt(c.query.Get("fileSize"), 10, 64); in.hash != nil && (bad != nil || size != in.size || size > most) {
		in.refuse(refuse(http.StatusBadRequest, "InvalidParameter", "fileSize"))
	}
	if in.hash != nil {
		if key := in.key(); c.r.Header.Get("X-Amzn-File-Md5") != hex.EncodeToString(key.MD5[:]) {
			in.refuse(refuse(http.StatusBadRequest, "InvalidParameter", "x-amzn-file-md5"))
		}
	}
	return v2Answer(in.finish(err))
}

// v2Answer puts errors into the words of the upload service.
func v2Answer(a *answer, err error) (*answer, error) {
	if err == nil {
		return a, nil
	}
	f := *asFailure(err)
	if f.shape != shapeService {
		return nil, err
	}
	f.shape = shapeUploader
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
