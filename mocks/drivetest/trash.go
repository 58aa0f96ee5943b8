package drivetest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
)

func (d *drive) restore(t *testing.T, id string) *reply {
	t.Helper()
	return d.meta(t, "POST", "trash/"+id+"/restore")
}

func trashing(t *testing.T, d *drive) {
	t.Run("a trashed node is answered with its new status", func(t *testing.T) {
		parent := d.dir(t)
		n := d.some(t, parent, "a")
		r := d.meta(t, "PUT", "trash/"+n.ID).want(t, 200)
		r.located(t, n.ID)
		after := r.node(t)
		if after.Status != "TRASH" || after.ID != n.ID || after.Version != n.Version+1 || !slices.Equal(after.Parents, []string{parent}) {
			t.Errorf("got %+v, want the node in the trash, its parent kept", after)
		}
		d.finds(t, "nodes/"+parent+"/children", filters("status:AVAILABLE"))
		d.finds(t, "nodes", filters("parents:"+parent+" AND status:TRASH"), n.ID)
	})
	t.Run("a body is ignored", func(t *testing.T) {
		d.meta(t, "PUT", "trash/"+d.some(t, d.dir(t), "a").ID, text(`{"kind":"FILE","name":"foo"}`)).want(t, 200)
	})
	t.Run("a node with several parents goes from all of them", func(t *testing.T) {
		one, two := d.dir(t), d.dir(t)
		n := d.create(t, obj{"name": "a", "kind": "FOLDER", "parents": []string{one, two}}).want(t, 201).node(t)
		d.trash(t, n.ID)
		for _, parent := range []string{one, two} {
			d.finds(t, "nodes/"+parent+"/children", filters("status:AVAILABLE"))
		}
		if got := d.restore(t, n.ID).want(t, 200).node(t); !sameSet(got.Parents, []string{one, two}) {
			t.Errorf("restored into %v, want both", got.Parents)
		}
		for _, parent := range []string{one, two} {
			d.finds(t, "nodes/"+parent+"/children", query(), n.ID)
		}
	})
	t.Run("an unknown node cannot be trashed", func(t *testing.T) {
		d.meta(t, "PUT", "trash/"+absentID()).refused(t, 404, "NODE_NOT_FOUND", "")
	})
	t.Run("a trashed node cannot be trashed", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a")
		d.trash(t, n.ID)
		d.meta(t, "PUT", "trash/"+n.ID).refused(t, 409, anyCode, "")
	})
}

func trashedFolders(t *testing.T, d *drive) {
	t.Run("a trashed folder takes along what is in it", func(t *testing.T) {
		folder := d.folder(t, d.dir(t), "a")
		below := d.folder(t, folder.ID, "b")
		file := d.some(t, below.ID, "c")
		d.trash(t, folder.ID)
		for _, id := range []string{folder.ID, below.ID, file.ID} {
			if got := d.get(t, id).Status; got != "TRASH" {
				t.Errorf("status %q, want TRASH", got)
			}
		}
		d.finds(t, "nodes", filters("parents:"+below.ID+" AND status:AVAILABLE"))
		d.restore(t, folder.ID).want(t, 200)
		for _, id := range []string{folder.ID, below.ID, file.ID} {
			if got := d.get(t, id).Status; got != "AVAILABLE" {
				t.Errorf("status %q after restoring the folder, want AVAILABLE", got)
			}
		}
		d.finds(t, "nodes/"+below.ID+"/children", query(), file.ID)
	})
	t.Run("what was trashed by itself stays in the trash", func(t *testing.T) {
		d.settled(t)
		folder := d.folder(t, d.dir(t), "a")
		before, file := d.some(t, folder.ID, "before"), d.some(t, folder.ID, "b")
		d.trash(t, before.ID)
		d.trash(t, folder.ID)
		d.restore(t, folder.ID).want(t, 200)
		if got := d.get(t, before.ID).Status; got != "TRASH" {
			t.Errorf("status %q, want TRASH: it was trashed before its folder", got)
		}
		if got := d.get(t, file.ID).Status; got != "AVAILABLE" {
			t.Errorf("status %q, want AVAILABLE: it was trashed with its folder", got)
		}
	})
}

func trashList(t *testing.T, d *drive) {
	t.Run("the trash lists what was trashed, not what is below", func(t *testing.T) {
		word := "t" + md5Hex(unique(20))
		folder := d.folder(t, d.dir(t), word)
		d.some(t, folder.ID, word+"below")
		d.finds(t, "trash", filters("name:"+word+"*"))
		d.trash(t, folder.ID)
		d.finds(t, "trash", filters("name:"+word+"*"), folder.ID)
		r := d.meta(t, "GET", "trash", filters("name:"+word+"*")).want(t, 200).has(t, "count", "data")
		if l := r.list(t); l.Count != 1 || len(l.Data) != 1 || l.Data[0].Status != "TRASH" {
			t.Errorf("got %s, want one node in TRASH", r.body)
		}
		d.restore(t, folder.ID).want(t, 200)
		d.finds(t, "trash", filters("name:"+word+"*"))
	})
	t.Run("the trash is sorted", func(t *testing.T) {
		parent := d.dir(t)
		ids := d.row(t, parent, 3)
		for _, id := range ids {
			d.trash(t, id)
		}
		d.finds(t, "trash", filters("parents:"+parent), ids...)
		var got []string
		for _, n := range d.all(t, "trash", filters("parents:"+parent), query("sort", `["name DESC"]`, "limit", "2")) {
			got = append(got, n.ID)
		}
		slices.Reverse(ids)
		if !slices.Equal(got, ids) {
			t.Errorf("got %v, want %v", got, ids)
		}
	})
}

func restoring(t *testing.T, d *drive) {
	t.Run("a restored node is available where it was", func(t *testing.T) {
		parent := d.dir(t)
		n := d.some(t, parent, "a")
		d.trash(t, n.ID)
		r := d.restore(t, n.ID).want(t, 200)
		r.located(t, n.ID)
		after := r.node(t)
		if after.Status != "AVAILABLE" || !slices.Equal(after.Parents, []string{parent}) || after.Version != n.Version+2 {
			t.Errorf("got %+v, want it back, two versions on from %d", after, n.Version)
		}
		d.finds(t, "nodes/"+parent+"/children", query(), n.ID)
	})
	t.Run("a live node is left alone", func(t *testing.T) {
		d.settled(t)
		n := d.some(t, d.dir(t), "a")
		if got := d.restore(t, n.ID).want(t, 200).node(t); got.Version != n.Version || got.Status != "AVAILABLE" {
			t.Errorf("version %d, %s, want %d, AVAILABLE", got.Version, got.Status, n.Version)
		}
	})
	t.Run("a restored name that is taken is a conflict", func(t *testing.T) {
		parent := d.dir(t)
		n := d.some(t, parent, "a")
		d.trash(t, n.ID)
		other := d.folder(t, parent, "A")
		d.restore(t, n.ID).conflict(t, "a", parent, other.ID)
		if got := d.get(t, n.ID).Status; got != "TRASH" {
			t.Errorf("status %q after the conflict, want TRASH", got)
		}
	})
	t.Run("an unknown node cannot be restored", func(t *testing.T) {
		d.restore(t, absentID()).refused(t, 404, "NODE_NOT_FOUND", "")
	})
}

// gone checks that a node was purged.
func (d *drive) gone(t *testing.T, id string) {
	t.Helper()
	d.meta(t, "GET", "nodes/"+id).refused(t, 404, "NODE_NOT_FOUND", "")
}

func purging(t *testing.T, d *drive) {
	t.Run("third parties cannot purge", func(t *testing.T) {
		d := d
		if d.FirstParty {
			d = d.fresh(t, Variant{})
		}
		n := d.some(t, d.dir(t), "a")
		d.meta(t, "DELETE", "nodes/"+n.ID).front(t, 403, "Insufficient permissions granted for operation: purgeNode")
		d.trash(t, n.ID)
		d.meta(t, "DELETE", "nodes/"+n.ID).front(t, 403, "Insufficient permissions granted for operation: purgeNode")
		if got := d.get(t, n.ID).Status; got != "TRASH" {
			t.Errorf("status %q, want TRASH", got)
		}
	})
	t.Run("the first party can", func(t *testing.T) {
		d := d.fresh(t, Variant{FirstParty: true})
		n := d.some(t, d.home, "a")
		d.trash(t, n.ID)
		d.meta(t, "DELETE", "nodes/"+n.ID).want(t, 200, 204)
		d.gone(t, n.ID)
		d.finds(t, "trash", filters("name:a"))
	})
	t.Run("the trash empties itself after 30 days", func(t *testing.T) {
		d := d.later(t, Variant{})
		folder := d.folder(t, d.home, "a")
		file := d.some(t, folder.ID, "b")
		d.trash(t, folder.ID)
		d.Advance(29 * 24 * time.Hour)
		d.get(t, file.ID)
		d.Advance(2 * 24 * time.Hour)
		d.gone(t, folder.ID)
		d.gone(t, file.ID)
		d.finds(t, "trash", query())
	})
}

// errorMap returns the errorMap in the response to a call for many nodes.
func (r *reply) errorMap(t *testing.T) map[string]json.Number {
	t.Helper()
	var answer struct{ ErrorMap map[string]json.Number }
	r.want(t, 200).has(t, "errorMap").json(t, &answer)
	if answer.ErrorMap == nil {
		t.Errorf("%s: errorMap is null", r.call)
	}
	return answer.ErrorMap
}

// many returns n ids that no node has.
func many(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = absentID()
	}
	return ids
}

func bulkPurge(t *testing.T, d *drive) {
	purge := func(t *testing.T, d *drive, recurse any, ids ...string) *reply {
		t.Helper()
		return d.meta(t, "POST", "bulk/nodes/purge", sendJSON(obj{"recurse": recurse, "nodeIds": ids}))
	}
	t.Run("many nodes are purged at once", func(t *testing.T) {
		d := d.fresh(t, Variant{FirstParty: true})
		a, b := d.some(t, d.home, "a"), d.folder(t, d.home, "b")
		c := d.some(t, b.ID, "c")
		d.trash(t, a.ID)
		d.trash(t, b.ID)
		absent := absentID()
		if got := purge(t, d, "true", a.ID, b.ID).errorMap(t); len(got) != 0 {
			t.Errorf("errorMap %v, want none", got)
		}
		for _, id := range []string{a.ID, b.ID, c.ID} {
			d.gone(t, id)
		}
		if got := purge(t, d, "true", absent).errorMap(t); len(got) != 1 || got[absent] == "" {
			t.Errorf("errorMap %v, want a number for the unknown node", got)
		}
	})
	t.Run("more than 50 ids are refused", func(t *testing.T) {
		d := d.fresh(t, Variant{FirstParty: true})
		purge(t, d, "true", many(50)...).errorMap(t)
		f := purge(t, d, "true", many(51)...).refused(t, 400, anyCode, "1 validation error detected: ")
		for _, want := range []string{"at 'nodeIds' failed to satisfy constraint: ", "less than or equal to 50"} {
			if !strings.Contains(f.Message, want) {
				t.Errorf("message %q, want %q in it", f.Message, want)
			}
		}
	})
	t.Run("third parties cannot purge many either", func(t *testing.T) {
		d.settled(t)
		d := d.fresh(t, Variant{})
		n := d.some(t, d.home, "a")
		purge(t, d, "true", n.ID).want(t, 403)
		d.get(t, n.ID)
	})
	t.Run("recurse must be a string", func(t *testing.T) {
		d := d.fresh(t, Variant{FirstParty: true})
		purge(t, d, true, absentID()).refused(t, 400, anyCode, "")
	})
}

func bulkTrash(t *testing.T, d *drive) {
	change := func(t *testing.T, recurse any, op string, ids ...string) *reply {
		t.Helper()
		d.settled(t)
		return d.meta(t, "PATCH", "trash", sendJSON(obj{"recurse": recurse, "op": op, "filters": "", "conflictResolution": "RENAME", "value": ids,
			"resourceVersion": "V2", "ContentType": "JSON"}))
	}
	t.Run("many nodes are trashed and restored at once", func(t *testing.T) {
		d.settled(t)
		parent := d.dir(t)
		ids := d.row(t, parent, 3)
		if got := change(t, "true", "add", ids...).errorMap(t); len(got) != 0 {
			t.Errorf("errorMap %v, want none", got)
		}
		for _, id := range ids {
			if got := d.get(t, id).Status; got != "TRASH" {
				t.Errorf("status %q, want TRASH", got)
			}
		}
		change(t, "true", "remove", ids...).errorMap(t)
		d.finds(t, "nodes/"+parent+"/children", query(), ids...)
	})
	t.Run("many restored nodes are renamed where taken", func(t *testing.T) {
		d.settled(t)
		parent := d.dir(t)
		n := d.some(t, parent, "a")
		d.trash(t, n.ID)
		other := d.some(t, parent, "a")
		change(t, "true", "remove", n.ID).errorMap(t)
		if got := d.get(t, n.ID); got.Status != "AVAILABLE" || got.Name == "a" {
			t.Errorf("%q is %s, want it available under another name", got.Name, got.Status)
		}
		d.finds(t, "nodes/"+parent+"/children", query(), n.ID, other.ID)
	})
	t.Run("more than 50 ids are refused", func(t *testing.T) {
		change(t, "true", "add", many(51)...).refused(t, 400, anyCode, "1 validation error detected: ")
	})
	t.Run("recurse must be a string", func(t *testing.T) {
		change(t, true, "add", absentID()).refused(t, 400, anyCode, "")
	})
	t.Run("another op than add and remove is refused", func(t *testing.T) {
		change(t, "true", "nonsense", absentID()).refused(t, 400, anyCode, "")
	})
}
