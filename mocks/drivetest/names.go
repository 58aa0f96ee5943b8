package drivetest

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

func createNames(t *testing.T, d *drive) {
	for _, name := range []string{
		"a&b", "100%", `back\slash`, "two words", "©", "line\rbreak", " leading", "trailing ", ".dot", "dot.", "...", "a/b", "it's",
		"a=b+c", "tab\there", `"quoted"`, "a:b*c?", "(x) [y] {z}", "日本語", "😀", "‛␀／", "\ufffd", "-dash",
	} {
		t.Run("a name is stored as it is: "+name, func(t *testing.T) {
			parent := d.dir(t)
			n := d.folder(t, parent, name)
			if got := d.get(t, n.ID).Name; got != name {
				t.Errorf("stored as %q, want %q", got, name)
			}
			d.finds(t, "nodes", filters("parents:"+parent+" AND name:"+escape(name)), n.ID)
		})
	}
	t.Run("a name of 280 characters is stored", func(t *testing.T) {
		parent := d.dir(t)
		d.folder(t, parent, strings.Repeat("n", 280))
		if d.Fake {
			d.folder(t, parent, strings.Repeat("é", 280))
			d.folder(t, parent, strings.Repeat("😀", 140))
		}
	})
	t.Run("a name over 280 is refused, with the constraint", func(t *testing.T) {
		long := []string{strings.Repeat("n", 281)}
		if d.Fake {
			long = append(long, strings.Repeat("é", 281), strings.Repeat("😀", 141))
		}
		for _, name := range long {
			want := "1 validation error detected: Value '" + name + "' at 'name' failed to satisfy constraint: Member must have length less than or equal to 280"
			d.create(t, folderIn(d.home, name)).refused(t, 400, "", want)
			d.upload(t, fileIn(d.home, name), unique(20)).refused(t, 400, "", want)
		}
		n := d.some(t, d.dir(t), "a")
		d.meta(t, "PATCH", "nodes/"+n.ID, sendJSON(obj{"name": long[0]})).refused(t, 400, "", "Member must have length less than or equal to 280")
	})
}

// escape returns a name with the escapes that a filter needs.
func escape(name string) string {
	var b strings.Builder
	for _, r := range name {
		if strings.ContainsRune(`+-&|!(){}[]^'"~*?:\ `, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

func nameConflicts(t *testing.T, d *drive) {
	makers := map[string]func(t *testing.T, parent, name string) *reply{
		"folder": func(t *testing.T, parent, name string) *reply { return d.create(t, folderIn(parent, name)) },
		"file":   func(t *testing.T, parent, name string) *reply { return d.upload(t, fileIn(parent, name), unique(20)) },
	}
	for first, makeFirst := range makers {
		for second, makeSecond := range makers {
			t.Run("a "+second+" cannot take the name of a "+first+", whatever its case", func(t *testing.T) {
				parent := d.dir(t)
				n := makeFirst(t, parent, "Harbour.JPG").want(t, 201).node(t)
				for _, name := range []string{"Harbour.JPG", "harbour.jpg", "HARBOUR.jpg"} {
					makeSecond(t, parent, name).conflict(t, name, parent, n.ID)
				}
				makeSecond(t, d.dir(t), "harbour.jpg").want(t, 201)
			})
		}
	}
	t.Run("case is folded beyond ASCII, and nothing is normalised", func(t *testing.T) {
		d.settled(t)
		parent := d.dir(t)
		n := d.folder(t, parent, "\u00c9T\u00c9")
		d.create(t, folderIn(parent, "\u00e9t\u00e9")).conflict(t, "\u00e9t\u00e9", parent, n.ID)
		d.folder(t, parent, "e\u0301te\u0301")
	})
	t.Run("the case of a name is kept", func(t *testing.T) {
		n := d.folder(t, d.dir(t), "MixedCase")
		if got := d.get(t, n.ID).Name; got != "MixedCase" {
			t.Errorf("name %q, want MixedCase", got)
		}
	})
	t.Run("a trashed node does not keep its name", func(t *testing.T) {
		parent := d.dir(t)
		for range 3 {
			d.trash(t, d.folder(t, parent, "a").ID)
		}
		d.folder(t, parent, "a")
	})
	t.Run("apostrophes and equal signs arrive escaped", func(t *testing.T) {
		parent := d.dir(t)
		n := d.folder(t, parent, "it's=1")
		r := d.create(t, folderIn(parent, "it's=1"))
		r.conflict(t, "it's=1", parent, n.ID)
		if !strings.Contains(string(r.body), `it\u0027s\u003d1`) {
			t.Errorf(`body %s, want it\u0027s\u003d1 in it`, r.body)
		}
	})
}

func nameRace(t *testing.T, d *drive) {
	t.Run("of many who take a name at once one gets it", func(t *testing.T) {
		parent := d.dir(t)
		metadata := sendJSON(folderIn(parent, "a"))
		statuses := make([]int, 8)
		var wg sync.WaitGroup
		for i := range statuses {
			wg.Go(func() {
				r, err := d.try(t.Context(), "POST", d.metaURL+"nodes", metadata)
				if err != nil {
					t.Error(d.redact(err.Error()))
					return
				}
				statuses[i] = r.status
			})
		}
		wg.Wait()
		slices.Sort(statuses)
		if want := []int{201, 409, 409, 409, 409, 409, 409, 409}; !slices.Equal(statuses, want) {
			t.Errorf("answered %v, want %v", statuses, want)
		}
	})
}

func createRefusals(t *testing.T, d *drive) {
	makers := map[string]func(t *testing.T, metadata obj) *reply{
		"folder": func(t *testing.T, metadata obj) *reply {
			metadata["kind"] = "FOLDER"
			return d.create(t, metadata)
		},
		"file": func(t *testing.T, metadata obj) *reply {
			metadata["kind"] = "FILE"
			return d.upload(t, metadata, unique(20))
		},
	}
	eleven := strings.Split("a b c d e f g h i j k", " ")
	for what, create := range makers {
		for name, metadata := range map[string]obj{
			"without a name":               {},
			"with an empty name":           {"name": ""},
			"with NUL in the name":         {"name": "a\x00b"},
			"with a name not a string":     {"name": 7},
			"with 11 labels":               {"name": "a", "labels": eleven},
			"with a label over 256":        {"name": "a", "labels": []string{strings.Repeat("l", 257)}},
			"with a description over 500":  {"name": "a", "description": strings.Repeat("d", 501)},
			"with labels not an array":     {"name": "a", "labels": "x"},
			"with labels not strings":      {"name": "a", "labels": []int{1}},
			"with a description of 1":      {"name": "a", "description": 1},
			"with a bad property key":      {"name": "a", "properties": obj{d.owner: obj{"a-b": "v"}}},
			"with a long property":         {"name": "a", "properties": obj{d.owner: obj{"k": strings.Repeat("v", 501)}}},
			"with parents not an array":    {"name": "a", "parents": "x"},
			"with a parent not a valid id": {"name": "a", "parents": []string{"x"}},
		} {
			t.Run("a "+what+" "+name+" is refused", func(t *testing.T) {
				if _, ok := metadata["parents"]; !ok {
					metadata["parents"] = []string{d.home}
				}
				create(t, metadata).refused(t, 400, anyCode, "")
			})
		}
		t.Run("a "+what+" in an unknown parent is refused", func(t *testing.T) {
			create(t, obj{"name": "a", "parents": []string{absentID()}}).refused(t, 400, "", "One of the parentId doesn't exists")
		})
		t.Run("a "+what+" in a file is refused", func(t *testing.T) {
			create(t, obj{"name": "a", "parents": []string{d.some(t, d.dir(t), "f").ID}}).refused(t, 400, anyCode, "")
		})
		t.Run("a "+what+" in a trashed folder is refused", func(t *testing.T) {
			parent := d.dir(t)
			d.trash(t, parent)
			create(t, obj{"name": "a", "parents": []string{parent}}).refused(t, 400, "", "A node cannot be added to trashed parent")
		})
		t.Run("a "+what+" below a trashed folder is refused", func(t *testing.T) {
			top := d.folder(t, d.dir(t), "top")
			parent := d.folder(t, top.ID, "below")
			d.trash(t, top.ID)
			create(t, obj{"name": "a", "parents": []string{parent.ID}}).refused(t, 400, "", "A node cannot be added to trashed parent")
		})
		t.Run("a "+what+" must fit into every parent", func(t *testing.T) {
			one, two := d.dir(t), d.dir(t)
			other := d.folder(t, two, "a")
			create(t, obj{"name": "A", "parents": []string{one, two}}).conflict(t, "a", two, other.ID)
			d.finds(t, "nodes/"+one+"/children", query())
		})
		t.Run("a "+what+" with the most labels and the longest texts is stored", func(t *testing.T) {
			n := create(t, obj{"name": "a", "parents": []string{d.dir(t)}, "labels": append(eleven[:9:9], strings.Repeat("l", 256)),
				"description": strings.Repeat("d", 500)}).want(t, 201).node(t)
			if got := d.get(t, n.ID); len(got.Labels) != 10 || len(got.Description) != 500 {
				t.Errorf("%d labels and %d bytes of description, want 10 and 500", len(got.Labels), len(got.Description))
			}
		})
	}
	t.Run("a name in invalid UTF-8 is refused", func(t *testing.T) {
		bad := `{"name":"caf` + "\xe9" + `","kind":"KIND","parents":["` + d.home + `"]}`
		d.meta(t, "POST", "nodes", text(strings.Replace(bad, "KIND", "FOLDER", 1))).refused(t, 400, anyCode, "")
		metadata := part{"Content-Disposition: form-data; name=\"metadata\"\r\n", []byte(strings.Replace(bad, "KIND", "FILE", 1))}
		d.uploadForm(t, form(metadata, contentPart(unique(20)))).refused(t, 400, anyCode, "")
	})
}

func createKinds(t *testing.T, d *drive) {
	for _, kind := range []string{"FILE", "ASSET", "nonsense", ""} {
		t.Run("the metadata service makes folders, not a "+kind, func(t *testing.T) {
			d.create(t, obj{"name": "a", "kind": kind, "parents": []string{d.home}}).refused(t, 400, anyCode, "")
		})
	}
	for _, kind := range []string{"FOLDER", "ASSET", "nonsense", ""} {
		t.Run("the content service makes files, not a "+kind, func(t *testing.T) {
			d.upload(t, obj{"name": "a", "kind": kind, "parents": []string{d.home}}, unique(20)).refused(t, 400, anyCode, "")
		})
	}
	t.Run("a kind is required", func(t *testing.T) {
		d.create(t, obj{"name": "a", "parents": []string{d.home}}).refused(t, 400, anyCode, "")
		d.upload(t, obj{"name": "a", "parents": []string{d.home}}, unique(20)).refused(t, 400, anyCode, "")
	})
	t.Run("an album needs the second resource version", func(t *testing.T) {
		d.create(t, obj{"name": "a", "kind": "VISUAL_COLLECTION"}).refused(t, 400, anyCode, "Invalid Kind VISUAL_COLLECTION")
		d.settled(t)
		d := d.fresh(t, Variant{Photos: true})
		album := d.create(t, obj{"name": "album", "kind": "VISUAL_COLLECTION", "resourceVersion": "V2", "ContentType": "JSON"}).want(t, 200, 201).node(t)
		if album.Kind != "VISUAL_COLLECTION" {
			t.Errorf("kind %q, want VISUAL_COLLECTION", album.Kind)
		}
	})
}
