package ids

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"time"
)

// Node is a node's id as the service makes them: a random UUID, written as 22 characters of base64url.
type Node [16]byte

// Text is strict, so that one id, token or link has one text.
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

// UUID makes a version-4 UUID in text, for request ids.
func UUID() string {
	var b [16]byte
	rand.Read(b[:])
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// LogRef makes a version-1 UUID, the form in which the service names an error.
func LogRef(now time.Time) string {
	const gregorian = 0x01b21dd213814000 // 100 ns steps from 1582-10-15 to 1970-01-01
	t := uint64(now.UnixNano()/100) + gregorian
	var tail [8]byte
	rand.Read(tail[:])
	tail[0] = tail[0]&0x3f | 0x80
	return fmt.Sprintf("%08x-%04x-%04x-%x-%x", uint32(t), uint16(t>>32), uint16(t>>48)&0x0fff|0x1000, tail[:2], tail[2:])
}

// ETag is the eTagResponse of one version of a node: 8 bytes of base64url.
func ETag(id Node, version int64) string {
	h := fnv.New64a()
	h.Write(id[:])
	for i := range 8 {
		h.Write([]byte{byte(version >> (8 * i))})
	}
	return Text.EncodeToString(h.Sum(nil))
}
