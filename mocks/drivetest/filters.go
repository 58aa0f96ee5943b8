package drivetest

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// stamp returns a time in the form of the service.
func stamp(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

func filterFields(t *testing.T, d *drive) {
	parent, second := d.dir(t), d.dir(t)
	word := "w" + md5Hex(unique(20))
	a := d.create(t, obj{"name": word + "a", "kind": "FOLDER", "parents": []string{parent, second}, "labels": []string{"x" + word, "y" + word},
		"description": "d" + word}).want(t, 201).node(t).ID
	b := d.create(t, obj{"name": word + "b", "kind": "FOLDER", "parents": []string{parent}, "labels": []string{"x" + word}}).want(t, 201).node(t).ID
	content, absent := unique(50), absentID()
	f := d.file(t, parent, word+"c.txt", content).ID
	gone := d.folder(t, parent, word+"gone").ID
	d.trash(t, gone)
	for _, tt := range []struct {
		filter string
		want   []string
	}{
		{"parents:" + parent, []string{a, b, f}},
		{`parents:"` + parent + `"`, []string{a, b, f}},
		{"parentIds:" + second, []string{a}},
		{"parents:" + parent + " AND parents:" + second, []string{a}},
		{"parents:" + absent, nil},
		{"parents:" + parent + " AND kind:FOLDER", []string{a, b}},
		{"kind:FILE AND parents:" + parent, []string{f}},
		{"parents:" + parent + " AND status:AVAILABLE", []string{a, b, f}},
		{"parents:" + parent + " AND status:TRASH", []string{gone}},
		{"parents:" + parent + " AND status:TRASH AND kind:FILE", nil},
		{"name:" + word + "a", []string{a}},
		{"name:" + word + "zzz", nil},
		{"labels:x" + word, []string{a, b}},
		{"labels:x" + word + " AND labels:y" + word, []string{a}},
		{"labels:x" + word[:10], nil},
		{"description:d" + word, []string{a}},
		{"contentProperties.md5:" + md5Hex(content), []string{f}},
		{"parents:" + d.home + " AND isRoot:true", nil},
	} {
		t.Run("finds "+shorten(tt.filter, word, parent, second, absent, word[:10], md5Hex(content)), func(t *testing.T) {
			d.finds(t, "nodes", filters(tt.filter), tt.want...)
		})
	}
	t.Run("a group of labels must all be there", func(t *testing.T) {
		d.finds(t, "nodes", filters("labels:(x"+word+" AND y"+word+")"), a)
	})
	t.Run("filters narrow children and the trash too", func(t *testing.T) {
		d.finds(t, "nodes/"+parent+"/children", filters("kind:FILE"), f)
		d.finds(t, "nodes/"+parent+"/children", filters("name:"+word+"a"), a)
		d.finds(t, "trash", filters("name:"+word+"gone"), gone)
		d.finds(t, "trash", filters("kind:FILE AND name:"+word+"gone"))
	})
}

// shorten replaces the random parts of a subtest's name, so that the name is the same in every run.
func shorten(s string, parts ...string) string {
	for i, p := range parts {
		s = strings.ReplaceAll(s, p, string(rune('P'+i)))
	}
	return s
}

func filterNames(t *testing.T, d *drive) {
	parent := d.dir(t)
	sun := d.folder(t, parent, "Sun (1).txt").ID
	sunny := d.folder(t, parent, "sunny-day.txt").ID
	moon := d.folder(t, parent, "moon").ID
	star := d.folder(t, parent, "sun*").ID
	for _, tt := range []struct {
		value string
		want  []string
	}{
		{"moon", []string{moon}},
		{`"moon"`, []string{moon}},
		{`Sun\ \(1\).txt`, []string{sun}},
		{`"Sun\ \(1\).txt"`, []string{sun}},
		{`sunny\-day.txt`, []string{sunny}},
		{"sunny*", []string{sunny}},
		{"moo*", []string{moon}},
		{"unny*", nil},
		{`sun\*`, []string{star}},
	} {
		t.Run("name:"+tt.value, func(t *testing.T) {
			d.finds(t, "nodes", filters("parents:"+parent+" AND name:"+tt.value), tt.want...)
		})
	}
	t.Run("a name is found whatever its case", func(t *testing.T) {
		d.settled(t)
		d.finds(t, "nodes", filters("parents:"+parent+" AND name:MOON"), moon)
		d.finds(t, "nodes", filters("parents:"+parent+" AND name:SUN*"), sun, sunny, star)
	})
}

func filterDates(t *testing.T, d *drive) {
	parent := d.dir(t)
	var nodes []node
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		n := d.folder(t, parent, name)
		for try := 0; try < 1000 && len(nodes) > 0 && !n.Modified.After(nodes[len(nodes)-1].Modified); try++ { // the clock may be too coarse to distinguish the nodes
			if d.Advance != nil {
				d.Advance(time.Second)
			}
			n = d.patch(t, n.ID, obj{"description": name}).want(t, 200).node(t)
		}
		nodes = append(nodes, n)
	}
	lo, hi := nodes[1].Modified, nodes[3].Modified
	low, high := stamp(lo), stamp(hi)
	for _, tt := range []struct {
		value string
		holds func(at time.Time) bool
	}{
		{`{"` + low + `" TO *}`, func(at time.Time) bool { return at.After(lo) }},
		{`["` + low + `" TO *]`, func(at time.Time) bool { return !at.Before(lo) }},
		{`{"` + low + `" TO *]`, func(at time.Time) bool { return at.After(lo) }},
		{`{* TO "` + high + `"}`, func(at time.Time) bool { return at.Before(hi) }},
		{`{* TO "` + high + `"]`, func(at time.Time) bool { return !at.After(hi) }},
		{`["` + low + `" TO "` + high + `"]`, func(at time.Time) bool { return !at.Before(lo) && !at.After(hi) }},
		{`{"` + low + `" TO "` + high + `"}`, func(at time.Time) bool { return at.After(lo) && at.Before(hi) }},
		{`["` + low + `" TO "` + high + `"}`, func(at time.Time) bool { return !at.Before(lo) && at.Before(hi) }},
		{`"` + low + `"`, lo.Equal},
		{escape(low), lo.Equal},
	} {
		t.Run("modifiedDate:"+shorten(tt.value, low, high), func(t *testing.T) {
			var want []string
			for _, n := range nodes {
				if tt.holds(n.Modified) {
					want = append(want, n.ID)
				}
			}
			d.finds(t, "nodes", filters("parents:"+parent+" AND modifiedDate:"+tt.value), want...)
		})
	}
	t.Run("createdDate has ranges too", func(t *testing.T) {
		d.finds(t, "nodes", filters("parents:"+parent+` AND createdDate:{* TO "2001-02-03T04:05:06.789Z"]`))
		d.finds(t, "nodes", filters("parents:"+parent+` AND createdDate:["2001-02-03T04:05:06.789Z" TO *] AND name:a`), nodes[0].ID)
	})
}

func filterContent(t *testing.T, d *drive) {
	parent := d.dir(t)
	image := d.file(t, parent, "a.png", picture(t)).ID
	d.file(t, parent, "b.bin", unique(20))
	t.Run("a major content type is found by its prefix", func(t *testing.T) {
		d.settled(t)
		d.finds(t, "nodes", filters("parents:"+parent+" AND contentProperties.contentType:image*"), image)
		d.finds(t, "nodes", filters("parents:"+parent+" AND contentProperties.contentType:video*"))
	})
	t.Run("a content date is found", func(t *testing.T) {
		d.settled(t)
		metadata := fileIn(parent, "c.jpg")
		metadata["contentProperties"] = obj{"contentDate": "2016-04-30T18:22:01.000Z"}
		n := d.upload(t, metadata, unique(30)).want(t, 201).node(t)
		for _, value := range []string{`"2016-04-30T18:22:01.000Z"`, `["2016-04-30T00:00:00.000Z" TO "2016-05-01T00:00:00.000Z"]`, `{* TO "2016-04-30T18:22:01.000Z"]`} {
			d.finds(t, "nodes", filters("parents:"+parent+" AND contentProperties.contentDate:"+value), n.ID)
		}
		d.finds(t, "nodes", filters("parents:"+parent+` AND contentProperties.contentDate:{"2016-04-30T18:22:01.000Z" TO *}`))
	})
}

func filterEncoding(t *testing.T, d *drive) {
	parent := d.dir(t)
	n := d.folder(t, parent, "two words+more&c=é")
	expr := "parents:" + parent + " AND name:" + escape("two words+more&c=é")
	plus := url.QueryEscape(expr)
	for name, q := range map[string]string{"+": plus, "%20": strings.ReplaceAll(plus, "+", "%20")} {
		t.Run("a space may be sent as "+name, func(t *testing.T) {
			d.finds(t, "nodes", rawQuery("filters="+q), n.ID)
		})
	}
}

func filterRefusals(t *testing.T, d *drive) {
	for name, expr := range map[string]string{
		"an unknown field":                    "nonsense:x",
		"no field":                            "x",
		"no value":                            "name:",
		"a prefix of a kind":                  "kind:FI*",
		"a prefix of a status":                "status:AV*",
		"a prefix of a label":                 "labels:a*",
		"a prefix of a description":           "description:a*",
		"a prefix of a parent":                "parents:a*",
		"a prefix of an MD5":                  "contentProperties.md5:99d0*",
		"a range of names":                    `name:["a" TO "b"]`,
		"a range of kinds":                    `kind:["FILE" TO *]`,
		"a range of labels":                   `labels:["a" TO *]`,
		"a range of MD5s":                     `contentProperties.md5:["9" TO *]`,
		"an unescaped parenthesis":            "name:a(1).txt",
		"an unescaped space":                  "name:two words",
		"an unescaped star in the middle":     "name:a*b",
		"an unescaped quote in the middle":    `name:a"b`,
		"an unescaped colon":                  "name:a:b",
		"an unescaped bracket":                "name:a]",
		"an unbalanced quote":                 `name:"abc`,
		"an unbalanced bracket":               `createdDate:["2016-05-01T10:00:00.000Z" TO *`,
		"a range without an end":              `createdDate:["2016-05-01T10:00:00.000Z"]`,
		"a date that is none":                 `createdDate:["yesterday" TO *]`,
		"isRoot other than true":              "isRoot:false",
		"isRoot in capitals":                  "isRoot:TRUE",
		"AND at the end":                      "kind:FILE AND",
		"AND at the start":                    "AND kind:FILE",
		"AND twice":                           "kind:FILE AND AND status:TRASH",
		"clauses without AND":                 "kind:FILE status:TRASH",
		"a backslash at the end":              `name:a\`,
		"a quoted text followed by more text": `name:"a"b`,
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			for _, path := range []string{"nodes", "nodes/" + d.home + "/children", "trash"} {
				d.meta(t, "GET", path, filters(expr)).badFilter(t)
			}
		})
	}
}

func filterSpecials(t *testing.T, d *drive) {
	for _, special := range strings.Split(`& | ! ( ) { } [ ] ^ ' " ~ * ? :`, " ") {
		t.Run("an unescaped "+special+" is refused, an escaped one is a character", func(t *testing.T) {
			d.meta(t, "GET", "nodes", filters("name:a"+special+"b")).badFilter(t)
			d.finds(t, "nodes", filters("parents:"+d.home+` AND name:a\`+special+"b"))
		})
	}
}

func filterClauses(t *testing.T, d *drive) {
	parent := d.dir(t)
	n := d.folder(t, parent, "a")
	clauses := func(n int) option {
		return filters("parents:" + parent + strings.Repeat(" AND kind:FOLDER", n-1))
	}
	t.Run("eight clauses are accepted", func(t *testing.T) {
		d.finds(t, "nodes", clauses(8), n.ID)
	})
	t.Run("nine clauses are refused", func(t *testing.T) {
		d.meta(t, "GET", "nodes", clauses(9)).badFilter(t)
	})
}

func filterDialects(t *testing.T, d *drive) {
	groups := []string{"kind:(FILE OR FOLDER)", "(kind:FILE OR kind:FOLDER)", "kind:(FILE* OR FOLDER*)", "(kind:FILE) AND (status:AVAILABLE)", "kind:FILE OR kind:FOLDER"}
	for _, group := range groups {
		t.Run("the classic dialect has no "+group, func(t *testing.T) {
			d.settled(t)
			d.meta(t, "GET", "nodes", filters("parents:"+d.home+" AND "+group)).badFilter(t)
		})
	}
	t.Run("field names and and may be in any case", func(t *testing.T) {
		parent := d.dir(t)
		n := d.folder(t, parent, "a")
		d.finds(t, "nodes", filters("parents:"+parent+" and kind:FOLDER"), n.ID)
		d.finds(t, "nodes", filters("parents:"+parent+" AND Kind:FOLDER"), n.ID)
	})
	t.Run("unless the drive is strict", func(t *testing.T) {
		d := d.fresh(t, Variant{StrictFilters: true})
		d.finds(t, "nodes", filters("parents:"+d.home+" AND kind:FOLDER"))
		d.meta(t, "GET", "nodes", filters("parents:"+d.home+" and kind:FOLDER")).badFilter(t)
		d.meta(t, "GET", "nodes", filters("parents:"+d.home+" AND Kind:FOLDER")).badFilter(t)
	})
	t.Run("the photos dialect has groups and parentheses", func(t *testing.T) {
		d := d.fresh(t, Variant{Photos: true})
		file, folder, gone := d.some(t, d.home, "a"), d.folder(t, d.home, "b"), d.some(t, d.home, "c")
		d.trash(t, gone.ID)
		parents := "parents:" + d.home
		d.finds(t, "nodes", filters(parents+" AND kind:(FILE OR FOLDER)"), file.ID, folder.ID)
		d.finds(t, "nodes", filters("("+parents+") AND (kind:FILE)"), file.ID)
		d.finds(t, "trash", filters("kind:(FILE* OR FOLDER*) AND status:(TRASH*)"), gone.ID)
	})
}
