package foreignphotos

import (
	"net"
	"strings"
)

// api is the path with which all metadata calls begin (docs/wire-photos.md, 2).
const api = "/drive/v1/"

// These are the roles of hosts. A request is labelled with the role of its host; see Match.
const (
	roleWWW        = "www"        // metadata, search, albums, trash
	roleContent    = "content"    // contents and raw uploads
	roleElsewhere  = "elsewhere"  // the content host of another region
	roleDownload   = "download"   // download-photos
	roleUpload     = "upload"     // upload-photos
	roleThumbnails = "thumbnails" // thumbnails-photos
	roleSigned     = "signed"     // the storage host of signed URLs, which is not in docs/wire-photos.md, 2
	roleOutside    = "outside"    // a host of a stranger, below example.net
	roleAbroad     = "abroad"     // the www.amazon host of another country
	roleUnknown    = "unknown"
)

// site is one national site.
type site struct {
	tld    string // without its first dot
	region string // the region of its content host
	cc     string // the end of its cookies' names, which differs from the TLD (docs/wire-photos.md, 1.1)
}

// siteOf returns the site with a TLD. It knows the sites of the reference (docs/wire-photos.md,
// 1.1, 2). The reference is not sure about Japan's content host: this service uses fe. The ends of
// the cookies' names of es, com.mx and com.br follow from the rule and were not seen.
func siteOf(tld string) site {
	cc, known := map[string]string{"com": "main", "ca": "acbca", "com.mx": "acbmx", "com.br": "acbbr", "co.uk": "acbuk",
		"de": "acbde", "fr": "acbfr", "it": "acbit", "es": "acbes", "co.jp": "acbjp"}[tld]
	if !known {
		panic("foreignphotos: no site amazon." + tld)
	}
	region := "eu"
	switch tld {
	case "com", "ca", "com.mx", "com.br":
		region = "na"
	case "co.jp":
		region = "fe"
	}
	return site{tld: tld, region: region, cc: cc}
}

// Hosts holds the names of the account's hosts (docs/wire-photos.md, 2).
type Hosts struct{ WWW, Content, Download, Upload, Thumbnails, Signed, Outside, LookAlike string }

// Hosts returns the names of the hosts for which this service answers. Signed, Outside and
// LookAlike are not in section 2 of docs/wire-photos.md: no credential may go there.
func (s *Service) Hosts() Hosts { return s.site.hosts() }

func (t site) hosts() Hosts {
	content := "content-" + t.region + ".drive.amazonaws.com"
	return Hosts{WWW: "www.amazon." + t.tld, Content: content, Download: "download-photos.amazon." + t.tld,
		Upload: "upload-photos.amazon." + t.tld, Thumbnails: "thumbnails-photos.amazon." + t.tld,
		Signed: "cd-" + t.region + "-prod-content.s3.amazonaws.com", Outside: "cdn.example.net",
		LookAlike: content + ".example.net"}
}

func (t site) role(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	h := t.hosts()
	role, known := map[string]string{h.WWW: roleWWW, h.Content: roleContent, h.Download: roleDownload, h.Upload: roleUpload,
		h.Thumbnails: roleThumbnails, h.Signed: roleSigned}[strings.ToLower(host)]
	switch {
	case known:
		return role
	case strings.HasPrefix(host, "content-") && strings.HasSuffix(host, ".drive.amazonaws.com"):
		return roleElsewhere
	case strings.HasSuffix(host, ".example.net"):
		return roleOutside
	case strings.HasPrefix(host, "www.amazon."):
		return roleAbroad
	}
	return roleUnknown
}

// takesCredentials reports whether section 2 of docs/wire-photos.md has a host of this role. Only
// such hosts may get cookies.
func takesCredentials(role string) bool {
	switch role {
	case roleWWW, roleContent, roleElsewhere, roleDownload, roleUpload, roleThumbnails:
		return true
	}
	return false
}
