package drivetest

import (
	"slices"
	"strings"
	"testing"
)

const emptyMD5 = "d41d8cd98f00b204e9800998ecf8427e"

// suppress turns off deduplication.
func suppress() option { return query("suppress", "deduplication") }

// holds checks the contentProperties of a node, and that a download returns the content.
func (d *drive) holds(t *testing.T, n node, version int, content []byte) {
	t.Helper()
	c := n.ContentProperties
	if c == nil {
		t.Fatalf("%s has no contentProperties", n.Name)
	}
	if c.Version != version || c.Size != int64(len(content)) || c.MD5 != md5Hex(content) {
		t.Errorf("%s: content version %d, %d bytes, MD5 %s; want %d, %d, %s", n.Name, c.Version, c.Size, c.MD5, version, len(content), md5Hex(content))
	}
	got := d.content(t, "GET", "nodes/"+n.ID+"/content")
	if got.status == 307 || got.status == 302 { // a large file
		got = d.send(t, "GET", got.header.Get("Location"), anonymous())
	}
	if !slices.Equal(got.want(t, 200).body, content) {
		t.Errorf("%s: downloaded %d bytes that are not the %d bytes sent", n.Name, len(got.body), len(content))
	}
}

func uploadShape(t *testing.T, d *drive) {
	t.Run("a new file is answered whole, with its location", func(t *testing.T) {
		parent, content := d.dir(t), unique(1000)
		metadata := obj{"name": "harbour.txt", "kind": "FILE", "parents": []string{parent}, "labels": []string{"holiday"}, "description": "evening",
			"properties": obj{d.owner: obj{"mtime": "1462096800"}}}
		r := d.upload(t, metadata, content).want(t, 201)
		n := r.has(t, "id", "name", "kind", "status", "version", "parents", "labels", "createdDate", "modifiedDate", "createdBy", "contentProperties").node(t)
		r.located(t, "nodes/"+n.ID)
		if n.Name != "harbour.txt" || n.Kind != "FILE" || n.Status != "AVAILABLE" || n.Version != 1 || !slices.Equal(n.Parents, []string{parent}) {
			t.Errorf("got %+v", n)
		}
		d.holds(t, n, 1, content)
		n = d.get(t, n.ID)
		if !slices.Equal(n.Labels, []string{"holiday"}) || n.Description != "evening" || n.Properties[d.owner]["mtime"] != "1462096800" {
			t.Errorf("got %+v, want the labels, description and properties sent", n)
		}
		if n.ContentProperties.Extension != "txt" {
			t.Errorf("extension %q, want txt", n.ContentProperties.Extension)
		}
	})
	t.Run("without parents it is put into the root", func(t *testing.T) {
		n := d.upload(t, obj{"name": "drivetest-" + md5Hex(unique(20)), "kind": "FILE"}, unique(20)).want(t, 201).node(t)
		d.trashAtEnd(t, n.ID)
		if !slices.Equal(n.Parents, []string{d.root}) {
			t.Errorf("parents %v, want the root", n.Parents)
		}
	})
	t.Run("the client does not set the dates", func(t *testing.T) {
		metadata := fileIn(d.dir(t), "a")
		metadata["modifiedDate"] = "2001-02-03T04:05:06.789Z"
		if n := d.upload(t, metadata, unique(20)).want(t, 201).node(t); n.Modified.Year() == 2001 {
			t.Errorf("modifiedDate is the client's")
		}
	})
	t.Run("the content type is the server's finding", func(t *testing.T) {
		d.settled(t)
		n := d.file(t, d.dir(t), "a.png", picture(t))
		if got := n.ContentProperties.ContentType; got != "image/png" {
			t.Errorf("contentType %q, want image/png", got)
		}
	})
	t.Run("a file of many chunks arrives whole", func(t *testing.T) {
		content := unique(3<<20 + 17)
		d.holds(t, d.file(t, d.dir(t), "a", content), 1, content)
	})
}

func uploadForms(t *testing.T, d *drive) {
	content := func() []byte { return unique(100) }
	headers := map[string][2]string{
		"no content type on the metadata": {"Content-Disposition: form-data; name=\"metadata\"\r\n", ""},
		"unquoted names":                  {"Content-Disposition: form-data; name=metadata\r\n", "Content-Disposition: form-data; name=content; filename=foo\r\nContent-Type: application/octet-stream\r\n"},
		"a length on the content part":    {"", "Content-Disposition: form-data; name=\"content\"; filename=\"foo\"\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n"},
		"no content type on the content":  {"", "Content-Disposition: form-data; name=\"content\"; filename=\"x\"\r\n"},
	}
	for name, h := range headers {
		t.Run("a form may have "+name, func(t *testing.T) {
			metadata, file := metadataPart(fileIn(d.dir(t), "a")), contentPart(content())
			if h[0] != "" {
				metadata.header = h[0]
			}
			if h[1] != "" {
				file.header = h[1]
			}
			n := d.uploadForm(t, form(metadata, file)).want(t, 201).node(t)
			d.holds(t, n, 1, file.body)
		})
	}
	t.Run("a form may be chunked", func(t *testing.T) {
		b := content()
		r := d.content(t, "POST", "nodes", formType(), chunked(form(metadataPart(fileIn(d.dir(t), "a")), contentPart(b))))
		d.holds(t, r.want(t, 201).node(t), 1, b)
	})
	t.Run("a form may quote its boundary", func(t *testing.T) {
		b := content()
		r := d.upload(t, fileIn(d.dir(t), "a"), b, header("Content-Type", `multipart/form-data; boundary="`+boundary+`"`))
		d.holds(t, r.want(t, 201).node(t), 1, b)
	})
	t.Run("the name in the metadata counts, not the part's", func(t *testing.T) {
		if n := d.some(t, d.dir(t), "日本.txt"); n.Name != "日本.txt" {
			t.Errorf("name %q", n.Name)
		}
	})
	t.Run("the content may look like a boundary", func(t *testing.T) {
		b := []byte("\r\n--" + boundary[:10] + "\r\n--\r\n" + string(unique(20)))
		d.holds(t, d.file(t, d.dir(t), "a", b), 1, b)
	})
	t.Run("a size and an MD5 in the metadata are accepted", func(t *testing.T) {
		b := content()
		metadata := fileIn(d.dir(t), "a")
		metadata["size"], metadata["md5"] = len(b), md5Hex(b)
		d.upload(t, metadata, b).want(t, 201)
	})
}

func multipartRefusals(t *testing.T, d *drive) {
	metadata, content := metadataPart(fileIn(d.home, "bad")), contentPart(unique(50))
	named := func(name string) part {
		return part{"Content-Disposition: form-data; name=\"" + name + "\"\r\n", []byte("x")}
	}
	for name, b := range map[string][]byte{
		"the content first":            form(content, metadata),
		"no metadata":                  form(content),
		"no content":                   form(metadata),
		"no parts":                     []byte("--" + boundary + "--\r\n"),
		"nothing":                      {},
		"an extra part at the end":     form(metadata, content, named("more")),
		"an extra part in between":     form(metadata, named("more"), content),
		"the content twice":            form(metadata, content, content),
		"a content part of other name": form(metadata, named("file")),
		"metadata that is not JSON":    form(part{metadata.header, []byte("name=bad")}, content),
		"metadata that is an array":    form(part{metadata.header, []byte("[]")}, content),
		"no closing boundary":          openForm(metadata, content),
		"another boundary":             []byte(strings.ReplaceAll(string(form(metadata, content)), boundary, "other-boundary")),
	} {
		t.Run("a form with "+name+" is refused", func(t *testing.T) {
			d.uploadForm(t, b, suppress()).refused(t, 400, anyCode, "")
			d.finds(t, "nodes", filters("parents:"+d.home+" AND name:bad"))
		})
	}
	t.Run("a form that does not name its boundary is refused", func(t *testing.T) {
		d.content(t, "POST", "nodes", header("Content-Type", "multipart/form-data"), body(form(metadata, content)), suppress()).refused(t, 400, anyCode, "")
	})
}

func uploadEmpty(t *testing.T, d *drive) {
	t.Run("an empty file with its length is stored", func(t *testing.T) {
		n := d.file(t, d.dir(t), "empty.txt", nil)
		d.holds(t, n, 1, nil)
		if got := n.ContentProperties.MD5; got != emptyMD5 {
			t.Errorf("MD5 %s, want %s", got, emptyMD5)
		}
	})
	t.Run("empty files are no duplicates", func(t *testing.T) {
		parent := d.dir(t)
		d.upload(t, fileIn(parent, "a"), nil).want(t, 201)
		d.upload(t, fileIn(parent, "b"), nil).want(t, 201)
	})
	empty := func(parent string) option {
		return chunked(form(metadataPart(fileIn(parent, "a")), contentPart(nil)))
	}
	t.Run("an empty part in a chunked request is refused", func(t *testing.T) {
		d.settled(t)
		n := d.some(t, d.dir(t), "x")
		d.content(t, "POST", "nodes", formType(), empty(d.home)).want(t, 400)
		d.content(t, "PUT", "nodes/"+n.ID+"/content", formType(), chunked(form(contentPart(nil)))).want(t, 400)
	})
	t.Run("unless the service is in a good mood", func(t *testing.T) {
		d := d.fresh(t, Variant{EmptyChunked: true})
		d.holds(t, d.content(t, "POST", "nodes", formType(), empty(d.home)).want(t, 201).node(t), 1, nil)
	})
}

func uploadConflicts(t *testing.T, d *drive) {
	t.Run("a localId makes one node only", func(t *testing.T) {
		parent, id := d.dir(t), query("localId", "local-"+md5Hex(unique(20)))
		n := d.upload(t, fileIn(parent, "a"), unique(20), id).want(t, 201).node(t)
		d.upload(t, fileIn(parent, "b"), unique(20), id).refused(t, 409, anyCode, "")
		d.trash(t, n.ID)
		d.upload(t, fileIn(parent, "c"), unique(20), id).refused(t, 409, anyCode, "")
	})
	t.Run("a conflict stores nothing", func(t *testing.T) {
		parent := d.dir(t)
		n := d.some(t, parent, "a")
		d.upload(t, fileIn(parent, "a"), unique(99)).conflict(t, "a", parent, n.ID)
		if got := d.get(t, n.ID); got.Version != n.Version || got.ContentProperties.Size != 20 {
			t.Errorf("the conflict changed the file: version %d, %d bytes", got.Version, got.ContentProperties.Size)
		}
	})
}

func deduplication(t *testing.T, d *drive) {
	t.Run("content that is somewhere in the drive is a duplicate", func(t *testing.T) {
		content := unique(60)
		n := d.file(t, d.dir(t), "a", content)
		if f := d.upload(t, fileIn(d.dir(t), "b"), content).refused(t, 409, "MD5_DUPLICATE", ""); f.Info.NodeID != n.ID {
			t.Errorf("info.nodeId %q, want the file with the content, %q", f.Info.NodeID, n.ID)
		}
	})
	t.Run("deduplication can be suppressed", func(t *testing.T) {
		content, parent := unique(60), d.dir(t)
		a, b := d.file(t, parent, "a", content), d.file(t, parent, "b", content)
		if a.ID == b.ID {
			t.Errorf("the copy is the same node")
		}
	})
	t.Run("trashed content is no duplicate", func(t *testing.T) {
		content, parent := unique(60), d.dir(t)
		d.trash(t, d.file(t, parent, "a", content).ID)
		d.upload(t, fileIn(parent, "b"), content).want(t, 201)
	})
	t.Run("overwritten content is no duplicate", func(t *testing.T) {
		content, parent := unique(60), d.dir(t)
		d.overwrite(t, d.file(t, parent, "a", content).ID, unique(60)).want(t, 200)
		d.upload(t, fileIn(parent, "b"), content).want(t, 201)
	})
	t.Run("an overwrite may bring a duplicate", func(t *testing.T) {
		content, parent := unique(60), d.dir(t)
		d.file(t, parent, "a", content)
		d.overwrite(t, d.some(t, parent, "b").ID, content).want(t, 200)
	})
}

func uploadLimits(t *testing.T, d *drive) {
	t.Run("over the quota is refused", func(t *testing.T) {
		d := d.fresh(t, Variant{Quota: 1000})
		d.some(t, d.home, "small")
		d.upload(t, fileIn(d.home, "big"), unique(2000)).refused(t, 403, "NO_ACTIVE_SUBSCRIPTION_FOUND", "File size exceeds account allowance.")
		d.finds(t, "nodes", filters("parents:"+d.home+" AND name:big"))
	})
	t.Run("over the ceiling of one file fails after all was read", func(t *testing.T) {
		d := d.fresh(t, Variant{MaxUpload: 1000})
		n := d.file(t, d.home, "most", unique(1000))
		d.upload(t, fileIn(d.home, "more"), unique(1001)).front(t, 500, "Internal failure")
		d.overwrite(t, n.ID, unique(1001)).front(t, 500, "Internal failure")
	})
}

func rawUpload(t *testing.T, d *drive) {
	raw := func(parent, name string) option {
		return query("name", name, "kind", "FILE", "parentNodeId", parent)
	}
	t.Run("the body alone may be a file", func(t *testing.T) {
		parent, content := d.dir(t), unique(70)
		n := d.content(t, "POST", "nodes", raw(parent, "a b.txt"), body(content)).want(t, 200, 201).node(t)
		d.holds(t, n, 1, content)
		if n.Name != "a b.txt" || !slices.Equal(n.Parents, []string{parent}) {
			t.Errorf("%q in %v, want a b.txt in %s", n.Name, n.Parents, parent)
		}
	})
	t.Run("the body alone may have a type", func(t *testing.T) {
		d.content(t, "POST", "nodes", raw(d.dir(t), "a.png"), header("Content-Type", "image/png"), body(picture(t))).want(t, 200, 201)
	})
	t.Run("a raw file has the same conflicts", func(t *testing.T) {
		parent, content := d.dir(t), unique(70)
		n := d.file(t, parent, "a", content)
		d.content(t, "POST", "nodes", raw(parent, "A"), body(unique(20))).conflict(t, "a", parent, n.ID)
		d.content(t, "POST", "nodes", raw(parent, "b"), body(content)).refused(t, 409, "MD5_DUPLICATE", "")
	})
	t.Run("a raw file without a name is refused", func(t *testing.T) {
		d.content(t, "POST", "nodes", query("kind", "FILE", "parentNodeId", d.home), body(unique(20))).refused(t, 400, anyCode, "")
	})
	t.Run("a raw file in an unknown parent is refused", func(t *testing.T) {
		d.content(t, "POST", "nodes", raw(absentID(), "a"), body(unique(20))).refused(t, 400, anyCode, "One of the parentId doesn't exists")
	})
}

func uploadRefusals(t *testing.T, d *drive) {
	// createRefusals checks what is refused for both kinds of node.
	t.Run("a refused upload leaves nothing behind", func(t *testing.T) {
		parent := d.dir(t)
		d.upload(t, obj{"name": strings.Repeat("n", 281), "kind": "FILE", "parents": []string{parent}}, unique(20)).want(t, 400)
		d.upload(t, obj{"name": "a", "kind": "FOLDER", "parents": []string{parent}}, unique(20)).want(t, 400)
		d.finds(t, "nodes/"+parent+"/children", query())
	})
	t.Run("a JSON body is not a file on the content service", func(t *testing.T) {
		d.content(t, "POST", "nodes", sendJSON(fileIn(d.home, "a"))).refused(t, 400, anyCode, "")
	})
	t.Run("one of several parents unknown is refused", func(t *testing.T) {
		d.upload(t, obj{"name": "a", "kind": "FILE", "parents": []string{d.home, absentID()}}, unique(20)).refused(t, 400, "", "One of the parentId doesn't exists")
	})
}
