package foreignphotos

import (
	"net"
	"strings"
)

// api is the path that all metadata calls begin with (2).
const api = "/drive/v1/"

// The roles of hosts. A request is labelled with its host's role; see Match.
const (
	roleWWW        = "www"        // metadata, search, albums, trash
	roleContent    = "content"    // bytes and raw uploads
	roleElsewhere  = "elsewhere"  // the content host of another region
	roleDownload   = "download"   // download-photos
	roleUpload     = "upload"     // upload-photos
	roleThumbnails = "thumbnails" // thumbnails-photos
	roleSigned     = "signed"     // the storage that signed URLs lead to; not in section 2
	roleOutside    = "outside"    // a stranger, below example.net
	roleAbroad     = "abroad"     // www.amazon of another country
	roleUnknown    = "unknown"
)

// site is one national site.
type site struct {
	tld    string // without its first dot
	region string // of its content host
	cc     string // the end of its cookies' names, which is not the TLD (1.1)
}

// siteOf knows the sites of the reference (1.1, 2). Japan's content host is not sure there: fe is taken.
// The ends of the cookies' names of es, com.mx, com.br follow from the rule and were not seen.
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

// Hosts are the names of the account's hosts (2).
type Hosts struct{ WWW, Content, Download, Upload, Thumbnails, Signed, Outside, LookAlike string }

// Hosts returns the names of the hosts that this service answers for. Signed, Outside and LookAlike are
// no hosts of section 2: no credential may go there.
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

// takesCredentials says whether a host of this role is one of section 2, to which cookies may go.
func takesCredentials(role string) bool {
	switch role {
	case roleWWW, roleContent, roleElsewhere, roleDownload, roleUpload, roleThumbnails:
		return true
	}
	return false
}
