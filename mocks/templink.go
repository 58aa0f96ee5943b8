package mocks

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/links"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

func (d *Drive) links() links.Maker {
	return links.Maker{Key: &d.store.Secret, Lifetime: d.opt.tempLinkFor}
}

// tempLink returns the tempLink of a node. Anybody who has the link can open it, except on a drive
// of Photos: there it needs the cookies of the session.
func (c *call) tempLink(n *store.Node) string {
	if c.d.photos() && c.v2() {
		return c.contentURL() + "nodes/" + n.ID.String() // needs credentials
	}
	if n.Size() >= c.d.opt.redirectFrom {
		return c.signedURL(n.ID, n.ContentVersion)
	}
	return c.shortLink(n.ID)
}

func (c *call) shortLink(id ids.Node) string {
	return c.contentURL() + "templink/" + c.d.links().Short(id, c.now)
}

func (c *call) signedURL(id ids.Node, version int64) string {
	key, query := c.d.links().Signed(id, version, c.now)
	return c.base(c.hosts().Storage) + storagePath + key + "?" + query.Encode()
}

// linkedID returns the id of the file to which a link leads, even if the link has expired.
func (c *call) linkedID() string {
	if c.route.part == partStorage {
		id, _ := links.SplitKey(c.id)
		return id
	}
	if id, err := c.d.links().OpenShort(c.id, c.now); !errors.Is(err, links.ErrUnknown) {
		return id.String()
	}
	return ""
}

// uncredentialed returns the error of S3 if a request for a link also carries another credential.
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

// errNoKey is the error of a link to a file that does not exist.
var errNoKey = storage(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")

// linkFailure returns the error of the storage host for a bad link.
func linkFailure(err error) error {
	switch {
	case errors.Is(err, links.ErrUnsigned):
		return storage(http.StatusForbidden, "AccessDenied", "Access Denied")
	case errors.Is(err, links.ErrMalformed):
		return storage(http.StatusBadRequest, "AuthorizationQueryParametersError", "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
	case errors.Is(err, links.ErrForged):
		return storage(http.StatusForbidden, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
	case errors.Is(err, links.ErrExpired):
		return storage(http.StatusForbidden, "AccessDenied", "Request has expired")
	}
	return errNoKey
}

func (c *call) openTempLink() (*answer, error) {
	if err := c.uncredentialed(); err != nil {
		return nil, err
	}
	id, err := c.d.links().OpenShort(c.id, c.now)
	if err != nil {
		return nil, linkFailure(err)
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
	if c.query.Get("X-Amz-Algorithm") != "" {
		if err := c.uncredentialed(); err != nil {
			return nil, err
		}
	}
	id, version, err := c.d.links().OpenSigned(c.id, c.query, c.now)
	if err != nil {
		return nil, linkFailure(err)
	}
	f, b, err := c.file(id)
	if err != nil || strconv.FormatInt(f.version, 10) != version {
		return nil, errNoKey
	}
	a, err := c.send(f, b)
	if err != nil {
		return nil, err
	}
	a.header["Etag"] = []string{`"` + hex.EncodeToString(b.MD5[:]) + `"`}
	a.header["Last-Modified"] = []string{time.UnixMilli(f.modified).UTC().Format(http.TimeFormat)}
	return a, nil
}
