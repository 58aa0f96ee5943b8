package mocks

import (
	"crypto/hmac"
	"crypto/sha256"
)

// sealKey is the secret of one drive. With it the drive knows its own links and tokens again, without
// keeping a list of them.
type sealKey [32]byte

const macSize = 16

// sum is a signature of 16 bytes over b.
func (k *sealKey) sum(b []byte) []byte {
	h := hmac.New(sha256.New, k[:])
	h.Write(b)
	return h.Sum(nil)[:macSize]
}

// seal writes b and its signature as text that is safe in a URL.
func (k *sealKey) seal(b []byte) string {
	return idText.EncodeToString(append(b, k.sum(b)...))
}

// unseal is the inverse of seal. It is not ok if the text does not hold size bytes sealed with this key.
func (k *sealKey) unseal(text string, size int) (b []byte, ok bool) {
	b, err := idText.DecodeString(text)
	if err != nil || len(b) != size+macSize || !hmac.Equal(b[size:], k.sum(b[:size])) {
		return nil, false
	}
	return b[:size], true
}
