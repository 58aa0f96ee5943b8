// Package amazonsites knows the sites of Amazon that have Amazon Photos: which hosts serve each of them, and how its
// cookies are called. It is a table, because the names follow no rule: see docs/wire-photos.md, sections 1.1 and 2.
package amazonsites

import (
	"slices"
	"strings"
)

// A Site is one of Amazon's shops.
type Site struct {
	Name string // "amazon.co.uk"
	// Cookies is what the names of the site's own cookies end with: "at-" and "ubid-" + Cookies.
	Cookies string
	region  string
}

// The regions of the content hosts.
const (
	northAmerica = "na"
	europe       = "eu"
	farEast      = "fe"
	japan        = "jp"
)

// sites are in the order in which messages name them.
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

// Names are the names of all sites.
func Names() []string {
	var names []string
	for _, s := range sites() {
		names = append(names, s.Name)
	}
	return names
}

// ByName returns the site of a name: "amazon.de", or a host or an address of it, such as "www.amazon.de" or
// "https://www.amazon.de/photos".
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

// ByCookies returns the site whose cookies' names end so, such as "acbde".
func ByCookies(end string) (Site, bool) {
	for _, s := range sites() {
		if s.Cookies == end {
			return s, true
		}
	}
	return Site{}, false
}

// ByHost returns the site that a host belongs to: "www.amazon.de" as well as "thumbnails-photos.amazon.de".
func ByHost(host string) (Site, bool) {
	host = strings.ToLower(host)
	for _, s := range sites() {
		if host == s.Name || strings.HasSuffix(host, "."+s.Name) {
			return s, true
		}
	}
	return Site{}, false
}

// Host is the host of the site that shows pages and answers metadata calls.
func (s Site) Host() string { return "www." + s.Name }

// MetadataURL is the base of metadata calls.
func (s Site) MetadataURL() string { return "https://www." + s.Name + "/drive/v1/" }

// GroupsURL is the base of calls about groups and sharing.
func (s Site) GroupsURL() string { return "https://www." + s.Name + "/cdrs/drive/v2/" }

// DownloadURL is the base of downloads as the site's own page makes them.
func (s Site) DownloadURL() string { return "https://download-photos." + s.Name + "/" }

// UploadURL is the base of the upload service. The web page has a host of its own for it, of which less is known.
func (s Site) UploadURL() string {
	return "https://content-" + s.region + ".drive.amazonaws.com/"
}

// ThumbnailsURL is the base of renditions.
func (s Site) ThumbnailsURL() string { return "https://thumbnails-photos." + s.Name + "/v1/" }

// ContentURLs are the bases of content calls, of all regions, the likeliest first. Which one has an account's
// content is known for certain only when it answers.
func (s Site) ContentURLs() []string {
	regions := []string{northAmerica, europe, farEast, japan}
	i := slices.Index(regions, s.region)
	regions = append([]string{s.region}, slices.Delete(regions, i, i+1)...)
	if s.region == farEast { // Japan's host is told in two ways
		regions = []string{farEast, japan, northAmerica, europe}
	}
	urls := make([]string, len(regions))
	for i, region := range regions {
		urls[i] = "https://content-" + region + ".drive.amazonaws.com/cdproxy/"
	}
	return urls
}
