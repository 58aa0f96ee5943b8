package drivetest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// patch changes a node.
func (d *drive) patch(t *testing.T, id string, change obj) *reply {
	t.Helper()
	return d.meta(t, "PATCH", "nodes/"+id, sendJSON(change))
}

func patchNode(t *testing.T, d *drive) {
	t.Run("a patch changes what it names and nothing else", func(t *testing.T) {
		n := d.create(t, obj{"name": "a", "kind": "FOLDER", "parents": []string{d.dir(t)}, "labels": []string{"x"}, "description": "d"}).want(t, 201).node(t)
		for _, tt := range []struct {
			change obj
			name   string
			labels []string
			descr  string
		}{
			{obj{"name": "b"}, "b", []string{"x"}, "d"},
			{obj{"labels": []string{"y", "z"}}, "b", []string{"y", "z"}, "d"},
			{obj{"description": "e"}, "b", []string{"y", "z"}, "e"},
			{obj{"labels": []string{}, "name": "c"}, "c", nil, "e"},
		} {
			r := d.patch(t, n.ID, tt.change).want(t, 200)
			r.located(t, "nodes/"+n.ID)
			after := r.node(t)
			for _, got := range []node{after, d.get(t, n.ID)} {
				if got.Name != tt.name || !sameSet(got.Labels, tt.labels) || got.Description != tt.descr {
					t.Errorf("after %v: %q %v %q, want %q %v %q", tt.change, got.Name, got.Labels, got.Description, tt.name, tt.labels, tt.descr)
				}
			}
			if after.Version != n.Version+1 || after.Modified.Before(n.Modified) {
				t.Errorf("after %v: version %d, want %d; modified %v, was %v", tt.change, after.Version, n.Version+1, after.Modified, n.Modified)
			}
			if !after.Created.Equal(n.Created) {
				t.Errorf("after %v: createdDate %v, was %v", tt.change, after.Created, n.Created)
			}
			if d.Fake && after.ETag == n.ETag {
				t.Errorf("after %v: the eTag did not change", tt.change)
			}
			n = after
		}
	})
}

func rename(t *testing.T, d *drive) {
	t.Run("a rename may change the case only", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a.txt")
		if got := d.patch(t, n.ID, obj{"name": "A.TXT"}).want(t, 200).node(t).Name; got != "A.TXT" {
			t.Errorf("name %q, want A.TXT", got)
		}
	})
	t.Run("a rename to a sibling's name is a conflict", func(t *testing.T) {
		parent := d.dir(t)
		a, b := d.some(t, parent, "a"), d.folder(t, parent, "b")
		d.patch(t, a.ID, obj{"name": "B"}).conflict(t, "B", parent, b.ID)
		if got := d.get(t, a.ID).Name; got != "a" {
			t.Errorf("name %q after the conflict, want a", got)
		}
	})
	t.Run("a rename must fit into every parent", func(t *testing.T) {
		one, two := d.dir(t), d.dir(t)
		n := d.create(t, obj{"name": "a", "kind": "FOLDER", "parents": []string{one, two}}).want(t, 201).node(t)
		b := d.folder(t, two, "b")
		d.patch(t, n.ID, obj{"name": "b"}).conflict(t, "b", two, b.ID)
	})
	t.Run("a trashed node can be renamed without conflict", func(t *testing.T) {
		parent := d.dir(t)
		a := d.some(t, parent, "a")
		d.some(t, parent, "b")
		d.trash(t, a.ID)
		if got := d.patch(t, a.ID, obj{"name": "b"}).want(t, 200).node(t); got.Name != "b" || got.Status != "TRASH" {
			t.Errorf("got %q %s, want b in the trash", got.Name, got.Status)
		}
	})
	t.Run("a freed name can be taken", func(t *testing.T) {
		parent := d.dir(t)
		d.patch(t, d.folder(t, parent, "a").ID, obj{"name": "b"}).want(t, 200)
		d.folder(t, parent, "a")
	})
}

func patchMore(t *testing.T, d *drive) {
	t.Run("a patch moves modifiedDate, and createdDate stays", func(t *testing.T) {
		d := d.later(t, Variant{})
		n := d.folder(t, d.home, "a")
		d.Advance(time.Hour)
		if after := d.patch(t, n.ID, obj{"name": "b"}).want(t, 200).node(t); after.Modified.Sub(n.Modified) < time.Hour || !after.Created.Equal(n.Created) {
			t.Errorf("modified %v, was %v an hour before; created %v, was %v", after.Modified, n.Modified, after.Created, n.Created)
		}
	})
	t.Run("photo clients patch settings and properties", func(t *testing.T) {
		d.settled(t)
		d := d.fresh(t, Variant{Photos: true})
		n := d.some(t, d.home, "a.png")
		v2 := obj{"resourceVersion": "V2", "ContentType": "JSON", "settings": obj{"favorite": true}, "properties": obj{d.owner: obj{"k": "v"}}}
		d.patch(t, n.ID, v2).want(t, 200)
		got := d.meta(t, "GET", "nodes/"+n.ID, query("resourceVersion", "V2", "ContentType", "JSON")).want(t, 200).node(t)
		if !got.Settings["favorite"] || got.Properties[d.owner]["k"] != "v" {
			t.Errorf("settings %v, properties %v, want both patched", got.Settings, got.Properties)
		}
	})
}

func patchRefusals(t *testing.T, d *drive) {
	n := d.some(t, d.dir(t), "a")
	for key, value := range map[string]any{
		"status": "TRASH", "parents": []string{d.home}, "modifiedDate": "2001-02-03T04:05:06.789Z", "kind": "FOLDER", "id": n.ID,
		"createdBy": "x", "version": 9, "nonsense": true, "settings": obj{"favorite": true}, "properties": obj{d.owner: obj{"k": "v"}},
	} {
		t.Run("a patch of "+key+" is refused", func(t *testing.T) {
			d.settled(t)
			d.patch(t, n.ID, obj{key: value, "description": "no"}).refused(t, 400, anyCode, "")
			if got := d.get(t, n.ID); got.Version != n.Version || got.Description != "" {
				t.Errorf("the refused patch changed the node: version %d, was %d", got.Version, n.Version)
			}
		})
	}
	t.Run("a patch of contentProperties is forbidden", func(t *testing.T) {
		d.patch(t, n.ID, obj{"contentProperties": obj{"size": 1}}).want(t, 403)
	})
	eleven := strings.Split("a b c d e f g h i j k", " ")
	for name, change := range map[string]obj{
		"11 labels":              {"labels": eleven},
		"a label over 256":       {"labels": []string{strings.Repeat("l", 257)}},
		"a description over 500": {"description": strings.Repeat("d", 501)},
		"an empty name":          {"name": ""},
		"NUL in the name":        {"name": "a\x00"},
		"a name not a string":    {"name": 7},
	} {
		t.Run("a patch with "+name+" is refused", func(t *testing.T) {
			d.patch(t, n.ID, change).refused(t, 400, anyCode, "")
		})
	}
	t.Run("a patch with the most labels and the longest texts is accepted", func(t *testing.T) {
		labels := slices.Concat(eleven[:9], []string{strings.Repeat("l", 256)})
		got := d.patch(t, n.ID, obj{"labels": labels, "description": strings.Repeat("d", 500)}).want(t, 200).node(t)
		if !sameSet(got.Labels, labels) || len(got.Description) != 500 {
			t.Errorf("%d labels and %d bytes of description, want 10 and 500", len(got.Labels), len(got.Description))
		}
	})
}
