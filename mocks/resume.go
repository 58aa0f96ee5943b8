package mocks

import (
	"fmt"
	"net/http"
)

func (c *call) resumeState() (*answer, error) {
	return c.locked(func() (*answer, error) {
		c.d.expireSessions(c.now)
		s := c.d.sessions[c.query.Get("localId")]
		if s == nil || s.busy {
			return reply(http.StatusNoContent, nil), nil
		}
		b := append([]byte(nil), `{"expectedBytes":`...)
		b = appendInt(b, *s.spec.size)
		b = append(b, `,"started":`...)
		b = appendTime(b, s.started)
		b = append(b, `,"nodeId":"`...)
		b = s.id.Append(b)
		b = append(b, `","expectedMd5":`...)
		b = appendString(b, s.spec.md5)
		b = append(b, `,"contentLink":`...)
		b = appendString(b, c.contentURL()+"nodes/"+s.id.String()+"/content")
		b = append(b, `,"uploadState":"IN_PROGRESS","receivedBytes":`...)
		b = appendInt(b, s.incoming.size)
		return reply(http.StatusOK, append(b, '}')), nil
	})
}

func (c *call) resumeUpload() (*answer, error) {
	d := c.d
	d.mu.Lock()
	d.expireSessions(c.now)
	s := d.sessions.claim(c.id)
	d.mu.Unlock()
	if s == nil {
		if err := c.bodyRead(); err != nil {
			return nil, err
		}
		return nil, errNotFound(c.id)
	}
	s.c = c
	defer func() {
		d.mu.Lock()
		s.busy = false
		d.mu.Unlock()
	}()
	var from, to, size int64
	_, err := fmt.Sscanf(c.r.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &size)
	if err != nil || from != s.size || size != *s.spec.size || to != size-1 {
		if err := c.bodyRead(); err != nil {
			return nil, err
		}
		return nil, refuse(http.StatusBadRequest, "", "The Content-Range does not go on where the upload broke off")
	}
	if err := s.receive(c.body, size-from); err != nil {
		// If keepWhole fails, the hash is no longer that of the content. The request that completes
		// the upload is then refused, because its MD5 differs.
		_ = s.keepWhole()
		return nil, errBroken
	}
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	if err := d.tokens.stillAuthorized(c); err != nil {
		return nil, err
	}
	return c.locked(s.commit)
}
