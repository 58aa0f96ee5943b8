// Package amazonsites knows the sites of Amazon that have Amazon Photos: the hosts of each site and
// the names of its cookies. It is a table, because the names follow no rule: see
// docs/wire-photos.md, 1.1 and 2.
package amazonsites

import (
	"slices"
	"strings"
)

// A Site is one of Amazon's shops.
type Site struct {
	Name string // "amazon.co.uk"
	// Cookies is the end of the names of the site's own cookies: "at-" and "ubid-" + Cookies.
	Cookies string
	region  string
}

// These are the regions of the content hosts.
const (
	northAmerica = "na"
	europe       = "eu"
	farEast      = "fe"
	japan        = "jp"
)

// sites returns all sites, in the order in which messages name them.
func sites() []Site {
	return []Site{
		{"amazon.com", "main", northAmerica},
		{"amazon.ca", "acbca", northAmerica},
		{"amazon.com.mx", "acbmx", northAmerica},
		{"amazon.com.br", "acbbr", northAmerica},
		{"amazon.co.uk", "acbuk", europe},
		{"amazon.de", "acbde", europe},
		{"amazon.fr", "acbfr", europe},
		{"amazon.it", "acbit", europe},
		{"amazon.es", "acbes", europe},
		{"amazon.nl", "acbnl", europe},
		{"amazon.se", "acbse", europe},
		{"amazon.pl", "acbpl", europe},
		{"amazon.com.be", "acbbe", europe},
		{"amazon.ie", "acbie", europe},
		{"amazon.com.tr", "acbtr", europe},
		{"amazon.in", "acbin", europe},
		{"amazon.co.jp", "acbjp", farEast},
		{"amazon.com.au", "acbau", farEast},
	}
}

// Names returns the names of all sites.
func Names() []string {
	var names []string
	for _, s := range sites() {
		names = append(names, s.Name)
	}
	return names
}

// ByName returns the site with a name, such as "amazon.de". The name may also be a host or an
// address of the site, such as "www.amazon.de" or "https://www.amazon.de/photos".
func ByName(name string) (Site, bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	name = strings.TrimPrefix(strings.TrimPrefix(name, "https://"), "http://")
	name, _, _ = strings.Cut(name, "/")
	name = strings.TrimPrefix(strings.TrimSuffix(name, "."), ".")
	name = strings.TrimPrefix(name, "www.")
	for _, s := range sites() {
		if s.Name == name {
			return s, true
		}
	}
	return Site{}, false
}

// ByCookies returns the site whose cookies' names have this end, such as "acbde".
func ByCookies(end string) (Site, bool) {
	for _, s := range sites() {
		if s.Cookies == end {
			return s, true
		}
	}
	return Site{}, false
}

// ByHost returns the site to which a host belongs, for "www.amazon.de" as well as
// "thumbnails-photos.amazon.de".
func ByHost(host string) (Site, bool) {
	host = strings.ToLower(host)
	for _, s := range sites() {
		if host == s.Name || strings.HasSuffix(host, "."+s.Name) {
			return s, true
		}
	}
	return Site{}, false
}

// Host returns the host of the site that shows pages and answers metadata calls.
func (s Site) Host() string { return "www." + s.Name }

// MetadataURL returns the base of metadata calls.
func (s Site) MetadataURL() string { return "https://www." + s.Name + "/drive/v1/" }

// GroupsURL returns the base of calls about groups and sharing.
func (s Site) GroupsURL() string { return "https://www." + s.Name + "/cdrs/drive/v2/" }

// DownloadURL returns the base of downloads as the site's web page makes them.
func (s Site) DownloadURL() string { return "https://download-photos." + s.Name + "/" }

// UploadURL returns the base of the upload service. The web page uses another host for uploads,
// about which less is known.
func (s Site) UploadURL() string {
	return "https://content-" + s.region + ".drive.amazonaws.com/"
}

// ThumbnailsURL returns the base of renditions.
func (s Site) ThumbnailsURL() string { return "https://thumbnails-photos." + s.Name + "/v1/" }

// ContentURLs returns the bases of content calls in all regions, the likeliest first. Which of them
// has an account's content is certain only when a host answers.
func (s Site) ContentURLs() []string {
	regions := []string{northAmerica, europe, farEast, japan}
	i := slices.Index(regions, s.region)
	regions = append([]string{s.region}, slices.Delete(regions, i, i+1)...)
	if s.region == farEast { // two sources give two different hosts for Japan
		regions = []string{farEast, japan, northAmerica, europe}
	}
	urls := make([]string, len(regions))
	for i, region := range regions {
		urls[i] = "https://content-" + region + ".drive.amazonaws.com/cdproxy/"
	}
	return urls
}
