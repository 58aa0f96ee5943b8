package drivetest

import (
	"fmt"
	"strings"
	"testing"
)

// property sets a property of a node.
func (d *drive) property(t *testing.T, id, owner, key string, value any) *reply {
	t.Helper()
	return d.meta(t, "PUT", "nodes/"+id+"/properties/"+owner+"/"+key, sendJSON(obj{"value": value}))
}

type propertyList struct {
	Count int               `json:"count"`
	Data  map[string]string `json:"data"`
}

func (d *drive) propertyList(t *testing.T, id, owner string) propertyList {
	t.Helper()
	var l propertyList
	d.meta(t, "GET", "nodes/"+id+"/properties/"+owner).want(t, 200).has(t, "count", "data").json(t, &l)
	return l
}

func properties(t *testing.T, d *drive) {
	t.Run("a property is set, read, listed and deleted", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a")
		path := "nodes/" + n.ID + "/properties/" + d.owner + "/mtime"
		if got := d.propertyList(t, n.ID, d.owner); got.Count != 0 || len(got.Data) != 0 {
			t.Errorf("a new node has properties: %v", got)
		}
		var set struct{ Key, Value, Location string }
		for _, value := range []string{"1462096800", "other", ""} {
			r := d.property(t, n.ID, d.owner, "mtime", value).want(t, 201).has(t, "key", "value", "location")
			r.json(t, &set)
			if set.Key != "mtime" || set.Value != value || !strings.HasSuffix(set.Location, path) {
				t.Errorf("answered %+v, want mtime=%s at %s", set, value, path)
			}
			r.located(t, path)
			var got struct{ Key, Value string }
			d.meta(t, "GET", path).want(t, 200).has(t, "key", "value").json(t, &got)
			if got.Key != "mtime" || got.Value != value {
				t.Errorf("read %+v, want mtime=%s", got, value)
			}
		}
		d.property(t, n.ID, d.owner, "b", "2").want(t, 201)
		if got := d.propertyList(t, n.ID, d.owner); got.Count != 2 || len(got.Data) != 2 || got.Data["b"] != "2" {
			t.Errorf("listed %+v, want both", got)
		}
		if got := d.get(t, n.ID).Properties[d.owner]["b"]; got != "2" {
			t.Errorf("the node has b=%q, want 2", got)
		}
		if r := d.meta(t, "DELETE", path).want(t, 204); len(r.body) != 0 {
			t.Errorf("a 204 with a body")
		}
		if got := d.propertyList(t, n.ID, d.owner); got.Count != 1 || len(got.Data) != 1 {
			t.Errorf("listed %+v after the delete, want b only", got)
		}
		d.meta(t, "GET", path).refused(t, 404, anyCode, "")
	})
	t.Run("a folder has properties too", func(t *testing.T) {
		d.property(t, d.dir(t), d.owner, "k", "v").want(t, 201)
	})
	t.Run("a property is a change of the node", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a")
		d.property(t, n.ID, d.owner, "k", "v").want(t, 201)
		if got := d.get(t, n.ID).Version; got != n.Version+1 {
			t.Errorf("version %d, want %d", got, n.Version+1)
		}
		d.meta(t, "DELETE", "nodes/"+n.ID+"/properties/"+d.owner+"/k").want(t, 204)
		if got := d.get(t, n.ID).Version; got != n.Version+2 {
			t.Errorf("version %d after the delete, want %d", got, n.Version+2)
		}
	})
	t.Run("an unknown node has no properties", func(t *testing.T) {
		d.property(t, absentID(), d.owner, "k", "v").refused(t, 404, "NODE_NOT_FOUND", "")
		d.meta(t, "GET", "nodes/"+absentID()+"/properties/"+d.owner).refused(t, 404, "NODE_NOT_FOUND", "")
	})
}

func propertyLimits(t *testing.T, d *drive) {
	n := d.some(t, d.dir(t), "a")
	for _, key := range []string{"a-b", "a.b", "a%20b", "%C3%A9", strings.Repeat("k", 51)} {
		t.Run("key refused: "+key, func(t *testing.T) {
			d.property(t, n.ID, d.owner, key, "v").refused(t, 400, anyCode, "")
		})
	}
	for name, value := range map[string]any{"over 500": strings.Repeat("v", 501), "a number": 7, "null": nil, "an object": obj{}} {
		t.Run("value refused: "+name, func(t *testing.T) {
			d.property(t, n.ID, d.owner, "k", value).refused(t, 400, anyCode, "")
		})
	}
	t.Run("a body without a value is refused", func(t *testing.T) {
		d.meta(t, "PUT", "nodes/"+n.ID+"/properties/"+d.owner+"/k", text("{}")).refused(t, 400, anyCode, "")
	})
	t.Run("the longest key and value are stored", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a")
		key := "A_9" + strings.Repeat("k", 47)
		d.property(t, n.ID, d.owner, key, strings.Repeat("v", 500)).want(t, 201)
		if got := d.propertyList(t, n.ID, d.owner).Data[key]; len(got) != 500 {
			t.Errorf("value of %d bytes, want 500", len(got))
		}
	})
	t.Run("the eleventh key is refused", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a")
		for i := range 10 {
			d.property(t, n.ID, d.owner, fmt.Sprintf("k%d", i), "v").want(t, 201)
		}
		d.property(t, n.ID, d.owner, "k10", "v").refused(t, 400, anyCode, "")
		d.property(t, n.ID, d.owner, "k9", "changed").want(t, 201)
		d.meta(t, "DELETE", "nodes/"+n.ID+"/properties/"+d.owner+"/k0").want(t, 204)
		d.property(t, n.ID, d.owner, "k10", "v").want(t, 201)
	})
}

func propertyOwners(t *testing.T, d *drive) {
	const other = "drivetest-somebody-else"
	t.Run("another owner's properties cannot be written", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a")
		d.property(t, n.ID, other, "k", "v").want(t, 403)
		d.meta(t, "DELETE", "nodes/"+n.ID+"/properties/"+other+"/k").want(t, 403)
	})
	t.Run("another owner's properties are empty", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a")
		r := d.meta(t, "GET", "nodes/"+n.ID+"/properties/"+other).want(t, 200)
		var l propertyList
		r.json(t, &l)
		if l.Count != 0 || len(l.Data) != 0 {
			t.Errorf("got %s, want nothing", r.body)
		}
	})
	t.Run("an empty owner is no route", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a")
		d.meta(t, "GET", "nodes/"+n.ID+"/properties/").noRoute(t)
		d.meta(t, "GET", "nodes/"+n.ID+"/properties//k").noRoute(t)
		d.property(t, n.ID, "", "k", "v").noRoute(t)
	})
}
