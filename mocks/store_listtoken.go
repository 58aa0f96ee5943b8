package mocks

import (
	"crypto/hmac"
	"encoding/binary"
)

// keepListing remembers a listing and forgets those whose tokens have all expired.
func (d *Drive) keepListing(l *listing) string {
	const tidyEvery = 64
	if d.listingSeq++; d.listingSeq%tidyEvery == 0 {
		for key, old := range d.listings {
			if old.used+d.opt.listTokenFor.Milliseconds() < l.used {
				delete(d.listings, key)
			}
		}
		clear(d.lostPages)
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], d.listingSeq)
	key := string(b[:])
	d.listings[key] = l
	return key
}

// A list token holds the listing, the position and the time of issue, and is signed.

func (d *Drive) listToken(key string, pos uint64, now int64) string {
	b := make([]byte, 0, 40)
	b = append(b, key...)
	b = binary.BigEndian.AppendUint64(b, pos)
	b = binary.BigEndian.AppendUint64(b, uint64(now))
	b = append(b, d.sign(b)...)
	return idText.EncodeToString(b)
}

func (d *Drive) readListToken(token string) (key string, pos uint64, issued int64, ok bool) {
	b, err := idText.DecodeString(token)
	if err != nil || len(b) != 40 || !hmac.Equal(b[24:], d.sign(b[:24])) {
		return "", 0, 0, false
	}
	return string(b[:8]), binary.BigEndian.Uint64(b[8:]), int64(binary.BigEndian.Uint64(b[16:])), true
}
