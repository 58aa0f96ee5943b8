package mocks

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"
)

// rendering says what a reply shows of a node.
type rendering struct {
	owner    string // whose properties are visible
	tempLink func(*node) string
	assets   bool
	fields   []string
}

const timeForm = "2006-01-02T15:04:05.000Z"

func appendTime(b []byte, ms int64) []byte {
	b = append(b, '"')
	b = time.UnixMilli(ms).UTC().AppendFormat(b, timeForm)
	return append(b, '"')
}

// appendNode writes a node as the service does.
func appendNode(b []byte, n *node, root *node, r *rendering) []byte {
	if len(r.fields) > 0 {
		return appendFields(b, n, root, r)
	}
	if n.status == statusPurged {
		b = append(b, `{"id":"`...)
		b = n.id.append(b)
		b = append(b, `","kind":"`...)
		b = append(b, n.kind.String()...)
		b = append(b, `","version":`...)
		b = appendInt(b, n.version)
		return append(b, `,"status":"PURGED"}`...)
	}
	x := n.more()
	b = append(b, '{')
	if n == root {
		b = append(b, `"isRoot":true,`...)
	}
	b = append(b, `"eTagResponse":"`...)
	b = append(b, etag(n.id, n.version)...)
	b = append(b, `","id":"`...)
	b = n.id.append(b)
	b = append(b, '"')
	if n != root {
		b = append(b, `,"name":`...)
		b = appendString(b, n.name)
	}
	b = append(b, `,"kind":"`...)
	b = append(b, n.kind.String()...)
	b = append(b, `","version":`...)
	b = appendInt(b, n.version)
	b = append(b, `,"labels":`...)
	b = appendStrings(b, x.labels)
	if x.description != "" {
		b = append(b, `,"description":`...)
		b = appendString(b, x.description)
	}
	b = append(b, `,"createdDate":`...)
	b = appendTime(b, n.created)
	b = append(b, `,"modifiedDate":`...)
	b = appendTime(b, n.modified)
	b = append(b, `,"createdBy":`...)
	by := x.createdBy
	if n == root {
		by = "CloudDriveFiles"
	} else if by == "" {
		by = r.owner
	}
	b = appendString(b, by)
	b = append(b, `,"parents":[`...)
	for i, e := range n.edges {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = e.parent.id.append(b)
		b = append(b, '"')
	}
	b = append(b, `],"status":"`...)
	b = append(b, n.status.String()...)
	b = append(b, `","restricted":false,"isShared":false`...)
	if n.status == statusTrash {
		b = append(b, `,"exclusivelyTrashed":`...)
		b = appendBool(b, n.trashedItself)
		b = append(b, `,"recursivelyTrashed":`...)
		b = appendBool(b, !n.trashedItself)
	}
	if own := x.properties[r.owner]; len(own) > 0 {
		b = append(b, `,"properties":{`...)
		b = appendString(b, r.owner)
		b = append(b, ':')
		b = appendMap(b, own)
		b = append(b, '}')
	}
	if x.settings != nil {
		b = append(b, `,"settings":{"favorite":`...)
		b = appendBool(b, x.settings["favorite"])
		b = append(b, `,"hidden":`...)
		b = appendBool(b, x.settings["hidden"])
		b = append(b, '}')
	}
	if n.kind == kindFile && n.status != statusPending && n.blob != nil {
		b = append(b, `,"contentProperties":`...)
		b = appendContent(b, n)
		if r.tempLink != nil {
			b = append(b, `,"tempLink":`...)
			b = appendString(b, r.tempLink(n))
		}
		if r.assets {
			b = appendAssets(b, n, r)
		}
	}
	return append(b, '}')
}

func appendContent(b []byte, n *node) []byte {
	x := n.more()
	b = append(b, `{"version":`...)
	b = appendInt(b, n.contentVersion)
	b = append(b, `,"size":`...)
	b = appendInt(b, n.blob.size)
	b = append(b, `,"md5":"`...)
	b = hex.AppendEncode(b, n.blob.md5[:])
	b = append(b, `","contentType":`...)
	b = appendString(b, n.mime)
	if ext := extension(n.name); ext != "" {
		b = append(b, `,"extension":`...)
		b = appendString(b, ext)
	}
	if x.contentDate != "" {
		b = append(b, `,"contentDate":`...)
		b = appendString(b, x.contentDate)
	}
	if x.picture != (picture{}) {
		b = append(b, `,"image":{"width":`...)
		b = appendInt(b, int64(x.picture.width))
		b = append(b, `,"height":`...)
		b = appendInt(b, int64(x.picture.height))
		b = append(b, '}')
	}
	return append(b, '}')
}

// appendFields writes only the fields that were asked for; the id always comes along.
func appendFields(b []byte, n *node, root *node, r *rendering) []byte {
	whole := *r
	whole.fields = nil
	var all map[string]json.RawMessage
	if err := json.Unmarshal(appendNode(nil, n, root, &whole), &all); err != nil {
		return append(b, "null"...)
	}
	for k := range all {
		if k != "id" && !slices.Contains(r.fields, k) {
			delete(all, k)
		}
	}
	part, err := json.Marshal(all)
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, part...)
}
