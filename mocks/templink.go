package mocks

import (
	"crypto/hmac"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Links that open a file to whoever has them: short ones on the content host, signed URLs of S3
// for large files.

func (c *call) tempLink(n *node) string {
	if n.size() >= c.d.opt.redirectFrom {
		return c.signedURL(n.id, n.contentVersion)
	}
	return c.smallLink(n.id)
}

func (c *call) smallLink(id nodeID) string {
	b := append([]byte(nil), id[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.now.Add(c.d.opt.tempLinkFor).UnixMilli()))
	return c.contentURL() + "templink/" + c.d.store.secret.seal(b)
}

// readLink is the inverse of smallLink.
func (d *Drive) readLink(text string) (id nodeID, expires int64, ok bool) {
	b, ok := d.store.secret.unseal(text, 24)
	if !ok {
		return id, 0, false
	}
	copy(id[:], b)
	return id, int64(binary.BigEndian.Uint64(b[16:])), true
}

const (
	signedAlgorithm = "AWS4-HMAC-SHA256"
	signedTime      = "20060102T150405Z"
)

func (c *call) signedURL(id nodeID, version int64) string {
	now := c.now.UTC()
	key := id.String() + "." + strconv.FormatInt(version, 10)
	v := url.Values{
		"X-Amz-Algorithm":     {signedAlgorithm},
		"X-Amz-Credential":    {"ASIAMOCKMOCKMOCKMOCK/" + now.Format("20060102") + "/us-east-1/s3/aws4_request"},
		"X-Amz-Date":          {now.Format(signedTime)},
		"X-Amz-Expires":       {strconv.FormatInt(int64(c.d.opt.tempLinkFor/time.Second), 10)},
		"X-Amz-SignedHeaders": {"host"},
	}
	v.Set("X-Amz-Signature", c.d.signature(key, v))
	return c.base(c.d.opt.hosts.Storage) + storagePath + key + "?" + v.Encode()
}

func (d *Drive) signature(key string, v url.Values) string {
	text := key
	for _, k := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"} {
		text += "\n" + v.Get(k)
	}
	return hex.EncodeToString(d.store.secret.sum([]byte(text)))
}

// linkedID is the file that a link leads to, whether or not the link is good.
func (d *Drive) linkedID(c *call) string {
	if c.route.part == partStorage {
		id, _, _ := strings.Cut(c.id, ".")
		return id
	}
	if id, _, ok := d.readLink(c.id); ok {
		return id.String()
	}
	return ""
}

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
