package links

import (
	"crypto/hmac"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/seal"
)

// A Maker makes links to files and checks them. Anybody who has such a link can open the file.
// There are short links for the content host, and signed URLs like those of S3 for large files.
type Maker struct {
	Key      *seal.Key
	Lifetime time.Duration
}

// The errors of a bad link.
var (
	ErrExpired   = errors.New("link expired")
	ErrUnknown   = errors.New("no such link")
	ErrUnsigned  = errors.New("the URL is not signed")
	ErrMalformed = errors.New("the signature's parameters are malformed")
	ErrForged    = errors.New("the signature does not match")
)

// Short returns a text that stands for a file until the lifetime has passed.
func (m Maker) Short(id ids.Node, now time.Time) string {
	b := append([]byte(nil), id[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(now.Add(m.Lifetime).UnixMilli()))
	return m.Key.Seal(b)
}

// OpenShort returns the id of the file for which a short text stands. With ErrExpired it returns
// the id too.
func (m Maker) OpenShort(text string, now time.Time) (id ids.Node, err error) {
	b, ok := m.Key.Unseal(text, 24)
	if !ok {
		return id, ErrUnknown
	}
	copy(id[:], b)
	if now.UnixMilli() >= int64(binary.BigEndian.Uint64(b[16:])) {
		return id, ErrExpired
	}
	return id, nil
}

const (
	signedAlgorithm = "AWS4-HMAC-SHA256"
	signedTime      = "20060102T150405Z"
)

// Signed returns the key and the signed query of a URL of one version of a file.
func (m Maker) Signed(id ids.Node, version int64, now time.Time) (key string, v url.Values) {
	now = now.UTC()
	key = id.String() + "." + strconv.FormatInt(version, 10)
	v = url.Values{
		"X-Amz-Algorithm":     {signedAlgorithm},
		"X-Amz-Credential":    {"ASIAMOCKMOCKMOCKMOCK/" + now.Format("20060102") + "/us-east-1/s3/aws4_request"},
		"X-Amz-Date":          {now.Format(signedTime)},
		"X-Amz-Expires":       {strconv.FormatInt(int64(m.Lifetime/time.Second), 10)},
		"X-Amz-SignedHeaders": {"host"},
	}
	v.Set("X-Amz-Signature", m.signature(key, v))
	return key, v
}

// OpenSigned returns the file and the version for which a signed URL was made.
func (m Maker) OpenSigned(key string, v url.Values, now time.Time) (id, version string, err error) {
	if v.Get("X-Amz-Algorithm") == "" {
		return "", "", ErrUnsigned
	}
	at, err := time.Parse(signedTime, v.Get("X-Amz-Date"))
	lifetime, err2 := strconv.Atoi(v.Get("X-Amz-Expires"))
	switch {
	case v.Get("X-Amz-Algorithm") != signedAlgorithm || err != nil || err2 != nil || v.Get("X-Amz-Signature") == "":
		return "", "", ErrMalformed
	case !hmac.Equal([]byte(v.Get("X-Amz-Signature")), []byte(m.signature(key, v))):
		return "", "", ErrForged
	case !now.Before(at.Add(time.Duration(lifetime) * time.Second)):
		return "", "", ErrExpired
	}
	id, version = SplitKey(key)
	return id, version, nil
}

// SplitKey returns the file and the version in the key of a signed URL.
func SplitKey(key string) (id, version string) {
	id, version, _ = strings.Cut(key, ".")
	return id, version
}

func (m Maker) signature(key string, v url.Values) string {
	text := key
	for _, k := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"} {
		text += "\n" + v.Get(k)
	}
	return hex.EncodeToString(m.Key.Sum([]byte(text)))
}
