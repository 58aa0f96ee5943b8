package seal

import (
	"crypto/hmac"
	"crypto/sha256"

	"github.com/acd-sdk/acd/mocks/internal/ids"
)

// A Key is the secret of one drive. With it the drive recognizes its own links and tokens, so it
// need not keep a list of them.
type Key [32]byte

const macSize = 16

// Sum returns a signature of b, 16 bytes long.
func (k *Key) Sum(b []byte) []byte {
	h := hmac.New(sha256.New, k[:])
	h.Write(b)
	return h.Sum(nil)[:macSize]
}

// Seal returns b and its signature as a text that is safe in a URL.
func (k *Key) Seal(b []byte) string {
	return ids.Text.EncodeToString(append(b, k.Sum(b)...))
}

// Unseal returns the bytes that Seal got. It reports false if text was not made with this key, or
// does not contain exactly size bytes.
func (k *Key) Unseal(text string, size int) (b []byte, ok bool) {
	b, err := ids.Text.DecodeString(text)
	if err != nil || len(b) != size+macSize || !hmac.Equal(b[size:], k.Sum(b[:size])) {
		return nil, false
	}
	return b[:size], true
}
