package mocks

import (
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"strings"

	"github.com/acd-sdk/acd/mocks/internal/store"
)

// nodesByDigest finds the files that have one of the requested MD5s. A program calls it so as not
// to upload a file that the drive already has. The form of the service's response is not known;
// here it is that of a listing.
func (c *call) nodesByDigest() (*answer, error) {
	sums, err := c.parseDigests()
	if err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		present, err := c.rendering()
		if err != nil {
			return nil, err
		}
		p := &store.Page{}
		for _, sum := range sums {
			for _, n := range c.d.store.WithContent(sum) {
				if n.Kind == store.File && n.Status == store.Available && (c.v2() || !n.OnlyV2()) {
					p.Nodes = append(p.Nodes, n)
				}
			}
		}
		p.Total = len(p.Nodes)
		return pageAnswer(p, c.d.store.Root, present), nil
	})
}

// parseDigests reads the MD5s in the request body.
func (c *call) parseDigests() ([][md5.Size]byte, error) {
	body, err := c.readJSON()
	if err != nil {
		return nil, err
	}
	m, err := object(body)
	if err != nil {
		return nil, err
	}
	var list []string
	kind := ""
	if err := field(m, "digestList", &list); err != nil {
		return nil, err
	}
	if err := field(m, "digestType", &kind); err != nil {
		return nil, err
	}
	switch {
	case !strings.EqualFold(kind, "MD5"):
		return nil, refuse(http.StatusBadRequest, "", "Invalid digestType %s", kind)
	case len(list) > maxBulk:
		return nil, errTooLong("["+strings.Join(list, ", ")+"]", "digestList", maxBulk)
	}
	var sums [][md5.Size]byte
	for _, text := range dedup(list) {
		sum, err := hex.DecodeString(text)
		if err != nil || len(sum) != md5.Size {
			return nil, refuse(http.StatusBadRequest, "", "Invalid digest %s", text)
		}
		sums = append(sums, [md5.Size]byte(sum))
	}
	return sums, nil
}
