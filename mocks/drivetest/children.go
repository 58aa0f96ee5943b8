package drivetest

import (
	"slices"
	"testing"
)

func (d *drive) move(t *testing.T, child, from, to string) *reply {
	t.Helper()
	return d.meta(t, "POST", "nodes/"+to+"/children", sendJSON(obj{"fromParent": from, "childId": child}))
}

// hasParents checks the parents of a node, in a response and when the node is read again.
func (d *drive) hasParents(t *testing.T, answered node, want ...string) {
	t.Helper()
	for _, n := range []node{answered, d.get(t, answered.ID)} {
		if !sameSet(n.Parents, want) {
			t.Errorf("parents %v, want %v", n.Parents, want)
		}
	}
}

func childList(t *testing.T, d *drive) {
	t.Run("children are the direct ones, of both kinds", func(t *testing.T) {
		parent := d.dir(t)
		d.finds(t, "nodes/"+parent+"/children", query())
		file, folder := d.some(t, parent, "a"), d.folder(t, parent, "b")
		d.some(t, folder.ID, "below")
		d.finds(t, "nodes/"+parent+"/children", query(), file.ID, folder.ID)
		d.finds(t, "nodes/"+parent+"/children", filters("kind:FOLDER"), folder.ID)
		d.meta(t, "GET", "nodes/"+parent+"/children").want(t, 200).has(t, "count", "data")
	})
	t.Run("children are sorted, paged and linked as other lists", func(t *testing.T) {
		parent := d.dir(t)
		a, b, c := d.some(t, parent, "a"), d.some(t, parent, "b"), d.some(t, parent, "c")
		d.finds(t, "nodes/"+parent+"/children", query(), a.ID, b.ID, c.ID)
		got := d.all(t, "nodes/"+parent+"/children", query("sort", `["name DESC"]`, "limit", "2", "tempLink", "true"))
		if ids := (list{Data: got}).ids(); !slices.Equal(ids, []string{c.ID, b.ID, a.ID}) {
			t.Errorf("got %v, want c, b, a", ids)
		}
		for _, n := range got {
			if n.TempLink == "" {
				t.Errorf("%s has no link", n.Name)
			}
		}
	})
	t.Run("trashed children are not listed", func(t *testing.T) {
		parent := d.dir(t)
		a := d.some(t, parent, "a")
		d.trash(t, d.some(t, parent, "b").ID)
		d.finds(t, "nodes/"+parent+"/children", filters("status:AVAILABLE"), a.ID)
		if d.Fake {
			d.finds(t, "nodes/"+parent+"/children", query(), a.ID)
		}
	})
}

func addParent(t *testing.T, d *drive) {
	t.Run("a node can have another parent", func(t *testing.T) {
		one, two := d.dir(t), d.dir(t)
		n := d.some(t, one, "a")
		after := d.meta(t, "PUT", "nodes/"+two+"/children/"+n.ID).want(t, 200).node(t)
		d.hasParents(t, after, one, two)
		if after.Version != n.Version+1 {
			t.Errorf("version %d, want %d", after.Version, n.Version+1)
		}
		d.finds(t, "nodes/"+one+"/children", query(), n.ID)
		d.finds(t, "nodes/"+two+"/children", query(), n.ID)
	})
	t.Run("a folder can have another parent", func(t *testing.T) {
		one, two := d.dir(t), d.dir(t)
		n := d.folder(t, one, "a")
		d.hasParents(t, d.meta(t, "PUT", "nodes/"+two+"/children/"+n.ID).want(t, 200).node(t), one, two)
	})
	t.Run("a parent that has the name is a conflict", func(t *testing.T) {
		one, two := d.dir(t), d.dir(t)
		n, other := d.some(t, one, "a"), d.folder(t, two, "A")
		d.meta(t, "PUT", "nodes/"+two+"/children/"+n.ID).conflict(t, "a", two, other.ID)
		d.hasParents(t, n, one)
	})
	t.Run("an unknown child or parent is not found", func(t *testing.T) {
		parent := d.dir(t)
		n := d.some(t, parent, "a")
		for _, path := range []string{"nodes/" + absentID() + "/children/" + n.ID, "nodes/" + parent + "/children/" + absentID()} {
			d.meta(t, "PUT", path).refused(t, 404, "NODE_NOT_FOUND", "")
		}
	})
}

func removeParent(t *testing.T, d *drive) {
	t.Run("one of several parents can go", func(t *testing.T) {
		one, two := d.dir(t), d.dir(t)
		n := d.create(t, obj{"name": "a", "kind": "FOLDER", "parents": []string{one, two}}).want(t, 201).node(t)
		after := d.meta(t, "DELETE", "nodes/"+one+"/children/"+n.ID).want(t, 200, 202).node(t)
		d.hasParents(t, after, two)
		if after.Version != n.Version+1 {
			t.Errorf("version %d, want %d", after.Version, n.Version+1)
		}
		d.finds(t, "nodes/"+one+"/children", query())
		d.finds(t, "nodes/"+two+"/children", query(), n.ID)
	})
	t.Run("without its last parent a node stays available", func(t *testing.T) {
		d.settled(t)
		parent := d.dir(t)
		content := unique(50)
		n := d.file(t, parent, "a", content)
		d.trashAtEnd(t, n.ID)
		d.hasParents(t, d.meta(t, "DELETE", "nodes/"+parent+"/children/"+n.ID).want(t, 200).node(t))
		if got := d.get(t, n.ID).Status; got != "AVAILABLE" {
			t.Errorf("status %q, want AVAILABLE", got)
		}
		if f := d.upload(t, fileIn(parent, "b"), content).refused(t, 409, "MD5_DUPLICATE", ""); f.Info.NodeID != n.ID {
			t.Errorf("duplicate of %q, want the node without parents, %q", f.Info.NodeID, n.ID)
		}
	})
	t.Run("a child that is not there cannot be removed", func(t *testing.T) {
		parent := d.dir(t)
		n := d.some(t, parent, "a")
		for _, path := range []string{
			"nodes/" + d.home + "/children/" + n.ID, "nodes/" + absentID() + "/children/" + n.ID, "nodes/" + parent + "/children/" + absentID(),
		} {
			d.meta(t, "DELETE", path).refused(t, 404, anyCode, "")
		}
	})
	t.Run("parents of a trashed node can be changed", func(t *testing.T) {
		one, two := d.dir(t), d.dir(t)
		n := d.some(t, one, "a")
		d.trash(t, n.ID)
		d.meta(t, "PUT", "nodes/"+two+"/children/"+n.ID).want(t, 200)
		d.meta(t, "DELETE", "nodes/"+one+"/children/"+n.ID).want(t, 200, 202)
		d.hasParents(t, n.with(two), two)
		d.meta(t, "POST", "trash/"+n.ID+"/restore").want(t, 200)
		d.finds(t, "nodes/"+two+"/children", query(), n.ID)
	})
}

// with returns the node with another parent.
func (n node) with(parent string) node {
	n.Parents = []string{parent}
	return n
}

func move(t *testing.T, d *drive) {
	t.Run("a move replaces the parent it names", func(t *testing.T) {
		from, to, other := d.dir(t), d.dir(t), d.dir(t)
		n := d.create(t, obj{"name": "a", "kind": "FOLDER", "parents": []string{from, other}}).want(t, 201).node(t)
		after := d.move(t, n.ID, from, to).want(t, 200).node(t)
		d.hasParents(t, after, to, other)
		if after.Version != n.Version+1 || after.Name != "a" {
			t.Errorf("version %d, name %q, want %d and a", after.Version, after.Name, n.Version+1)
		}
		d.finds(t, "nodes/"+from+"/children", query())
		d.finds(t, "nodes/"+to+"/children", query(), n.ID)
	})
	t.Run("a moved folder takes along what is in it", func(t *testing.T) {
		from, to := d.dir(t), d.dir(t)
		folder := d.folder(t, from, "a")
		file := d.some(t, folder.ID, "b")
		d.move(t, folder.ID, from, to).want(t, 200)
		d.finds(t, "nodes/"+folder.ID+"/children", query(), file.ID)
	})
}

func moveRefusals(t *testing.T, d *drive) {
	from, to := d.dir(t), d.dir(t)
	n := d.folder(t, from, "a")
	below := d.folder(t, d.folder(t, n.ID, "b").ID, "c")
	file := d.some(t, to, "file")
	trashed := d.some(t, from, "trashed")
	d.trash(t, trashed.ID)
	for name, m := range map[string][3]string{
		"from a folder that is not its parent": {n.ID, d.home, to},
		"from an unknown folder":               {n.ID, absentID(), to},
		"into itself":                          {n.ID, from, n.ID},
		"into a folder below itself":           {n.ID, from, below.ID},
		"into a file":                          {n.ID, from, file.ID},
		"out of the trash":                     {trashed.ID, from, to},
	} {
		t.Run("a move "+name+" is refused", func(t *testing.T) {
			before := d.get(t, m[0])
			d.move(t, m[0], m[1], m[2]).refused(t, 400, anyCode, "")
			if after := d.get(t, m[0]); !slices.Equal(after.Parents, before.Parents) || after.Version != before.Version {
				t.Errorf("the refused move changed the node")
			}
		})
	}
	t.Run("a move to where the name is taken is a conflict", func(t *testing.T) {
		other := d.folder(t, to, "A")
		d.move(t, n.ID, from, to).conflict(t, "a", to, other.ID)
	})
	t.Run("a move without a child or parent is refused", func(t *testing.T) {
		d.meta(t, "POST", "nodes/"+to+"/children", sendJSON(obj{"fromParent": from})).refused(t, 400, anyCode, "")
		d.meta(t, "POST", "nodes/"+to+"/children", sendJSON(obj{"childId": n.ID})).refused(t, 400, anyCode, "")
	})
}

func albums(t *testing.T, d *drive) {
	t.Run("an album takes and gives back files", func(t *testing.T) {
		d.settled(t)
		d := d.fresh(t, Variant{Photos: true})
		album := d.create(t, obj{"name": "album", "kind": "VISUAL_COLLECTION", "resourceVersion": "V2", "ContentType": "JSON"}).want(t, 200, 201).node(t)
		photo := d.file(t, d.home, "a.png", picture(t))
		change := func(op string) {
			d.meta(t, "PATCH", "nodes/"+album.ID+"/children", sendJSON(obj{"op": op, "value": []string{photo.ID}, "resourceVersion": "V2", "ContentType": "JSON"})).want(t, 200)
		}
		v2 := query("resourceVersion", "V2", "ContentType", "JSON")
		change("add")
		d.finds(t, "nodes/"+album.ID+"/children", v2, photo.ID)
		change("remove")
		d.finds(t, "nodes/"+album.ID+"/children", v2)
		d.meta(t, "PATCH", "nodes/"+album.ID+"/children", sendJSON(obj{"op": "nonsense", "value": []string{photo.ID}, "resourceVersion": "V2", "ContentType": "JSON"})).refused(t, 400, anyCode, "")
	})
}
