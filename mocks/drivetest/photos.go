package drivetest

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// photos returns a drive of Amazon Photos, which uses cookies.
func (d *drive) photos(t *testing.T, v Variant) *drive {
	t.Helper()
	d.settled(t)
	v.Site = "amazon.de"
	f := d.fresh(t, v)
	if f.Cookie == "" {
		t.Skip("the target has no cookies (Target.Cookie)")
	}
	return f
}

// second makes a call ask for resourceVersion V2. Clients of Photos do so.
func second() option { return query("resourceVersion", "V2", "ContentType", "JSON") }

// shot uploads a file as the web site does: the request body is the file.
func (d *drive) shot(t *testing.T, parent, name string, content []byte) photo {
	t.Helper()
	return d.content(t, "POST", "nodes", second(), query("name", name, "kind", "FILE", "parentNodeId", parent), body(content)).want(t, 201).photo(t)
}

// photo is a node with the fields that only Photos has.
type photo struct {
	node
	OwnerID   string              `json:"ownerId"`
	Albums    []string            `json:"xAccntParents"`
	ParentMap map[string][]string `json:"parentMap"`
	Album     struct {
		Covers []struct{ ID string } `json:"covers"`
	} `json:"collectionProperties"`
}

func (r *reply) photo(t *testing.T) photo {
	t.Helper()
	var p photo
	r.json(t, &p)
	if p.ID == "" {
		t.Fatalf("%s: answered without a node: %s", r.call, r.d.redact(string(r.body)))
	}
	return p
}

// album makes an album.
func (d *drive) album(t *testing.T) photo {
	t.Helper()
	return d.meta(t, "POST", "nodes", sendJSON(obj{"name": "album", "kind": "VISUAL_COLLECTION", "resourceVersion": "V2", "ContentType": "JSON"})).want(t, 201).photo(t)
}

// collect adds members to an album or removes them.
func (d *drive) collect(t *testing.T, album, op string, ids ...string) *reply {
	t.Helper()
	return d.meta(t, "PATCH", "nodes/"+album+"/children", sendJSON(obj{"op": op, "value": ids, "resourceVersion": "V2", "ContentType": "JSON"}))
}

func photosSessions(t *testing.T, d *drive) {
	refused := func(t *testing.T, d *drive, opt option) {
		t.Helper()
		r := d.meta(t, "GET", "nodes", second(), opt).want(t, 401)
		if got := string(r.body); got != `{"Message":"No Auth Method Provided"}` {
			t.Errorf("%s: 401 with body %s, want only a Message, with a capital", r.call, d.redact(got))
		}
		d.content(t, "GET", "nodes/"+d.root+"/content", opt).refused(t, 401, "", "No Auth Method Provided")
	}
	t.Run("a call without cookies is refused in the words of its host", func(t *testing.T) {
		refused(t, d.photos(t, Variant{}), anonymous())
	})
	t.Run("cookies with underscores are other cookies", func(t *testing.T) {
		d := d.photos(t, Variant{})
		refused(t, d, header("Cookie", strings.NewReplacer("ubid-", "ubid_", "at-", "at_").Replace(d.Cookie)))
	})
	t.Run("cookies may purge", func(t *testing.T) {
		d := d.photos(t, Variant{})
		n := d.shot(t, d.home, "a.jpg", unique(20))
		d.meta(t, "PATCH", "trash", sendJSON(obj{"op": "add", "value": []string{n.ID}, "recurse": "true", "resourceVersion": "V2", "ContentType": "JSON"})).want(t, 200)
		d.meta(t, "POST", "bulk/nodes/purge", sendJSON(obj{"nodeIds": []string{n.ID}, "recurse": "false", "resourceVersion": "V2", "ContentType": "JSON"})).want(t, 200)
		d.meta(t, "GET", "nodes/"+n.ID, second()).refused(t, 404, "NODE_NOT_FOUND", "")
	})
}

func photosVersions(t *testing.T, d *drive) {
	t.Run("what Photos made is not found under the first version", func(t *testing.T) {
		d := d.photos(t, Variant{})
		n := d.shot(t, d.home, "a.jpg", unique(20))
		for call, change := range map[string]obj{
			"GET nodes/" + n.ID: nil, "PATCH nodes/" + n.ID: {"name": "b.jpg"}, "PUT trash/" + n.ID: nil, "GET nodes/" + n.ID + "/contentRedirection": nil,
		} {
			method, path, _ := strings.Cut(call, " ")
			var opts []option
			if change != nil {
				opts = append(opts, sendJSON(change))
			}
			d.meta(t, method, path, opts...).refused(t, 404, "NODE_NOT_FOUND", "V1")
		}
		if got := d.meta(t, "GET", "nodes/"+n.ID, second()).want(t, 200).photo(t); got.Name != "a.jpg" || got.Status != "AVAILABLE" || got.OwnerID == "" {
			t.Errorf("under the second version it is %q, %s, of %q", got.Name, got.Status, got.OwnerID)
		}
	})
	t.Run("the version may stand in the body", func(t *testing.T) {
		d := d.photos(t, Variant{})
		n := d.shot(t, d.home, "a.jpg", unique(20))
		d.patch(t, n.ID, obj{"settings": obj{"favorite": true}, "resourceVersion": "V2", "ContentType": "JSON"}).want(t, 200)
	})
	t.Run("the first version knows no albums", func(t *testing.T) {
		d := d.photos(t, Variant{})
		d.create(t, obj{"name": "a", "kind": "VISUAL_COLLECTION"}).refused(t, 400, anyCode, "Invalid Kind VISUAL_COLLECTION")
	})
}

func photosAlbums(t *testing.T, d *drive) {
	t.Run("a member names its album beside its parents", func(t *testing.T) {
		d := d.photos(t, Variant{})
		n, album := d.shot(t, d.home, "a.jpg", unique(20)), d.album(t)
		d.collect(t, album.ID, "add", n.ID).want(t, 200)
		got := d.meta(t, "GET", "nodes/"+n.ID, second()).want(t, 200).photo(t)
		if !slices.Equal(got.Parents, []string{d.home}) || !slices.Equal(got.Albums, []string{album.ID}) || !slices.Equal(got.ParentMap["VISUAL_COLLECTION"], []string{album.ID}) {
			t.Errorf("parents %v, xAccntParents %v, parentMap %v", got.Parents, got.Albums, got.ParentMap)
		}
		d.finds(t, "nodes/"+album.ID+"/children", second(), n.ID)
		if covers := d.meta(t, "GET", "nodes/"+album.ID, second()).want(t, 200).photo(t).Album.Covers; len(covers) != 1 || covers[0].ID != n.ID {
			t.Errorf("covers %v, want the only member", covers)
		}
		d.collect(t, album.ID, "remove", n.ID).want(t, 200)
		d.finds(t, "nodes/"+album.ID+"/children", second())
	})
	t.Run("members may have one name", func(t *testing.T) {
		d := d.photos(t, Variant{})
		other := d.create(t, obj{"name": "other", "kind": "FOLDER", "parents": []string{d.home}, "resourceVersion": "V2"}).want(t, 201).node(t)
		a, b, album := d.shot(t, d.home, "a.jpg", unique(20)), d.shot(t, other.ID, "a.jpg", unique(20)), d.album(t)
		d.collect(t, album.ID, "add", a.ID, b.ID).want(t, 200)
		d.meta(t, "PUT", "nodes/"+album.ID+"/children/"+b.ID, second()).want(t, 200)
		d.finds(t, "nodes/"+album.ID+"/children", second(), a.ID, b.ID)
	})
	t.Run("a file that is not processed yet is no member", func(t *testing.T) {
		d := d.photos(t, Variant{Pending: time.Hour})
		n, album := d.shot(t, d.home, "a.jpg", unique(20)), d.album(t)
		d.collect(t, album.ID, "add", n.ID).refused(t, 400, anyCode, "Improper child kind")
		d.Advance(time.Hour)
		d.collect(t, album.ID, "add", n.ID).want(t, 200)
	})
}

func photosPages(t *testing.T, d *drive) {
	t.Run("tokens come with some parameters only", func(t *testing.T) {
		d := d.photos(t, Variant{})
		album := d.album(t)
		for _, name := range []string{"a.jpg", "b.jpg", "c.jpg"} {
			d.collect(t, album.ID, "add", d.shot(t, d.home, name, unique(20)).ID).want(t, 200)
		}
		for _, tt := range []struct {
			path  string
			opt   option
			token bool
		}{
			{"nodes", query("filters", "kind:FILE", "tempLink", "false"), true},
			{"nodes", query("filters", "kind:FILE", "tempLink", "false", "asset", "ALL"), false},
			{"nodes", query("filters", "kind:FILE"), false},
			{"nodes/" + album.ID + "/children", query("asset", "ALL", "tempLink", "true"), true},
			{"nodes/" + album.ID + "/children", query("asset", "ALL", "tempLink", "false"), false},
		} {
			r := d.meta(t, "GET", tt.path, second(), query("limit", "2"), tt.opt).want(t, 200)
			l := r.list(t)
			if l.Count != 3 || len(l.Data) != 2 || (l.NextToken != "") != tt.token {
				t.Errorf("%s: %d of %d nodes, token %q, want a token: %t", r.call, len(l.Data), l.Count, l.NextToken, tt.token)
			}
			if l = d.meta(t, "GET", tt.path, second(), query("limit", "2", "offset", "2"), tt.opt).want(t, 200).list(t); len(l.Data) != 1 {
				t.Errorf("%s: %d nodes at offset 2, want 1", r.call, len(l.Data))
			}
		}
	})
	t.Run("listings end at 9999 and the search does not", func(t *testing.T) {
		d := d.photos(t, Variant{})
		for _, path := range []string{"nodes", "trash", "nodes/" + d.root + "/children"} {
			d.meta(t, "GET", path, second(), query("offset", "9799", "limit", "200")).want(t, 200)
			d.meta(t, "GET", path, second(), query("offset", "9800", "limit", "200")).refused(t, 400, anyCode, "Offset + limit cannot be greater than 9999")
		}
		d.meta(t, "GET", "search", second(), query("offset", "28800", "limit", "200")).want(t, 200)
	})
}

// sums returns the counts in a search response, by category and value. They count all nodes that
// the search finds, not only those of this page.
func (r *reply) sums(t *testing.T) map[string]map[string]int {
	t.Helper()
	var page struct {
		Aggregations map[string][]struct {
			Value string
			Count int
		}
	}
	r.json(t, &page)
	out := map[string]map[string]int{}
	for category, list := range page.Aggregations {
		out[category] = map[string]int{}
		for _, one := range list {
			out[category][one.Value] = one.Count
		}
	}
	return out
}

func photosSearch(t *testing.T, d *drive) {
	t.Run("the search finds by what Photos knows", func(t *testing.T) {
		d := d.photos(t, Variant{})
		a, b, c := d.shot(t, d.home, "a.jpg", unique(20)), d.shot(t, d.home, "b.mp4", unique(20)), d.shot(t, d.home, "c.jpg", unique(20))
		d.shot(t, d.home, "d.txt", unique(20))
		album := d.album(t)
		d.patch(t, a.ID, obj{"settings": obj{"favorite": true}, "resourceVersion": "V2"}).want(t, 200)
		d.patch(t, c.ID, obj{"settings": obj{"hidden": true}, "resourceVersion": "V2"}).want(t, 200)
		for expr, want := range map[string][]string{
			"type:(PHOTOS OR VIDEOS)": {a.ID, b.ID},
			"type:(VIDEOS)":           {b.ID},
			"type:(ALBUMS)":           {album.ID},
			"favorite:(true)":         {a.ID},
			"settings.hidden:true":    {c.ID},
			"settings.hidden:(true OR false) AND extension:(jpg)": {a.ID, c.ID},
			"type:(PHOTOS) AND timeYear:(1831)":                   nil,
		} {
			// The search gives no tokens, so this reads only one page.
			got := d.meta(t, "GET", "search", second(), filters(expr)).want(t, 200).list(t)
			if !sameSet(got.ids(), want) || got.Count != len(want) {
				t.Errorf("%s: found %v of %d, want %v", expr, got.ids(), got.Count, want)
			}
		}
	})
	t.Run("the search does not know kinds", func(t *testing.T) {
		d := d.photos(t, Variant{})
		d.meta(t, "GET", "search", second(), filters("kind:FILE")).refused(t, 400, anyCode, "")
	})
	t.Run("the search sums up all that it finds", func(t *testing.T) {
		d := d.photos(t, Variant{})
		d.shot(t, d.home, "a.jpg", unique(20))
		d.shot(t, d.home, "b.jpg", unique(20))
		d.shot(t, d.home, "c.mp4", unique(20))
		for _, r := range []*reply{
			d.meta(t, "GET", "search", second(), query("limit", "1", "filters", "type:(PHOTOS OR VIDEOS)")),
			d.meta(t, "GET", "search/aggregation", second(), query("category", "type")),
		} {
			if got := r.want(t, 200).sums(t)["type"]; got["PHOTOS"] != 2 || got["VIDEOS"] != 1 {
				t.Errorf("%s: %v", r.call, got)
			}
		}
	})
}

func photosContent(t *testing.T, d *drive) {
	t.Run("a redirection leads to the original", func(t *testing.T) {
		d := d.photos(t, Variant{})
		content := picture(t)
		n := d.shot(t, d.home, "a.png", content)
		r := d.meta(t, "GET", "nodes/"+n.ID+"/contentRedirection", second(), query("querySuffix", "?download=true", "ownerId", n.OwnerID)).want(t, 301, 302, 303, 307)
		at, err := url.Parse(r.header.Get("Location"))
		if err != nil {
			t.Fatal(err)
		}
		opt := query()
		if at.Query().Has("X-Amz-Signature") {
			opt = anonymous()
		}
		if got := d.send(t, "GET", at.String(), opt).want(t, 200); !bytes.Equal(got.body, content) {
			t.Errorf("got %d bytes, want the %d sent", len(got.body), len(content))
		}
	})
	t.Run("a rendition is not the original", func(t *testing.T) {
		d := d.photos(t, Variant{})
		content := picture(t)
		n := d.shot(t, d.home, "a.png", content)
		r := d.content(t, "GET", "nodes/"+n.ID+"/content", query("viewBox", "10000")).want(t, 200)
		if bytes.Equal(r.body, content) || r.header.Get("Content-Type") != "image/jpeg" {
			t.Errorf("%d bytes of %s, want a JPEG made of the original", len(r.body), r.header.Get("Content-Type"))
		}
	})
	t.Run("the tempLink of the second version wants credentials", func(t *testing.T) {
		d := d.photos(t, Variant{})
		content := unique(50)
		n := d.shot(t, d.home, "a.jpg", content)
		link := d.meta(t, "GET", "nodes/"+n.ID, second(), query("tempLink", "true")).want(t, 200).photo(t).TempLink
		if got := d.send(t, "GET", link).want(t, 200); !bytes.Equal(got.body, content) {
			t.Errorf("got %d bytes, want the %d sent", len(got.body), len(content))
		}
		d.send(t, "GET", link, anonymous()).want(t, 401)
	})
}

func photosUploads(t *testing.T, d *drive) {
	t.Run("a raw upload says its length and MD5", func(t *testing.T) {
		d := d.photos(t, Variant{})
		content := unique(50)
		send := func(size, sum string) *reply {
			return d.send(t, "POST", d.uploadURL+"v2/upload", body(content), header("x-amzn-file-md5", sum),
				query("name", "a.jpg", "kind", "FILE", "parentNodeId", d.home, "fileSize", size, "contentDate", "2019-08-12T10:11:12.000Z"))
		}
		for _, r := range []*reply{send("49", md5Hex(content)), send("50", md5Hex(nil)), send("", md5Hex(content))} {
			if code, _ := r.want(t, 400).uploader(t); code == "" {
				t.Errorf("%s: 400 without an errorCode", r.call)
			}
		}
		n := send("50", md5Hex(content)).want(t, 201).photo(t)
		if p := n.ContentProperties; p == nil || p.MD5 != md5Hex(content) || p.ContentDate.Year() != 2019 {
			t.Errorf("contentProperties %+v", p)
		}
	})
	t.Run("content that is there already is a conflict with its node", func(t *testing.T) {
		d := d.photos(t, Variant{})
		content := unique(50)
		n := d.shot(t, d.home, "a.jpg", content)
		r := d.send(t, "POST", d.uploadURL+"v2/upload", body(content), header("x-amzn-file-md5", md5Hex(content)),
			query("name", "b.jpg", "kind", "FILE", "parentNodeId", d.home, "fileSize", "50"))
		if code, ids := r.want(t, 409).has(t, "message").uploader(t); code != "DuplicatesConflictError" || !slices.Equal(ids, []string{n.ID}) {
			t.Errorf("%s: %s %v, want DuplicatesConflictError and %s", r.call, code, ids, n.ID)
		}
		found := d.meta(t, "POST", "bulk/nodeByDigest", second(), sendJSON(obj{"digestList": []string{md5Hex(content), md5Hex(nil)}, "digestType": "MD5"})).want(t, 200).list(t)
		if !slices.Equal(found.ids(), []string{n.ID}) {
			t.Errorf("by its digest: %v, want %s", found.ids(), n.ID)
		}
	})
}

// uploader returns the code and the conflicting ids in an error of the upload service.
func (r *reply) uploader(t *testing.T) (code string, conflicts []string) {
	t.Helper()
	var f struct {
		ErrorCode    string
		ErrorDetails struct {
			ConflictNodeIDs []string `json:"conflictNodeIds"`
		}
	}
	if err := json.Unmarshal(r.body, &f); err != nil {
		t.Fatalf("%s: %v: %s", r.call, err, r.d.redact(string(r.body)))
	}
	return f.ErrorCode, f.ErrorDetails.ConflictNodeIDs
}

func photosParts(t *testing.T, d *drive) {
	t.Run("an upload in parts is one file", func(t *testing.T) {
		d := d.photos(t, Variant{})
		content := unique(100)
		start := d.uploadURL + "v2/upload/multipart-upload"
		var u struct {
			NodeID, UploadID, UploadState string
			PartSize, TotalNumberOfParts  int
		}
		d.send(t, "POST", start, query("name", "a.mp4", "kind", "FILE", "parentNodeId", d.home, "fileSize", "100")).want(t, 200, 201).json(t, &u)
		at := start + "/" + u.NodeID
		if u.PartSize < 1 || u.TotalNumberOfParts != (len(content)+u.PartSize-1)/u.PartSize {
			t.Fatalf("%+v", u)
		}
		d.send(t, "POST", at+"/complete", query("uploadId", u.UploadID)).want(t, 400)
		for i := range u.TotalNumberOfParts {
			part := content[i*u.PartSize : min((i+1)*u.PartSize, len(content))]
			put := func(sum string) *reply {
				return d.send(t, "PUT", at+"/parts/"+strconv.Itoa(i+1), body(part), header("x-amzn-part-md5", sum), query("uploadId", u.UploadID, "partSize", strconv.Itoa(len(part))))
			}
			put(md5Hex(nil)).want(t, 400)
			put(md5Hex(part)).want(t, 200)
		}
		d.send(t, "POST", at+"/complete", query("uploadId", u.UploadID)).want(t, 200)
		if d.send(t, "GET", at, query("uploadId", u.UploadID)).want(t, 200).json(t, &u); u.UploadState != "UPLOAD_SUCCEEDED" {
			t.Errorf("state %s", u.UploadState)
		}
		if n := d.meta(t, "GET", "nodes/"+u.NodeID, second()).want(t, 200).photo(t); n.ContentProperties == nil || n.ContentProperties.MD5 != md5Hex(content) {
			t.Errorf("%+v", n)
		}
	})
}
