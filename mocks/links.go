package mocks

import (
	"encoding/binary"
	"encoding/hex"
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
