package drivetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// row makes n folders named f00, f01, ... and returns their ids in this order.
func (d *drive) row(t *testing.T, parent string, n int) []string {
	t.Helper()
	ids := make([]string, 0, n)
	for i := range n {
		ids = append(ids, d.folder(t, parent, fmt.Sprintf("f%02d", i)).ID)
	}
	return ids
}

func listShape(t *testing.T, d *drive) {
	t.Run("a list has the count and the data", func(t *testing.T) {
		parent := d.dir(t)
		n := d.some(t, parent, "a")
		d.finds(t, "nodes", filters("parents:"+parent), n.ID)
		r := d.meta(t, "GET", "nodes", filters("parents:"+parent)).want(t, 200).has(t, "count", "data")
		l := r.list(t)
		if l.Count != 1 || len(l.Data) != 1 || l.Data[0].Name != "a" || l.Data[0].ContentProperties == nil {
			t.Errorf("got %d of %d, want the one whole file: %s", len(l.Data), l.Count, r.body)
		}
	})
	t.Run("an empty list has empty data", func(t *testing.T) {
		fields := d.meta(t, "GET", "nodes", filters("parents:"+d.dir(t))).want(t, 200).fields(t)
		var data []json.RawMessage
		if err := json.Unmarshal(fields["data"], &data); err != nil || data == nil || len(data) != 0 || string(fields["count"]) != "0" {
			t.Errorf("count %s, data %s, want 0 and []", fields["count"], fields["data"])
		}
	})
	t.Run("a list without a status shows live nodes only", func(t *testing.T) {
		d.settled(t)
		parent := d.dir(t)
		a, b := d.some(t, parent, "a"), d.some(t, parent, "b")
		d.trash(t, b.ID)
		d.finds(t, "nodes", filters("parents:"+parent), a.ID)
		d.finds(t, "nodes", filters("parents:"+parent+" AND status:TRASH"), b.ID)
	})
}

func listLimits(t *testing.T, d *drive) {
	paths := []string{"nodes", "nodes/" + d.home + "/children", "trash"}
	for _, limit := range []string{"0", "-1", "201", "1000", "x", "1.5"} {
		t.Run("limit "+limit+" is refused", func(t *testing.T) {
			for _, path := range paths {
				r := d.meta(t, "GET", path, query("limit", limit))
				r.refused(t, 400, anyCode, "")
				if d.Fake {
					r.badFilter(t)
				}
			}
		})
	}
	t.Run("limits 1 and 200 are accepted", func(t *testing.T) {
		for _, path := range paths {
			for _, limit := range []string{"1", "200"} {
				l := d.meta(t, "GET", path, query("limit", limit)).want(t, 200).list(t)
				if n, _ := strconv.Atoi(limit); len(l.Data) > n {
					t.Errorf("%s: %d nodes for the limit %s", path, len(l.Data), limit)
				}
			}
		}
	})
	t.Run("a page holds 200 if nothing is said", func(t *testing.T) {
		if testing.Short() {
			t.Skip("makes 203 folders")
		}
		parent := d.dir(t)
		ids := d.row(t, parent, 203)
		d.finds(t, "nodes", filters("parents:"+parent), ids...)
		for _, path := range []string{"nodes", "nodes/" + parent + "/children"} {
			l := d.meta(t, "GET", path, filters("parents:"+parent)).want(t, 200).list(t)
			if len(l.Data) != 200 || l.Count != 203 || l.NextToken == "" {
				t.Errorf("%s: %d of %d, more %t, want 200 of 203 and more", path, len(l.Data), l.Count, l.NextToken != "")
			}
		}
	})
}

func paging(t *testing.T, d *drive) {
	parent := d.dir(t)
	ids := d.row(t, parent, 7)
	for path, filter := range map[string]string{"nodes": "parents:" + parent, "nodes/" + parent + "/children": "kind:FOLDER"} {
		t.Run("pages have every node once and the total: "+strings.Split(path, parent)[0], func(t *testing.T) {
			d.finds(t, path, filters(filter), ids...)
			for _, limit := range []int{1, 2, 3, 7, 200} {
				var got []string
				opts := []option{filters(filter), query("limit", strconv.Itoa(limit))}
				for page := 0; ; page++ {
					l := d.meta(t, "GET", path, opts...).want(t, 200).list(t)
					if l.Count != 7 {
						t.Errorf("limit %d, page %d: count %d, want the total 7", limit, page, l.Count)
					}
					if len(l.Data) > limit {
						t.Errorf("limit %d, page %d: %d nodes", limit, page, len(l.Data))
					}
					got = append(got, l.ids()...)
					if l.NextToken == "" || len(l.Data) == 0 || page > 10 {
						break
					}
					opts = append(opts[:2:2], query("startToken", l.NextToken))
				}
				if !sameSet(got, ids) {
					t.Errorf("limit %d: got %v, want %v", limit, got, ids)
				}
			}
		})
	}
	t.Run("trash is paged alike", func(t *testing.T) {
		parent := d.dir(t)
		ids := d.row(t, parent, 5)
		for _, id := range ids {
			d.trash(t, id)
		}
		d.finds(t, "trash", rawQuery("limit=2&filters=parents:"+parent), ids...)
	})
}

func pageTokens(t *testing.T, d *drive) {
	const message = "Next token is expired"
	// first returns the filter of a folder's listing and the token of its second page.
	first := func(t *testing.T, d *drive) (filter option, token string) {
		t.Helper()
		parent := d.dir(t)
		ids := d.row(t, parent, 3)
		filter = filters("parents:" + parent)
		d.finds(t, "nodes", filter, ids...)
		token = d.meta(t, "GET", "nodes", filter, query("limit", "2")).want(t, 200).list(t).NextToken
		if token == "" {
			t.Fatal("no token although there is another page")
		}
		return filter, token
	}
	t.Run("an unknown token is refused", func(t *testing.T) {
		for _, path := range []string{"nodes", "trash", "nodes/" + d.home + "/children"} {
			d.meta(t, "GET", path, query("startToken", "nonsense")).refused(t, 400, anyCode, message)
		}
	})
	t.Run("a token is bound to its query", func(t *testing.T) {
		d.settled(t)
		filter, token := first(t, d)
		next := query("limit", "2", "startToken", token)
		d.meta(t, "GET", "nodes", filters("parents:"+d.home), next).refused(t, 400, anyCode, message)
		d.meta(t, "GET", "nodes", next).refused(t, 400, anyCode, message)
		d.meta(t, "GET", "nodes", filter, next, query("sort", `["name DESC"]`)).refused(t, 400, anyCode, message)
		d.meta(t, "GET", "trash", filter, next).refused(t, 400, anyCode, message)
		if l := d.meta(t, "GET", "nodes", filter, next).want(t, 200).list(t); len(l.Data) != 1 {
			t.Errorf("the right query has %d more nodes, want 1", len(l.Data))
		}
	})
	t.Run("a token lives for ten minutes", func(t *testing.T) {
		d := d.later(t, Variant{})
		d.settled(t)
		filter, token := first(t, d)
		next := query("limit", "2", "startToken", token)
		d.Advance(9 * time.Minute)
		d.meta(t, "GET", "nodes", filter, next).want(t, 200)
		d.Advance(2 * time.Minute)
		d.meta(t, "GET", "nodes", filter, next).refused(t, 400, "", message)
	})
}

func sorting(t *testing.T, d *drive) {
	parent := d.dir(t)
	b := d.file(t, parent, "b.png", picture(t)).ID
	a := d.file(t, parent, "a.txt", unique(300)).ID
	c := d.file(t, parent, "c.zip", unique(20)).ID
	f := d.folder(t, parent, "d").ID
	files := "parents:" + parent + " AND kind:FILE"
	d.finds(t, "nodes", filters("parents:"+parent), a, b, c, f)
	for _, tt := range []struct {
		sort, filter string
		want         []string
	}{
		{`["name ASC"]`, files, []string{a, b, c}},
		{`["name DESC"]`, files, []string{c, b, a}},
		{`['name DESC']`, files, []string{c, b, a}},
		{`["contentProperties.size ASC"]`, files, []string{c, a, b}},
		{`["contentProperties.extension ASC"]`, files, []string{b, a, c}},
		{`["kind ASC", "name DESC"]`, "parents:" + parent, []string{c, b, a, f}},
		{`["kind DESC","name ASC"]`, "parents:" + parent, []string{f, a, b, c}},
	} {
		t.Run("sorted by "+tt.sort, func(t *testing.T) {
			for _, limit := range []string{"200", "1"} {
				var got []string
				for _, n := range d.all(t, "nodes", filters(tt.filter), query("sort", tt.sort, "limit", limit)) {
					got = append(got, n.ID)
				}
				if !slices.Equal(got, tt.want) {
					t.Errorf("limit %s: got %v, want %v", limit, got, tt.want)
				}
			}
		})
	}
	for _, field := range []string{"createdDate", "modifiedDate", "status", "contentProperties.contentType", "contentProperties.contentDate"} {
		t.Run("sortable: "+field, func(t *testing.T) {
			nodes := d.all(t, "nodes", filters(files), query("sort", `["`+field+` DESC"]`))
			if len(nodes) != 3 {
				t.Errorf("found %d files, want 3", len(nodes))
			}
			if field == "modifiedDate" && !slices.IsSortedFunc(nodes, func(x, y node) int { return y.Modified.Compare(x.Modified) }) {
				t.Errorf("not the latest first: %v", nodes)
			}
		})
	}
	for _, sort := range []string{
		`["labels ASC"]`, `["description ASC"]`, `["parents ASC"]`, `["isRoot ASC"]`, `["contentProperties.md5 ASC"]`, `["nonsense ASC"]`,
		`["name UP"]`, `["name"]`, `name ASC`, `["name ASC"`, `[name ASC]`,
	} {
		t.Run("sort refused: "+sort, func(t *testing.T) {
			d.meta(t, "GET", "nodes", filters(files), query("sort", sort)).badFilter(t)
		})
	}
}

func offsets(t *testing.T, d *drive) {
	v2 := query("resourceVersion", "V2", "ContentType", "JSON")
	t.Run("an offset skips nodes", func(t *testing.T) {
		d.settled(t)
		d := d.fresh(t, Variant{Photos: true})
		parent := d.dir(t)
		ids := d.row(t, parent, 5)
		l := d.meta(t, "GET", "nodes", v2, filters("parents:"+parent), query("sort", `['name ASC']`, "offset", "2", "limit", "2")).want(t, 200).list(t)
		if !slices.Equal(l.ids(), ids[2:4]) || l.Count != 5 {
			t.Errorf("got %v of %d, want %v of 5", l.ids(), l.Count, ids[2:4])
		}
	})
	t.Run("offset and limit together reach 9999 at most", func(t *testing.T) {
		d.settled(t)
		d := d.fresh(t, Variant{Photos: true})
		d.meta(t, "GET", "nodes", v2, query("offset", "9799", "limit", "200")).want(t, 200)
		d.meta(t, "GET", "nodes", v2, query("offset", "9800", "limit", "200")).refused(t, 400, anyCode, "Offset + limit cannot be greater than 9999")
	})
}

func listExtras(t *testing.T, d *drive) {
	t.Run("tempLink is added on request, to files only", func(t *testing.T) {
		parent := d.dir(t)
		file, folder := d.some(t, parent, "a"), d.folder(t, parent, "b")
		d.finds(t, "nodes", filters("parents:"+parent), file.ID, folder.ID)
		for _, asked := range []string{"true", "false", ""} {
			for _, n := range d.all(t, "nodes", filters("parents:"+parent), query("tempLink", asked)) {
				if has, want := n.TempLink != "", asked == "true" && n.Kind == "FILE"; has != want {
					t.Errorf("tempLink=%s: %s has a link: %t, want %t", asked, n.Kind, has, want)
				}
			}
		}
	})
	t.Run("asset selections are accepted", func(t *testing.T) {
		for _, asset := range []string{"ALL", "NONE", "MOBILE", "DESKTOP"} {
			d.meta(t, "GET", "nodes", filters("parents:"+d.home), query("asset", asset, "limit", "1")).want(t, 200)
			d.meta(t, "GET", "nodes/"+d.home, query("asset", asset)).want(t, 200)
		}
	})
}

func indexLag(t *testing.T, d *drive) {
	const lag = time.Minute
	t.Run("a lagging search misses a new node that ids and names know", func(t *testing.T) {
		d := d.later(t, Variant{IndexLag: lag})
		n := d.folder(t, d.home, "new")
		d.get(t, n.ID)
		d.finds(t, "nodes", filters("parents:"+d.home))
		d.finds(t, "nodes/"+d.home+"/children", query())
		d.create(t, folderIn(d.home, "new")).conflict(t, "new", d.home, n.ID)
		d.Advance(2 * lag)
		d.finds(t, "nodes", filters("parents:"+d.home), n.ID)
		d.finds(t, "nodes/"+d.home+"/children", query(), n.ID)
	})
	t.Run("a lagging search finds a moved node in its old place", func(t *testing.T) {
		d := d.later(t, Variant{IndexLag: lag})
		from, to := d.dir(t), d.dir(t)
		n := d.folder(t, from, "a")
		d.Advance(2 * lag)
		d.move(t, n.ID, from, to).want(t, 200)
		old := d.all(t, "nodes", filters("parents:"+from))
		if len(old) != 1 || old[0].ID != n.ID || slices.Contains(old[0].Parents, from) {
			t.Errorf("the old place has %v, want the moved node, which says that it is elsewhere", old)
		}
		d.Advance(2 * lag)
		d.finds(t, "nodes", filters("parents:"+from))
		d.finds(t, "nodes", filters("parents:"+to), n.ID)
	})
}
