package mocks

import (
	"net/http"

	"github.com/acd-sdk/acd/mocks/internal/store"
)

func (c *call) endpoint() (*answer, error) {
	if c.d.opt.noCustomer {
		return reply(http.StatusOK, []byte(`{"customerExists":false}`)), nil
	}
	c.d.journal.own(c)
	if c.d.photos() {
		return c.photosEndpoint()
	}
	return endpointAnswer([][2]string{
		{"contentUrl", c.contentURL()},
		{"metadataUrl", c.metadataURL()},
		{"region", c.d.opt.region},
		{"countryAtSignup", "US"},
		{"marketplaceAtSignup", "ATVPDKIKX0DER"},
		{"retailUrl", "https://www.amazon.com"},
		{"downloadServiceUrl", c.contentURL()},
		{"thumbnailServiceUrl", c.contentURL()},
		{"uploadServiceUrl", c.contentURL()},
	}), nil
}

func endpointAnswer(fields [][2]string) *answer {
	b := append([]byte(nil), `{"customerExists":true`...)
	for _, f := range fields {
		b = append(b, ',')
		b = appendString(b, f[0])
		b = append(b, ':')
		b = appendString(b, f[1])
	}
	return reply(http.StatusOK, append(b, '}'))
}

func (c *call) info() (*answer, error) {
	return reply(http.StatusOK, []byte(`{"termsOfUse":"1.0.0","status":"ACTIVE"}`)), nil
}

func (c *call) quota() (*answer, error) {
	return c.locked(func() (*answer, error) {
		d := c.d
		b := append([]byte(nil), `{"quota":`...)
		b = appendInt(b, d.opt.quota)
		b = append(b, `,"lastCalculated":`...)
		b = appendTime(b, c.now.UnixMilli())
		b = append(b, `,"available":`...)
		b = appendInt(b, max(d.opt.quota-d.store.UsedBytes, 0))
		return reply(http.StatusOK, append(b, '}')), nil
	})
}

func (c *call) usage() (*answer, error) {
	return c.locked(func() (*answer, error) {
		b := append([]byte(nil), `{"lastCalculated":`...)
		b = appendTime(b, c.now.UnixMilli())
		for i, t := range c.d.store.Usage {
			b = append(b, ',')
			b = appendString(b, store.CategoryNames[i])
			b = append(b, `:{"total":`...)
			b = appendTally(b, t)
			b = append(b, `,"billable":`...)
			if store.Category(i) == store.CategoryPhoto {
				t = store.Tally{} // photos are free
			}
			b = appendTally(b, t)
			b = append(b, '}')
		}
		return reply(http.StatusOK, append(b, '}')), nil
	})
}

func appendTally(b []byte, t store.Tally) []byte {
	b = append(b, `{"bytes":`...)
	b = appendInt(b, t.Bytes)
	b = append(b, `,"count":`...)
	b = appendInt(b, t.Count)
	return append(b, '}')
}
