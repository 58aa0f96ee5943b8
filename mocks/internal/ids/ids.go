package ids

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"time"
)

// Node is the id of a node in the form of the service: a random UUID, written as 22 characters of
// base64url.
type Node [16]byte

// Text is the encoding of ids, tokens and links. It is strict: each value has exactly one text.
var Text = base64.RawURLEncoding.Strict()

func (id Node) String() string { return Text.EncodeToString(id[:]) }

func (id Node) Append(b []byte) []byte { return Text.AppendEncode(b, id[:]) }

func Parse(s string) (id Node, ok bool) {
	if len(s) != 22 {
		return id, false
	}
	var buf [17]byte
	n, err := Text.Decode(buf[:], []byte(s))
	if err != nil || n != len(id) {
		return id, false
	}
	copy(id[:], buf[:])
	return id, true
}

// UUID returns a random version-4 UUID as text, for request ids.
func UUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// LogRef returns a version-1 UUID. The service identifies errors by such ids.
func LogRef(now time.Time) string {
	const gregorian = 0x01b21dd213814000 // 100 ns steps from 1582-10-15 to 1970-01-01
	t := uint64(now.UnixNano()/100) + gregorian
	var tail [8]byte
	rand.Read(tail[:])
	tail[0] = tail[0]&0x3f | 0x80
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", uint32(t), uint16(t>>32), uint16(t>>48)&0x0fff|0x1000, tail[:2], tail[2:])
}

// ETag returns the eTagResponse of one version of a node: 8 bytes in base64url.
func ETag(id Node, version int64) string {
	h := fnv.New64a()
	h.Write(id[:])
	for i := range 8 {
		h.Write([]byte{byte(version >> (8 * i))})
	}
	return Text.EncodeToString(h.Sum(nil))
}
