package mocks

import (
	"encoding/binary"
)

// keepListing remembers a listing and forgets those whose tokens have all expired.
func (d *store) keepListing(l *listing) string {
	const tidyEvery = 64
	if d.listingSeq++; d.listingSeq%tidyEvery == 0 {
		for key, old := range d.listings {
			if old.used+d.listTokenFor.Milliseconds() < l.used {
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

// A list token holds the listing, the position in it and the time of issue, and is sealed.

func (d *store) listToken(key string, pos uint64, now int64) string {
	b := make([]byte, 0, 40)
	b = append(b, key...)
	b = binary.BigEndian.AppendUint64(b, pos)
	return d.secret.seal(binary.BigEndian.AppendUint64(b, uint64(now)))
}

func (d *store) readListToken(token string) (key string, pos uint64, issued int64, ok bool) {
	b, ok := d.secret.unseal(token, 24)
	if !ok {
		return "", 0, 0, false
	}
	return string(b[:8]), binary.BigEndian.Uint64(b[8:]), int64(binary.BigEndian.Uint64(b[16:])), true
}
