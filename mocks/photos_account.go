package mocks

// photosEndpoint answers account/endpoint with the hosts of the site.
func (c *call) photosEndpoint() (*answer, error) {
	o := &c.d.opt.photos
	if o.noEndpoint {
		return nil, errNoRoute
	}
	h := c.hosts()
	return endpointAnswer([][2]string{
		{"contentUrl", c.contentURL()},
		{"metadataUrl", c.metadataURL()},
		{"region", c.d.opt.region},
		{"countryAtSignup", o.site.country},
		{"marketplaceAtSignup", o.site.marketplace},
		{"retailUrl", "https://www." + o.site.domain},
		{"downloadServiceUrl", c.base(h.Download) + "/"},
		{"thumbnailServiceUrl", c.base(h.Thumbnail) + "/"},
		{"uploadServiceUrl", c.base(h.Upload) + "/"},
	}), nil
}
