package seal

import (
	"crypto/hmac"
	"crypto/sha256"

	"github.com/acd-sdk/acd/mocks/internal/ids"
)

// A Key is the secret of one drive. With it the drive knows its own links and tokens again, without
// keeping a list of them.
type Key [32]byte

const macSize = 16

// Sum is a signature of 16 bytes over b.
func (k *Key) Sum(b []byte) []byte {
	h := hmac.New(sha256.New, k[:])
	h.Write(b)
	return h.Sum(nil)[:macSize]
}

// Seal writes b and its signature as text that is safe in a URL.
func (k *Key) Seal(b []byte) string {
	return ids.Text.EncodeToString(append(b, k.Sum(b)...))
}

// Unseal is the inverse of seal. It is not ok if the text does not hold size bytes sealed with this key.
func (k *Key) Unseal(text string, size int) (b []byte, ok bool) {
	b, err := ids.Text.DecodeString(text)
	if err != nil || len(b) != size+macSize || !hmac.Equal(b[size:], k.Sum(b[:size])) {
		return nil, false
	}
	return b[:size], true
}
