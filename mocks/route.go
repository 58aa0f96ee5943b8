package mocks

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
)

const (
	metadataPath = "/drive/v1/"
	contentPath  = "/cdproxy/"
	storagePath  = "/s3/"
)

type part uint8

const (
	partMetadata part = iota
	partContent
	partStorage
	partGroups // groups and public links of groups, of Photos
	partSignIn // pages for browsers
)

// route is one call of the API. Faults and the journal know it by its op.
type route struct {
	part   part
	method string
	path   string // segments; {} stands for any segment
	op     Op
	right  string // the service's name of the operation, for the 403 of a token without the scope
	write  bool
	open   bool // needs neither token nor session
	byID   bool // the first {} is the id of a node
	upload bool
	photos bool // only in a drive made with [WithPhotos]
	do     func(*call) (*answer, error)
}

var routes = []route{
	{part: partMetadata, method: "GET", path: "account/endpoint", op: OpAccountEndpoints, right: "getEndpoint", do: (*call).endpoint},
	{part: partMetadata, method: "GET", path: "account/info", op: OpAccountInfo, right: "getAccountInfo", do: (*call).info},
	{part: partMetadata, method: "GET", path: "account/quota", op: OpAccountQuota, right: "getQuota", do: (*call).quota},
	{part: partMetadata, method: "GET", path: "account/usage", op: OpAccountUsage, right: "getUsage", do: (*call).usage},
	{part: partMetadata, method: "GET", path: "nodes", op: OpNodesList, right: "listNodes", do: (*call).listNodes},
	{part: partMetadata, method: "POST", path: "nodes", op: OpNodesCreateFolder, right: "createNode", write: true, do: (*call).createFolder},
	{part: partMetadata, method: "GET", path: "nodes/{}", op: OpNodesGet, right: "getNode", byID: true, do: (*call).getNode},
	{part: partMetadata, method: "PATCH", path: "nodes/{}", op: OpNodesUpdate, right: "updateNode", write: true, byID: true, do: (*call).updateNode},
	{part: partMetadata, method: "DELETE", path: "nodes/{}", op: OpNodesPurge, right: "purgeNode", write: true, byID: true, do: (*call).purgeNode},
	{part: partMetadata, method: "GET", path: "nodes/{}/children", op: OpNodesChildren, right: "listChildren", byID: true, do: (*call).listChildren},
	{part: partMetadata, method: "POST", path: "nodes/{}/children", op: OpNodesMove, right: "moveNode", write: true, byID: true, do: (*call).moveNode},
	{part: partMetadata, method: "PATCH", path: "nodes/{}/children", op: OpNodesUpdateAlbum, right: "updateChildren", write: true, byID: true, do: (*call).updateAlbum},
	{part: partMetadata, method: "PUT", path: "nodes/{}/children/{}", op: OpNodesAddParent, right: "addChild", write: true, byID: true, do: (*call).addParent},
	{part: partMetadata, method: "DELETE", path: "nodes/{}/children/{}", op: OpNodesRemoveParent, right: "removeChild", write: true, byID: true, do: (*call).removeParent},
	{part: partMetadata, method: "GET", path: "nodes/{}/contentRedirection", op: OpContentRedirection, right: "downloadNode", byID: true, do: (*call).redirection},
	{part: partMetadata, method: "GET", path: "nodes/{}/properties/{}", op: OpNodesProperties, right: "listProperties", byID: true, do: (*call).listProperties},
	{part: partMetadata, method: "GET", path: "nodes/{}/properties/{}/{}", op: OpNodesProperties, right: "getProperty", byID: true, do: (*call).getProperty},
	{part: partMetadata, method: "PUT", path: "nodes/{}/properties/{}/{}", op: OpNodesSetProperty, right: "putProperty", write: true, byID: true, do: (*call).setProperty},
	{part: partMetadata, method: "DELETE", path: "nodes/{}/properties/{}/{}", op: OpNodesDeleteProperty, right: "deleteProperty", write: true, byID: true, do: (*call).deleteProperty},
	{part: partMetadata, method: "GET", path: "trash", op: OpNodesTrashed, right: "listTrash", do: (*call).listTrash},
	{part: partMetadata, method: "PATCH", path: "trash", op: OpNodesTrashAll, right: "trashNodes", write: true, do: (*call).bulkTrash},
	{part: partMetadata, method: "PUT", path: "trash/{}", op: OpNodesTrash, right: "trashNode", write: true, byID: true, do: (*call).trashNode},
	{part: partMetadata, method: "POST", path: "trash/{}/restore", op: OpNodesRestore, right: "restoreNode", write: true, byID: true, do: (*call).restoreNode},
	{part: partMetadata, method: "POST", path: "bulk/nodes/purge", op: OpNodesPurgeAll, right: "purgeNode", write: true, do: (*call).bulkPurge},
	{part: partMetadata, method: "POST", path: "changes", op: OpChangesSince, right: "getChanges", do: (*call).changes},
	{part: partMetadata, method: "GET", path: "search", op: OpNodesSearch, right: "search", do: (*call).search},

	{part: partContent, method: "POST", path: "nodes", op: OpContentUpload, right: "uploadNode", write: true, upload: true, do: (*call).uploadFile},
	{part: partContent, method: "PUT", path: "nodes/{}/content", op: OpContentOverwrite, right: "overwriteNode", write: true, upload: true, byID: true, do: (*call).overwriteFile},
	{part: partContent, method: "GET", path: "nodes/{}/content", op: OpContentDownload, right: "downloadNode", byID: true, do: (*call).download},
	{part: partContent, method: "GET", path: "v1/thumbnail/{}", op: OpContentThumbnail, right: "downloadNode", byID: true, do: (*call).photoThumbnail},
	{part: partContent, method: "GET", path: "resume", op: OpContentResumeState, right: "resumeUpload", write: true, do: (*call).resumeState},
	{part: partContent, method: "POST", path: "v2/upload/multiform-upload", op: OpContentUpload, right: "uploadNode", write: true, upload: true, do: (*call).uploadV2},
	{part: partContent, method: "GET", path: "templink/{}", op: OpContentTempLink, open: true, do: (*call).openTempLink},
	{part: partMetadata, method: "GET", path: "search/aggregation", op: OpNodesAggregate, right: "search", photos: true, do: (*call).aggregate},
	{part: partMetadata, method: "GET", path: "search/groups/{}", op: OpNodesSearch, right: "search", photos: true, do: (*call).searchGroup},
	{part: partMetadata, method: "POST", path: "bulk/nodeByDigest", op: OpNodesByDigest, right: "listNodes", photos: true, do: (*call).nodesByDigest},
	{part: partMetadata, method: "GET", path: "shares/{}", op: OpSharesGet, right: "getShare", photos: true, do: (*call).getShare},
	{part: partGroups, method: "GET", path: "photosGroups", op: OpGroupsList, right: "listGroups", photos: true, do: (*call).listGroups},
	{part: partGroups, method: "GET", path: "photosGroups/shares/{}", op: OpGroupsShare, right: "getShare", photos: true, do: (*call).getGroupShare},
	{part: partSignIn, method: "GET", path: "signin", op: OpAccountSignIn, open: true, photos: true, do: (*call).signInPage},

	{part: partContent, method: "GET", path: "nodes/{}", op: OpContentDownload, right: "downloadNode", byID: true, photos: true, do: (*call).download},
	{part: partContent, method: "GET", path: "v2/download/signed/{}", op: OpContentDownload, right: "downloadNode", byID: true, photos: true, do: (*call).download},
	{part: partContent, method: "POST", path: "v2/upload", op: OpContentUpload, right: "uploadNode", write: true, upload: true, photos: true, do: (*call).uploadV2Raw},
	{part: partContent, method: "POST", path: "v2/upload/multipart-upload", op: OpContentUploadStart, right: "uploadNode", write: true, photos: true, do: (*call).startParts},
	{part: partContent, method: "GET", path: "v2/upload/multipart-upload/{}", op: OpContentUploadState, right: "uploadNode", write: true, byID: true, photos: true, do: (*call).partsState},
	{part: partContent, method: "DELETE", path: "v2/upload/multipart-upload/{}", op: OpContentUploadAbort, right: "uploadNode", write: true, byID: true, photos: true, do: (*call).abortParts},
	{part: partContent, method: "PUT", path: "v2/upload/multipart-upload/{}/parts/{}", op: OpContentUploadPart, right: "uploadNode", write: true, upload: true, byID: true, photos: true, do: (*call).putPart},
	{part: partContent, method: "POST", path: "v2/upload/multipart-upload/{}/complete", op: OpContentUploadComplete, right: "uploadNode", write: true, byID: true, photos: true, do: (*call).completeParts},
	{part: partStorage, method: "GET", path: "{}", op: OpContentTempLink, open: true, do: (*call).openSigned},
}

// resumeRoute is an overwrite with a Content-Range. It continues a broken upload.
var resumeRoute = route{part: partContent, method: "PUT", path: "nodes/{}/content", op: OpContentResume, right: "resumeUpload", write: true, upload: true, byID: true, do: (*call).resumeUpload}

// thumbnailRoute is a download with a viewBox. It asks for a thumbnail of the file.
var thumbnailRoute = route{part: partContent, method: "GET", path: "nodes/{}/content", op: OpContentThumbnail, right: "downloadNode", byID: true, do: (*call).download}

// restoreAllRoute is PATCH trash that takes nodes out of the trash.
var restoreAllRoute = route{part: partMetadata, method: "PATCH", path: "trash", op: OpNodesRestoreAll, right: "trashNodes", write: true, do: (*call).bulkTrash}

// exact returns the route of a request if several operations share its path and method.
func (rt *route) exact(c *call) *route {
	switch {
	case rt.op == OpContentOverwrite && c.r.Header.Get("Content-Range") != "":
		return &resumeRoute
	case rt.op == OpContentDownload && c.query.Has("viewBox"):
		return &thumbnailRoute
	case rt.op == OpNodesTrashAll && c.takesOut():
		return &restoreAllRoute
	}
	return rt
}

// takesOut reports whether the body of a PATCH trash takes nodes out of the trash. The body can
// still be read afterwards.
func (c *call) takesOut() bool {
	text, _ := io.ReadAll(io.LimitReader(c.body.r, maxJSON+1))
	c.body.r = io.MultiReader(bytes.NewReader(text), c.body.r)
	var v struct{ Op string }
	return json.Unmarshal(text, &v) == nil && v.Op == "remove"
}

// find returns the route of a request, and the values of the {} in its path.
func (d *Drive) find(c *call) (*route, []string, error) {
	p, rest, ok := d.partOf(c)
	if !ok {
		return nil, nil, errNoRoute
	}
	segments := strings.Split(rest, "/")
	known := false
	for i := range routes {
		rt := &routes[i]
		if rt.part != p || rt.photos && !d.photos() {
			continue
		}
		args, ok := rt.match(segments)
		if !ok {
			continue
		}
		known = true
		if rt.method != c.r.Method {
			continue
		}
		return rt.exact(c), args, nil
	}
	if known {
		return nil, nil, bare(http.StatusMethodNotAllowed)
	}
	return nil, nil, errNoRoute
}

// partOf returns the part of the service to which a path belongs, and the rest of the path. It
// reports false if the part is not on the host of the request.
func (d *Drive) partOf(c *call) (part, string, bool) {
	path := c.r.URL.EscapedPath()
	h := c.hosts()
	for _, x := range d.places(h) {
		rest, ok := strings.CutPrefix(path, x.prefix)
		if !ok {
			continue
		}
		if strings.HasSuffix(x.prefix, "/") {
			rest = strings.TrimLeft(rest, "/") // some clients send one slash too many
		}
		rest = x.keep + rest
		if x.on(c.host()) || rest == "account/endpoint" && h.Discovery == c.host() {
			return x.part, rest, true
		}
		c.elsewhere = c.foreign()
		return x.part, rest, c.elsewhere
	}
	return 0, "", false
}

func (rt *route) match(segments []string) ([]string, bool) {
	var args []string
	path := rt.path
	for i, s := range segments {
		want, rest, more := strings.Cut(path, "/")
		if want == "{}" {
			v, err := url.PathUnescape(s)
			if err != nil || v == "" {
				return nil, false
			}
			args = append(args, v)
		} else if want != s {
			return nil, false
		}
		if more != (i < len(segments)-1) {
			return nil, false
		}
		path = rest
	}
	return args, true
}
