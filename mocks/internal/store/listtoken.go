package store

import (
	"encoding/binary"
)

// keepListing keeps a listing and returns its key. From time to time it removes the listings whose
// tokens have all expired.
func (s *Store) keepListing(l *listing) string {
	const tidyEvery = 64
	if s.listingSeq++; s.listingSeq%tidyEvery == 0 {
		for key, old := range s.listings {
			if old.used+s.ListTokenFor.Milliseconds() < l.used {
				delete(s.listings, key)
			}
		}
		clear(s.LostPages)
	}
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], s.listingSeq)
	key := string(b[:])
	s.listings[key] = l
	return key
}

// A list token contains the key of the listing, the position in the listing and the time of issue.
// It is signed with the secret of the drive.

func (s *Store) listToken(key string, pos uint64, now int64) string {
	b := make([]byte, 0, 40)
	b = append(b, key...)
	b = binary.BigEndian.AppendUint64(b, pos)
	return s.Secret.Seal(binary.BigEndian.AppendUint64(b, uint64(now)))
}

func (s *Store) readListToken(token string) (key string, pos uint64, issued int64, ok bool) {
	b, ok := s.Secret.Unseal(token, 24)
	if !ok {
		return "", 0, 0, false
	}
	return string(b[:8]), binary.BigEndian.Uint64(b[8:]), int64(binary.BigEndian.Uint64(b[16:])), true
}
