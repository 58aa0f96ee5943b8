package mocks

import (
	"crypto/hmac"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// uncredentialed checks that a link came without any other authentication, as S3 does.
func (c *call) uncredentialed() error {
	if v := c.r.Header.Get("Authorization"); v != "" {
		f := storage(http.StatusBadRequest, "InvalidArgument", "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified")
		f.detail = v
		return f
	}
	if c.r.Header.Get("X-Amz-Access-Token") != "" {
		return storage(http.StatusForbidden, "AccessDenied", "There were headers present in the request which were not signed")
	}
	return nil
}

var (
	errLinkExpired = storage(http.StatusForbidden, "AccessDenied", "Request has expired")
	errNoKey       = storage(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
)

func (c *call) openTempLink() (*answer, error) {
	if err := c.uncredentialed(); err != nil {
		return nil, err
	}
	id, expires, ok := c.d.readLink(c.id)
	if !ok {
		return nil, errNoKey
	}
	if c.now.UnixMilli() >= expires {
		return nil, errLinkExpired
	}
	f, b, err := c.file(id.String())
	if err != nil {
		return nil, errNoKey
	}
	if box := c.query.Get("viewBox"); box != "" {
		return c.thumbnail(f, b, box)
	}
	return c.send(f, b)
}

func (c *call) openSigned() (*answer, error) {
	v := c.query
	if v.Get("X-Amz-Algorithm") == "" {
		return nil, storage(http.StatusForbidden, "AccessDenied", "Access Denied")
	}
	if err := c.uncredentialed(); err != nil {
		return nil, err
	}
	at, err := time.Parse(signedTime, v.Get("X-Amz-Date"))
	lifetime, err2 := strconv.Atoi(v.Get("X-Amz-Expires"))
	if v.Get("X-Amz-Algorithm") != signedAlgorithm || err != nil || err2 != nil || v.Get("X-Amz-Signature") == "" {
		return nil, storage(http.StatusBadRequest, "AuthorizationQueryParametersError", "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
	}
	if !hmac.Equal([]byte(v.Get("X-Amz-Signature")), []byte(c.d.signature(c.id, v))) {
		return nil, storage(http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
	}
	if !c.now.Before(at.Add(time.Duration(lifetime) * time.Second)) {
		return nil, errLinkExpired
	}
	id, version, _ := strings.Cut(c.id, ".")
	f, b, err := c.file(id)
	if err != nil || strconv.FormatInt(f.version, 10) != version {
		return nil, errNoKey
	}
	a, err := c.send(f, b)
	if err != nil {
		return nil, err
	}
	a.header["Etag"] = []string{`"` + hex.EncodeToString(b.md5[:]) + `"`}
	a.header["Last-Modified"] = []string{time.UnixMilli(f.modified).UTC().Format(http.TimeFormat)}
	return a, nil
}
