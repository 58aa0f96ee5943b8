package mocks_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/mocks"
)

func seedFilters(t *testing.T, opts ...mocks.Option) (r *rig, dir string) {
	t.Helper()
	r = newRig(t, opts...)
	dir = r.mkdir("dir", r.drive.RootID())
	r.want(201, "POST", "nodes", `{"name":"sub","kind":"FOLDER","parents":["`+dir+`"],"labels":["x","y"]}`)
	r.mustUpload("sun (1).txt", dir, "one")
	id := r.mustUpload("Sunset.JPG", dir, "two")
	r.want(200, "PATCH", "nodes/"+id, `{"labels":["holiday","x"],"description":"evening light"}`)
	id = r.mustUpload("trashed.txt", dir, "three")
	r.want(200, "PUT", "trash/"+id, "")
	r.mustUpload("odd+-&|!{}[]^'\"~*?:\\name", dir, "four")
	return r, dir
}

// escape escapes every special character of a value, as a client must do.
func escape(s string) string {
	var b strings.Builder
	for _, c := range s {
		if strings.ContainsRune(`+-&|!(){}[]^'"~*?:\ `, c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

func TestFilters(t *testing.T) {
	r, dir := seedFilters(t)
	odd := "odd+-&|!{}[]^'\"~*?:\\name"
	for _, c := range []struct {
		filter string
		want   []string
	}{
		{"isRoot:true", []string{""}},
		{"kind:FOLDER AND isRoot:true", []string{""}},
		{`name:sun\ \(1\).txt`, []string{"sun (1).txt"}},
		{`name:"sun\ \(1\).txt"`, []string{"sun (1).txt"}},
		{`name:SUNSET.jpg`, []string{"Sunset.JPG"}},
		{`name:sun*`, []string{"sun (1).txt", "Sunset.JPG"}},
		{"name:" + escape(odd), []string{odd}},
		{`name:"` + escape(odd) + `"`, []string{odd}},
		{`parents:` + dir + ` AND name:sunset.jpg`, []string{"Sunset.JPG"}},
		{`parents:"` + dir + `" AND kind:FOLDER`, []string{"sub"}},
		{`parentIds:` + dir + ` AND labels:x`, []string{"sub", "Sunset.JPG"}},
		{`labels:(x AND y)`, []string{"sub"}},
		{`labels:x AND labels:holiday`, []string{"Sunset.JPG"}},
		{`description:evening\ light`, []string{"Sunset.JPG"}},
		{`status:TRASH`, []string{"trashed.txt"}},
		{`status:TRASH AND kind:FILE AND parents:` + dir, []string{"trashed.txt"}},
		{`parents:` + dir + ` AND name:trashed.txt`, nil},
		{`parents:` + dir + ` AND name:trashed.txt AND status:TRASH`, []string{"trashed.txt"}},
		{`status:AVAILABLE AND parents:` + dir + ` AND kind:FILE`, []string{"sun (1).txt", "Sunset.JPG", odd}},
		{`contentProperties.contentType:image*`, []string{"Sunset.JPG"}},
		{`contentProperties.md5:f97c5d29941bfb1b2fdab0874906ab82`, []string{"sun (1).txt"}},
		{`contentProperties.md5:00000000000000000000000000000000`, nil},
		{`Kind:FOLDER and name:sub`, []string{"sub"}},
		{`createdDate:{"2000-01-01T00:00:00.000Z" TO *} AND name:sub`, []string{"sub"}},
		{`createdDate:{* TO "2000-01-01T00:00:00.000Z"]`, nil},
		{`modifiedDate:["2000-01-01T00:00:00.000Z" TO "2100-01-01T00:00:00Z"} AND kind:FOLDER AND name:sub`, []string{"sub"}},
		{`modifiedDate:{"2000-01-01T00:00:00.000Z" TO *] AND name:sub`, []string{"sub"}},
		{`parents:unknown`, nil},
	} {
		got := r.names("nodes", url.Values{"filters": {c.filter}})
		slices.Sort(got)
		slices.Sort(c.want)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.filter, diff)
		}
	}
}

func TestFilterRefused(t *testing.T) {
	r, _ := seedFilters(t)
	for _, f := range []string{
		"nonsense", "color:red", "name:", "name:a b", "name:a(b", "name:a-b", `name:"a b"`, `name:"open`, "name:a AND", "name:a AND ", "name:a OR name:b",
		"name:*", "name:a*b", `name:a\b`, "isRoot:false", "isRoot:True", "kind:(FILE OR FOLDER)", "(kind:FILE OR kind:FOLDER)", "(kind:FILE)", "kind:FIL*",
		"contentProperties.size:5", "contentProperties.extension:txt", "contentProperties.contentType:image", "contentProperties.contentType:image/jp*",
		`name:["a" TO "b"]`, `createdDate:["2000-01-01T00:00:00Z" TO *`, `createdDate:[2000 TO *]`, `createdDate:["x" TO *]`, "createdDate:yesterday",
		"labels:(a OR b)", "labels:(a", "contentProperties.md5:abc*", strings.Repeat("name:a AND ", 8) + "name:a",
	} {
		res := r.meta("GET", "nodes?filters="+url.QueryEscape(f), "")
		if m, _ := res.json(t)["message"].(string); res.status != 400 || !strings.HasPrefix(m, "Invalid filter: ") {
			t.Errorf("%s: %d %s", f, res.status, res.body)
		}
	}
	r.want(200, "GET", "nodes?filters="+url.QueryEscape(strings.Repeat("name:a AND ", 7)+"name:a"), "")
	for _, q := range []string{
		"limit=0", "limit=201", "limit=x", "sort=name", `sort=["name"]`, `sort=["labels+ASC"]`, `sort=["name+up"]`, "sort=[name+ASC]", "startToken=x",
		"offset=9900&limit=100", "offset=-1", "asset=SOME",
	} {
		r.want(400, "GET", "nodes?"+q, "")
	}
}

func TestStrictFilters(t *testing.T) {
	r, _ := seedFilters(t, mocks.WithStrictFilters())
	r.want(400, "GET", "nodes?filters=Kind:FOLDER", "")
	r.want(400, "GET", "nodes?filters=kind:FOLDER+and+name:sub", "")
	r.want(200, "GET", "nodes?filters=kind:FOLDER+AND+name:sub", "")
}

func TestPhotosFilters(t *testing.T) {
	r, _ := seedFilters(t, mocks.WithPhotos())
	for filter, want := range map[string]int{
		"kind:(FILE* OR FOLDER*) AND status:(TRASH*)": 1,
		"kind:(FILE OR FOLDER) AND name:s*":           3,
		"(kind:FILE) AND (name:s*)":                   2,
		"(kind:FILE AND name:s*)":                     -1,
		"kind:(FILE AND FOLDER OR FILE)":              -1,
	} {
		res := r.meta("GET", "nodes?filters="+url.QueryEscape(filter), "")
		if want < 0 {
			if res.status != 400 {
				t.Errorf("%s: %d", filter, res.status)
			}
		} else if res.status != 200 || res.json(t)["count"] != float64(want) {
			t.Errorf("%s: want %d: %s", filter, want, res.body)
		}
	}
}

func TestSort(t *testing.T) {
	r := newRig(t)
	root := r.drive.RootID()
	for _, f := range [][2]string{{"b.txt", "22"}, {"A.jpg", "333"}, {"c", "1"}} {
		r.mustUpload(f[0], root, f[1])
	}
	for sort, want := range map[string][]string{
		`["name ASC"]`:                                       {"A.jpg", "b.txt", "c"},
		`["name DESC"]`:                                      {"c", "b.txt", "A.jpg"},
		`["contentProperties.size ASC"]`:                     {"c", "b.txt", "A.jpg"},
		`["kind ASC","contentProperties.size DESC"]`:         {"A.jpg", "b.txt", "c"},
		`["contentProperties.extension DESC", "name DESC"]`:  {"b.txt", "A.jpg", "c"},
		`['contentProperties.contentType ASC', 'name DESC']`: {"c", "A.jpg", "b.txt"},
		`["createdDate ASC"]`:                                {"b.txt", "A.jpg", "c"},
	} {
		if diff := cmp.Diff(want, r.names("nodes", url.Values{"filters": {"kind:FILE"}, "sort": {sort}, "limit": {"2"}})); diff != "" {
			t.Errorf("%s: %s", sort, diff)
		}
	}
}
