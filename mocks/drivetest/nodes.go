package drivetest

import (
	"encoding/base64"
	"regexp"
	"slices"
	"testing"
)

var (
	idShape   = regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`)
	etagShape = regexp.MustCompile(`^[A-Za-z0-9_-]{11}$`)
)

func rootNode(t *testing.T, d *drive) {
	t.Run("the root is found by its flag and is nobody's child", func(t *testing.T) {
		l := d.meta(t, "GET", "nodes", filters("kind:FOLDER AND isRoot:true")).want(t, 200).list(t)
		if len(l.Data) != 1 {
			t.Fatalf("found %d roots, want 1", len(l.Data))
		}
		n := l.Data[0]
		if !n.IsRoot || n.Kind != "FOLDER" || n.Status != "AVAILABLE" || len(n.Parents) != 0 || n.ID != d.root {
			t.Errorf("root is %+v, want an available folder without parents", n)
		}
	})
	t.Run("the root has no name", func(t *testing.T) {
		d.settled(t)
		fields := d.meta(t, "GET", "nodes/"+d.root).want(t, 200).fields(t)
		if name, ok := fields["name"]; ok {
			t.Errorf("root has the name %s", name)
		}
		if got := string(fields["parents"]); got != "[]" {
			t.Errorf("root has the parents %s, want []", got)
		}
	})
	t.Run("the root can be neither renamed nor trashed nor moved", func(t *testing.T) {
		d.meta(t, "PATCH", "nodes/"+d.root, text(`{"name":"no"}`)).refused(t, 403, anyCode, "")
		d.meta(t, "PUT", "trash/"+d.root).refused(t, 403, anyCode, "")
		d.meta(t, "POST", "nodes/"+d.dir(t)+"/children", sendJSON(obj{"fromParent": d.home, "childId": d.root})).refused(t, 403, anyCode, "")
	})
	t.Run("the root cannot be purged", func(t *testing.T) {
		d := d.fresh(t, Variant{FirstParty: true})
		d.meta(t, "DELETE", "nodes/"+d.root).refused(t, 403, anyCode, "")
	})
}

func getNode(t *testing.T, d *drive) {
	t.Run("a node is read by id at once", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a")
		if got := d.get(t, n.ID); got.Name != "a" || got.Version != n.Version || !got.Modified.Equal(n.Modified) {
			t.Errorf("got %+v, want what the upload answered: %+v", got, n)
		}
	})
	t.Run("a trashed node is read by id", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a")
		d.trash(t, n.ID)
		if got := d.get(t, n.ID).Status; got != "TRASH" {
			t.Errorf("status %q, want TRASH", got)
		}
	})
	t.Run("an id is 22 characters of a version 4 UUID", func(t *testing.T) {
		id := d.folder(t, d.dir(t), "a").ID
		if !idShape.MatchString(id) {
			t.Fatalf("id %q, want 22 of [A-Za-z0-9_-]", id)
		}
		d.settled(t)
		b, err := base64.RawURLEncoding.DecodeString(id)
		if err != nil || b[6]>>4 != 4 || b[8]>>6 != 2 {
			t.Errorf("id %q is %x (%v), want a version 4 UUID", id, b, err)
		}
	})
}

func createFolder(t *testing.T, d *drive) {
	t.Run("a new folder is answered whole, with its location", func(t *testing.T) {
		parent := d.dir(t)
		r := d.create(t, obj{"name": "Reports", "kind": "FOLDER", "parents": []string{parent}, "labels": []string{"x", "y"}, "description": "d",
			"properties": obj{d.owner: obj{"k": "v"}}}).want(t, 201)
		n := r.has(t, "id", "name", "kind", "version", "labels", "parents", "status", "createdDate", "modifiedDate", "createdBy",
			"restricted", "isShared", "eTagResponse").node(t)
		r.located(t, "nodes/"+n.ID)
		if n.Name != "Reports" || n.Kind != "FOLDER" || n.Status != "AVAILABLE" || n.Version != 1 || !slices.Equal(n.Parents, []string{parent}) {
			t.Errorf("got %+v", n)
		}
		if !sameSet(n.Labels, []string{"x", "y"}) || n.Description != "d" || n.ContentProperties != nil || n.CreatedBy == "" {
			t.Errorf("got %+v, want labels, description, a creator, no content", n)
		}
		if got := d.get(t, n.ID).Properties[d.owner]["k"]; got != "v" {
			t.Errorf("property %q, want v", got)
		}
		recent(t, d, "createdDate", n.Created)
		recent(t, d, "modifiedDate", n.Modified)
		fields := r.fields(t)
		for _, key := range []string{"createdDate", "modifiedDate"} {
			if !timestampShape.Match(fields[key]) {
				t.Errorf("%s is %s, want a timestamp", key, fields[key])
			}
		}
		if d.Fake && !etagShape.MatchString(n.ETag) {
			t.Errorf("eTagResponse %q, want 11 characters", n.ETag)
		}
	})
	t.Run("a content type is allowed", func(t *testing.T) {
		d.create(t, folderIn(d.dir(t), "a"), header("Content-Type", "application/json")).want(t, 201)
	})
	t.Run("without parents it is put into the root", func(t *testing.T) {
		for _, metadata := range []obj{
			{"name": "drivetest-" + d.home[:6] + md5Hex(unique(20)), "kind": "FOLDER"},
			{"name": "drivetest-" + d.home[:6] + md5Hex(unique(20)), "kind": "FOLDER", "parents": []string{}},
		} {
			n := d.create(t, metadata).want(t, 201).node(t)
			d.trashAtEnd(t, n.ID)
			if !slices.Equal(n.Parents, []string{d.root}) {
				t.Errorf("parents %v, want the root %s", n.Parents, d.root)
			}
		}
	})
	t.Run("several parents list it each", func(t *testing.T) {
		one, two := d.dir(t), d.dir(t)
		n := d.create(t, obj{"name": "a", "kind": "FOLDER", "parents": []string{one, two}}).want(t, 201).node(t)
		if !sameSet(n.Parents, []string{one, two}) {
			t.Errorf("parents %v, want both", n.Parents)
		}
		d.finds(t, "nodes/"+one+"/children", query(), n.ID)
		d.finds(t, "nodes/"+two+"/children", query(), n.ID)
	})
	t.Run("a localId makes one node only", func(t *testing.T) {
		parent, id := d.dir(t), query("localId", "local-"+md5Hex(unique(20)))
		d.create(t, folderIn(parent, "a"), id).want(t, 201)
		d.create(t, folderIn(parent, "b"), id).refused(t, 409, anyCode, "")
	})
	t.Run("the client does not set the dates", func(t *testing.T) {
		n := d.create(t, obj{"name": "a", "kind": "FOLDER", "parents": []string{d.dir(t)}, "modifiedDate": "2001-02-03T04:05:06.789Z"}).want(t, 201).node(t)
		if n.Modified.Year() == 2001 {
			t.Errorf("modifiedDate is the client's")
		}
	})
}
