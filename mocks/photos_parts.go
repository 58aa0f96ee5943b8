package mocks

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// partsUpload is an upload of Photos in parts. The parts may come in any order. Of the service's
// responses only nodeId, uploadId, partSize, totalNumberOfParts and the state UPLOAD_SUCCEEDED are
// known; the other fields are invented here.
type partsUpload struct {
	id       ids.Node // of the node that the upload makes
	uploadID string
	spec     *spec
	said     string // the content type that the client gave
	size     int64
	partSize int64
	parts    map[int64][]byte
	done     bool
}

func (u *partsUpload) total() int64 { return (u.size + u.partSize - 1) / u.partSize }

// length returns the length of part n. Only the last part may be shorter than partSize.
func (u *partsUpload) length(n int64) int64 { return min(u.partSize, u.size-(n-1)*u.partSize) }

// whole returns the content, the parts in their order. It returns nil if a part is missing.
func (u *partsUpload) whole() io.Reader {
	if int64(len(u.parts)) != u.total() {
		return nil
	}
	list := make([]io.Reader, 0, len(u.parts))
	for _, n := range slices.Sorted(maps.Keys(u.parts)) {
		list = append(list, bytes.NewReader(u.parts[n]))
	}
	return io.MultiReader(list...)
}

func errParameter(name string) *failure {
	return &failure{status: http.StatusBadRequest, shape: shapeUploader, code: "InvalidParameter", message: name}
}

// startParts serves the start of an upload in parts.
func (c *call) startParts() (*answer, error) {
	in := &incoming{c: c, said: c.r.Header.Get("Content-Type")}
	s := in.specV2()
	if s.kind == "" {
		s.kind = store.File.String()
	}
	s.md5 = c.r.Header.Get("X-Amzn-File-Md5")
	size, err := strconv.ParseInt(c.query.Get("fileSize"), 10, 64)
	switch {
	case in.refused != nil:
		return c.v2Answer(nil, in.refused)
	case err != nil || size < 1 || size > c.d.opt.maxUpload:
		return nil, errParameter("fileSize")
	}
	if err := s.check(store.File, c.d.opt.owner); err != nil {
		return c.v2Answer(nil, err)
	}
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		if _, err := s.parentsIn(c.d.store); err != nil {
			return c.v2Answer(nil, err)
		}
		u := &partsUpload{
			id: c.d.store.NewID(), uploadID: ids.UUID(), spec: s, said: in.said, size: size,
			partSize: c.d.opt.photos.partSize, parts: map[int64][]byte{},
		}
		s.id = u.id
		c.d.inParts[u.id] = u
		return u.answer(http.StatusCreated, nil), nil
	})
}

// answer returns a response with the state of the upload.
func (u *partsUpload) answer(status int, n *store.Node) *answer {
	state := "UPLOAD_IN_PROGRESS"
	if u.done && n != nil && n.Status != store.Pending {
		state = "UPLOAD_SUCCEEDED"
	}
	b := append([]byte(nil), `{"nodeId":"`...)
	b = u.id.Append(b)
	b = append(b, `","uploadId":`...)
	b = appendString(b, u.uploadID)
	b = append(b, `,"partSize":`...)
	b = appendInt(b, u.partSize)
	b = append(b, `,"totalNumberOfParts":`...)
	b = appendInt(b, u.total())
	b = append(b, `,"receivedParts":[`...)
	for i, k := range slices.Sorted(maps.Keys(u.parts)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendInt(b, k)
	}
	b = append(b, `],"uploadState":`...)
	return reply(status, append(appendString(b, state), '}'))
}

// ofParts returns the upload that the path names. The caller holds Drive.mu.
func (c *call) ofParts() (*partsUpload, error) {
	id, _ := ids.Parse(c.id)
	u := c.d.inParts[id]
	if u == nil || c.query.Get("uploadId") != "" && c.query.Get("uploadId") != u.uploadID {
		return nil, &failure{status: http.StatusNotFound, shape: shapeUploader, code: "UploadNotFound", message: c.id}
	}
	return u, nil
}

// putPart receives one part. If the part was sent before, the new content replaces the old one.
func (c *call) putPart() (*answer, error) {
	c.d.mu.Lock()
	u, err := c.ofParts()
	c.d.mu.Unlock()
	if err != nil {
		return nil, err
	}
	n, bad := strconv.ParseInt(c.args[1], 10, 64)
	if bad != nil || n < 1 || n > u.total() {
		return nil, errParameter("partNumber")
	}
	data, err := io.ReadAll(io.LimitReader(c.body, u.partSize+1))
	if err != nil {
		return nil, errBroken
	}
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	sum := md5.Sum(data)
	switch {
	case c.query.Get("uploadId") == "":
		return nil, errParameter("uploadId")
	case int64(len(data)) != u.length(n), c.query.Get("partSize") != "" && c.query.Get("partSize") != strconv.FormatInt(u.length(n), 10):
		return nil, errParameter("partSize")
	case c.r.Header.Get("X-Amzn-Part-Md5") != hex.EncodeToString(sum[:]):
		return nil, errParameter("x-amzn-part-md5")
	}
	return c.locked(func() (*answer, error) {
		u.parts[n] = data
		return u.answer(http.StatusOK, nil), nil
	})
}

// completeParts makes the node of an upload after all its parts were received.
func (c *call) completeParts() (*answer, error) {
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	c.d.mu.Lock()
	u, err := c.ofParts()
	var whole io.Reader
	done := false
	if err == nil {
		whole, done = u.whole(), u.done
	}
	c.d.mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case done: // the client asks again, because it did not get the first response
		return c.partsState()
	case whole == nil:
		return nil, errParameter("parts")
	case !c.token.mayCreate(contentType(u.spec.name, u.said)):
		return nil, c.forbidden()
	}
	in, err := c.d.take(whole, u.size)
	if err != nil {
		return nil, errInternal
	}
	defer in.abort()
	in.c, in.spec, in.said = c, u.spec, u.said
	return c.locked(func() (*answer, error) {
		if u.done {
			return u.answer(http.StatusOK, c.d.store.ByID[u.id]), nil
		}
		if _, err := in.commit(); err != nil {
			return c.v2Answer(nil, err)
		}
		u.done = true
		clear(u.parts)
		return u.answer(http.StatusOK, c.d.store.ByID[u.id]), nil
	})
}

// partsState answers with the state of an upload.
func (c *call) partsState() (*answer, error) {
	return c.locked(func() (*answer, error) {
		u, err := c.ofParts()
		if err != nil {
			return nil, err
		}
		return u.answer(http.StatusOK, c.d.store.ByID[u.id]), nil
	})
}

// abortParts drops an upload.
func (c *call) abortParts() (*answer, error) {
	return c.locked(func() (*answer, error) {
		u, err := c.ofParts()
		if err != nil {
			return nil, err
		}
		delete(c.d.inParts, u.id)
		return reply(http.StatusNoContent, nil), nil
	})
}
