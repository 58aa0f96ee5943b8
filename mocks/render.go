package mocks

import (
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// rendering says what a response shows of a node.
type rendering struct {
	owner    string // the owner of the visible properties
	tempLink func(*store.Node) string
	assets   bool
	fields   []string
	photos   bool // in the form of Photos
}

const timeForm = "2006-01-02T15:04:05.000Z"

func appendTime(b []byte, ms int64) []byte {
	b = append(b, '"')
	b = time.UnixMilli(ms).UTC().AppendFormat(b, timeForm)
	return append(b, '"')
}

// appendNode writes a node in the form of the service.
func appendNode(b []byte, n *store.Node, root *store.Node, r *rendering) []byte {
	if len(r.fields) > 0 {
		return appendFields(b, n, root, r)
	}
	if n.Status == store.Purged {
		return appendPurged(b, n)
	}
	x := n.More()
	b = append(b, '{')
	if n == root {
		b = append(b, `"isRoot":true,`...)
	}
	b = append(b, `"eTagResponse":"`...)
	b = append(b, ids.ETag(n.ID, n.Version)...)
	b = append(b, `","id":"`...)
	b = n.ID.Append(b)
	b = append(b, '"')
	if n != root {
		b = append(b, `,"name":`...)
		b = appendString(b, n.Name)
	}
	b = append(b, `,"kind":"`...)
	b = append(b, n.Kind.String()...)
	b = append(b, `","version":`...)
	b = appendInt(b, n.Version)
	b = append(b, `,"labels":`...)
	b = appendStrings(b, x.Labels)
	if x.Description != "" {
		b = append(b, `,"description":`...)
		b = appendString(b, x.Description)
	}
	b = appendOrigin(b, n, root, r)
	b = appendPlace(b, n, r)
	if own := x.Properties[r.owner]; len(own) > 0 {
		b = append(b, `,"properties":{`...)
		b = appendString(b, r.owner)
		b = append(b, ':')
		b = appendMap(b, own)
		b = append(b, '}')
	}
	b = appendSettings(b, x.Settings)
	if r.photos {
		b = appendKind(b, n)
	}
	if !n.Holder() && n.Status != store.Pending && n.Blob != nil {
		b = append(b, `,"contentProperties":`...)
		b = appendContent(b, n)
		if r.tempLink != nil {
			b = append(b, `,"tempLink":`...)
			b = appendString(b, r.tempLink(n))
		}
		if r.assets && n.Kind == store.File {
			b = appendAssets(b, n, r)
		}
	}
	return append(b, '}')
}

func appendSettings(b []byte, settings map[string]bool) []byte {
	if settings == nil {
		return b
	}
	b = append(b, `,"settings":{"favorite":`...)
	b = appendBool(b, settings["favorite"])
	b = append(b, `,"hidden":`...)
	b = appendBool(b, settings["hidden"])
	return append(b, '}')
}

// appendPurged writes what the service still shows of a purged node.
func appendPurged(b []byte, n *store.Node) []byte {
	b = append(b, `{"id":"`...)
	b = n.ID.Append(b)
	b = append(b, `","kind":"`...)
	b = append(b, n.Kind.String()...)
	b = append(b, `","version":`...)
	b = appendInt(b, n.Version)
	return append(b, `,"status":"PURGED"}`...)
}

// appendOrigin writes when a node was made and changed, by which application, and whose it is.
func appendOrigin(b []byte, n, root *store.Node, r *rendering) []byte {
	b = append(b, `,"createdDate":`...)
	b = appendTime(b, n.Created)
	b = append(b, `,"modifiedDate":`...)
	b = appendTime(b, n.Modified)
	b = append(b, `,"createdBy":`...)
	by := n.More().CreatedBy
	if n == root {
		by = "CloudDriveFiles"
	} else if by == "" {
		by = r.owner
	}
	b = appendString(b, by)
	owner := n.More().OwnerID
	if r.photos {
		owner = ownerOf(n)
	}
	if owner != "" {
		b = append(b, `,"ownerId":`...)
		b = appendString(b, owner)
	}
	return b
}

// appendPlace writes the parents of a node and its status.
func appendPlace(b []byte, n *store.Node, r *rendering) []byte {
	b = append(b, `,"parents":`...)
	if r.photos {
		b = appendParents(b, n, false)
		b = appendAlbums(b, n)
	} else {
		b = append(b, '[')
		for i, e := range n.Edges {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, '"')
			b = e.Parent.ID.Append(b)
			b = append(b, '"')
		}
		b = append(b, ']')
	}
	b = append(b, `,"status":"`...)
	b = append(b, n.Status.String()...)
	b = append(b, `","restricted":`...)
	b = appendBool(b, n.More().Restricted)
	b = append(b, `,"isShared":`...)
	b = appendBool(b, n.Photo().Shared)
	if n.Status == store.Trashed {
		b = append(b, `,"exclusivelyTrashed":`...)
		b = appendBool(b, n.TrashedItself)
		b = append(b, `,"recursivelyTrashed":`...)
		b = appendBool(b, !n.TrashedItself)
	}
	return b
}

func appendContent(b []byte, n *store.Node) []byte {
	x := n.More()
	b = append(b, `{"version":`...)
	b = appendInt(b, n.ContentVersion)
	b = append(b, `,"size":`...)
	b = appendInt(b, n.Blob.Size)
	if !n.Photo().NoMD5 {
		b = append(b, `,"md5":"`...)
		b = append(hex.AppendEncode(b, n.Blob.MD5[:]), '"')
	}
	b = append(b, `,"contentType":`...)
	b = appendString(b, n.MIME)
	if ext := store.Extension(n.Name); ext != "" {
		b = append(b, `,"extension":`...)
		b = appendString(b, ext)
	}
	if x.ContentDate != "" {
		b = append(b, `,"contentDate":`...)
		b = appendString(b, x.ContentDate)
	}
	if x.Picture != (store.Picture{}) || n.Photo().Taken != "" {
		b = append(b, `,"image":{"width":`...)
		b = appendInt(b, int64(x.Picture.Width))
		b = append(b, `,"height":`...)
		b = appendInt(b, int64(x.Picture.Height))
		if taken := n.Photo().Taken; taken != "" {
			b = append(b, `,"dateTimeOriginal":`...)
			b = appendString(b, taken)
		}
		b = append(b, '}')
	}
	return append(b, '}')
}

// appendFields writes the id and the requested fields of a node.
func appendFields(b []byte, n *store.Node, root *store.Node, r *rendering) []byte {
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
