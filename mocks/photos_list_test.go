package mocks_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/mocks"
)

// Whatever the method, a node that Photos has made is found only with resourceVersion=V2.
func TestV2IsStrict(t *testing.T) {
	b := newBrowser(t)
	id := b.write("p.jpg", mocks.Photo{})
	classic, err := b.drive.WriteFile("classic.txt", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	for call, body := range map[string]string{
		"GET nodes/" + id:                         "",
		"PATCH nodes/" + id:                       `{"name":"q.jpg"}`,
		"PUT trash/" + id:                         "",
		"GET nodes/" + id + "/contentRedirection": "",
		"GET nodes/" + id + "/children":           "",
		"DELETE nodes/" + id:                      "",
	} {
		method, path, _ := strings.Cut(call, " ")
		got := b.wants(404, method, wwwDE+path, body)
		if got["code"] != "NODE_NOT_FOUND" || !strings.HasSuffix(got["message"].(string), "for ResourceVersion V1") {
			t.Errorf("%s: %v", call, got)
		}
	}
	b.wants(200, "PATCH", wwwDE+"nodes/"+id, `{"name":"q.jpg","resourceVersion":"V2","ContentType":"JSON"}`)
	b.wants(200, "PATCH", wwwDE+"nodes/"+id+"?"+v2, `{"settings":{"favorite":true}}`)
	b.wants(200, "GET", wwwDE+"nodes/"+classic, "")
	if got := b.wants(400, "POST", wwwDE+"nodes", `{"name":"a","kind":"VISUAL_COLLECTION"}`); got["message"] != "Invalid Kind VISUAL_COLLECTION" {
		t.Errorf("%v", got)
	}
	folder := b.wants(201, "POST", wwwDE+"nodes", `{"name":"f","kind":"FOLDER"}`)["id"].(string)
	b.wants(404, "GET", wwwDE+"nodes/"+folder, "")
	if got := b.wants(200, "GET", wwwDE+"nodes", ""); got["count"] != 2.0 {
		t.Errorf("V1 lists %v nodes, want the root and the classic one", got["count"])
	}
	if got := b.wants(200, "GET", wwwDE+"nodes?"+v2, ""); got["count"] != 4.0 {
		t.Errorf("V2 lists %v nodes, want 4", got["count"])
	}
}

// Only some sets of parameters give a token of the next page.
func TestTokensDependOnParameters(t *testing.T) {
	b := newBrowser(t)
	lib := b.seed(450)
	for path, want := range map[string]bool{
		"nodes?filters=kind:FILE&tempLink=false":           true,
		"nodes?filters=kind:FILE":                          false,
		"nodes?filters=kind:FILE&tempLink=false&asset=ALL": false,
		"nodes?tempLink=true":                              false,
		"nodes/{album}/children?asset=ALL&tempLink=true":   true,
		"nodes/{album}/children?asset=ALL&tempLink=false":  false,
		"nodes/{album}/children?sort=":                     false,
		"search?filters=type:(PHOTOS)":                     false,
		"trash?filters=status:(TRASH*)":                    false,
	} {
		path = strings.ReplaceAll(path, "{album}", lib.Albums[0])
		got := b.wants(200, "GET", wwwDE+path+"&"+v2+"&limit=3", "")
		if (got["nextToken"] != nil) != want {
			t.Errorf("%s: token %v, want %t", path, got["nextToken"], want)
		}
	}
}

// walk reads a listing by offset until a page is empty, as programs do. It returns how often each
// id came, and the count of each page.
func (b *browser) walk(path string) (seen map[string]int, counts []int) {
	b.t.Helper()
	seen = map[string]int{}
	for offset := 0; ; offset += 200 {
		page := b.wants(200, "GET", fmt.Sprintf("%s%s&%s&limit=200&offset=%d", wwwDE, path, v2, offset), "")
		counts = append(counts, int(page["count"].(float64)))
		nodes := data(page)
		if len(nodes) == 0 {
			return seen, counts
		}
		for _, n := range nodes {
			seen[n["id"].(string)]++
		}
	}
}

// A listing ends at offset 9999. A search does not.
func TestTheEndOfListings(t *testing.T) {
	b := newBrowser(t)
	lib := b.seed(10_500)
	for path, status := range map[string]int{
		"nodes?filters=kind:FILE&offset=9799&limit=200":                200,
		"nodes?filters=kind:FILE&offset=9800&limit=200":                400,
		"trash?offset=9990&limit=10":                                   400,
		"nodes/" + b.drive.RootID() + "/children?offset=9990&limit=10": 400,
		"search?offset=9990&limit=200":                                 200,
	} {
		got := b.wants(status, "GET", wwwDE+path+"&"+v2, "")
		if status == 400 && got["message"] != "Offset + limit cannot be greater than 9999" {
			t.Errorf("%s: %v", path, got)
		}
	}
	seen, _ := b.walk("search?filters=" + url.QueryEscape("type:(PHOTOS OR VIDEOS) AND settings.hidden:(true OR false)"))
	if len(seen) != lib.Files {
		t.Errorf("the search finds %d files, want %d", len(seen), lib.Files)
	}
}

func TestFirstPageTwice(t *testing.T) {
	b := newBrowser(t, mocks.WithRepeatedFirstPage())
	lib := b.seed(450)
	seen, _ := b.walk("nodes?filters=kind:FILE")
	twice := 0
	for _, n := range seen {
		if n == 2 {
			twice++
		}
	}
	if len(seen) != lib.Files || twice != 200 {
		t.Errorf("%d nodes, %d of them twice, want %d and 200", len(seen), twice, lib.Files)
	}
}

func TestCountDrifts(t *testing.T) {
	b := newBrowser(t, mocks.WithDriftingCount())
	b.seed(900)
	_, counts := b.walk("nodes?filters=kind:FILE")
	if want := []int{900, 901, 899, 900, 900, 900}; !slices.Equal(counts, want) {
		t.Errorf("%v, want %v", counts, want)
	}
}

func TestSearchFilters(t *testing.T) {
	b := newBrowser(t)
	at := func(month int) string { return fmt.Sprintf("2023-%02d-05T00:00:00.000Z", month) }
	up := func(i int) time.Time { return time.Date(2024, 1, i, 0, 0, 0, 0, time.UTC) }
	ids := map[string]string{}
	for i, p := range []struct {
		name string
		mocks.Photo
	}{
		{"a.jpg", mocks.Photo{ContentDate: at(1), Favorite: true, People: []string{"ann"}, Location: "CAN#BC#Port Moody"}},
		{"b.mp4", mocks.Photo{ContentDate: at(2), People: []string{"ann", "bob"}}},
		{"c.heic", mocks.Photo{ContentDate: "2023-03-05T23:59:59", Things: []string{"dog"}}}, // without a time zone
		{"d.jpg", mocks.Photo{Hidden: true, ContentDate: at(1)}},
		{"e.dng", mocks.Photo{}}, // without a date; the date of the upload counts
		{"f.jpg", mocks.Photo{ContentDate: at(1), OwnerID: "A1", Group: "family"}},
		{"g.jpg", mocks.Photo{ContentDate: at(1), OwnerID: "A2", Group: "g1"}},
		{"h.txt", mocks.Photo{}},
	} {
		p.Uploaded = up(i + 1)
		ids[p.name] = b.write(p.name, p.Photo)
	}
	if _, err := b.drive.WriteAlbum(mocks.Album{Name: "album"}, ids["a.jpg"]); err != nil {
		t.Fatal(err)
	}
	for filter, want := range map[string][]string{
		"type:(PHOTOS OR VIDEOS)":                             {"a.jpg", "b.mp4", "c.heic", "e.dng"},
		"type:(PHOTOS)":                                       {"a.jpg", "c.heic", "e.dng"},
		"type:(VIDEOS)":                                       {"b.mp4"},
		"type:(ALBUMS)":                                       {"album"},
		"type:(PHOTOS) AND timeYear:(2023)":                   {"a.jpg", "c.heic"},
		"timeYear:(2023) AND timeMonth:(2 OR 3)":              {"b.mp4", "c.heic"},
		"timeDay:(5) AND type:(PHOTOS)":                       {"a.jpg", "c.heic", "e.dng"},
		"timeYear:(2024) AND type:(PHOTOS)":                   {"e.dng"},
		"favorite:(true)":                                     {"a.jpg"},
		"settings.hidden:true":                                {"d.jpg"},
		"settings.hidden:(true OR false) AND extension:(jpg)": {"a.jpg", "d.jpg"},
		"settings.hidden:false AND extension:(jpg OR dng)":    {"a.jpg", "e.dng"},
		"people:(ann)":                                        {"a.jpg", "b.mp4"},
		"people:(bob OR nobody)":                              {"b.mp4"},
		"things:(dog)":                                        {"c.heic"},
		"location:(CAN#BC#Port Moody)":                        {"a.jpg"},
		"":                                                    {"a.jpg", "b.mp4", "c.heic", "e.dng", "h.txt"},
		"extension:(txt)":                                     {"h.txt"},
		"type:(PHOTOS) AND people:(ann) AND favorite:(false)": nil,
	} {
		if diff := cmp.Diff(want, b.found(filter)); diff != "" {
			t.Errorf("%s: %s", filter, diff)
		}
	}
	for context, want := range map[string][]string{
		"customer": {"a.jpg", "c.heic", "e.dng"}, "family": {"a.jpg", "c.heic", "e.dng", "f.jpg"},
		"groups": {"g.jpg"}, "all": {"a.jpg", "c.heic", "e.dng", "f.jpg", "g.jpg"}, "unknown": {"a.jpg", "c.heic", "e.dng"},
	} {
		if diff := cmp.Diff(want, b.found("type:(PHOTOS)", "searchContext", context)); diff != "" {
			t.Errorf("%s: %s", context, diff)
		}
	}
	if diff := cmp.Diff([]string{"e.dng", "c.heic", "a.jpg"}, b.found("type:(PHOTOS)", "sort", "['createdDate DESC']")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"c.heic", "a.jpg", "e.dng"}, b.found("type:(PHOTOS)", "sort", "['contentProperties.contentDate DESC']")); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{"filters=kind:FILE", "filters=type:(PHOTOS", "filters=type:", "searchContext=nobody", "groupByForTime=week", "limit=201"} {
		b.wants(400, "GET", wwwDE+"search?"+v2+"&"+bad, "")
	}
}

func TestAggregations(t *testing.T) {
	b := newBrowser(t)
	b.write("a.jpg", mocks.Photo{ContentDate: "2023-01-05T00:00:00.000Z", People: []string{"ann"}, Things: []string{"dog"}})
	b.write("b.mp4", mocks.Photo{ContentDate: "2023-02-05T00:00:00.000Z", People: []string{"ann", "bob"}})
	b.write("c.jpg", mocks.Photo{ContentDate: "2024-02-05T00:00:00.000Z", Hidden: true})
	values := func(page map[string]any, category string) map[string]float64 {
		out := map[string]float64{}
		for _, v := range page["aggregations"].(map[string]any)[category].([]any) {
			one := v.(map[string]any)
			out[one["value"].(string)] = one["count"].(float64)
		}
		return out
	}
	page := b.wants(200, "GET", wwwDE+"search?"+v2+"&limit=1&groupByForTime=month", "")
	for category, want := range map[string]map[string]float64{
		"people": {"ann": 2, "bob": 1}, "things": {"dog": 1}, "type": {"PHOTOS": 1, "VIDEOS": 1},
		"time": {"2023-01": 1, "2023-02": 1}, "favorite": {"false": 2}, "location": {},
	} {
		if diff := cmp.Diff(want, values(page, category)); diff != "" {
			t.Errorf("%s: %s", category, diff)
		}
	}
	alone := b.wants(200, "GET", wwwDE+"search/aggregation?category=people&"+v2, "")
	if diff := cmp.Diff(map[string]float64{"ann": 2, "bob": 1}, values(alone, "people")); diff != "" || len(alone["aggregations"].(map[string]any)) != 1 {
		t.Errorf("%v", alone)
	}
	if all := b.wants(200, "GET", wwwDE+"search/aggregation?category=all&"+v2, ""); len(all["aggregations"].(map[string]any)) != 8 {
		t.Errorf("%v", all)
	}
	b.wants(400, "GET", wwwDE+"search/aggregation?category=shoes&"+v2, "")
}

// A search finds a new node later than a listing does.
func TestSearchLag(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b := newBrowser(t, mocks.WithClock(func() time.Time { return now }), mocks.WithSearchLag(time.Minute))
	b.write("old.jpg", mocks.Photo{})
	b.wants(201, "POST", contentEU+"nodes?name=new.jpg&kind=FILE&"+v2, "new")
	if got := b.found("type:(PHOTOS)"); len(got) != 1 {
		t.Errorf("%v", got)
	}
	if got := b.wants(200, "GET", wwwDE+"nodes?filters=kind:FILE&"+v2, ""); got["count"] != 2.0 {
		t.Errorf("listed: %v", got["count"])
	}
	now = now.Add(time.Minute)
	if got := b.found("type:(PHOTOS)"); len(got) != 2 {
		t.Errorf("a minute later: %v", got)
	}
}

// A search result that was kept must not be used after the drive has changed.
func TestSearchSeesChanges(t *testing.T) {
	b := newBrowser(t)
	id := b.write("a.jpg", mocks.Photo{})
	for _, step := range []struct {
		body string
		want int
	}{{`{"settings":{"favorite":true}}`, 1}, {`{"settings":{"favorite":false}}`, 0}, {`{"settings":{"favorite":true}}`, 1}} {
		b.wants(200, "PATCH", wwwDE+"nodes/"+id+"?"+v2, step.body)
		if got := b.found("favorite:(true)"); len(got) != step.want {
			t.Errorf("after %s: %v", step.body, got)
		}
	}
	b.wants(200, "PUT", wwwDE+"trash/"+id+"?"+v2, "")
	if got := b.found("favorite:(true)"); len(got) != 0 {
		t.Errorf("from the trash: %v", got)
	}
}

// Clients of Photos put names with spaces into quotes, and list the trash with prefixes.
func TestPhotosFilterForms(t *testing.T) {
	b := newBrowser(t)
	folder, err := b.drive.Mkdir("Web Photos (2)")
	if err != nil {
		t.Fatal(err)
	}
	trashed := b.write("p.jpg", mocks.Photo{})
	b.wants(200, "PUT", wwwDE+"trash/"+trashed+"?"+v2, "")
	for address, id := range map[string]string{
		"nodes?filters=" + url.QueryEscape(`kind:FOLDER AND name:"Web Photos (2)"`):             folder,
		"trash?filters=" + url.QueryEscape(`kind:(FILE* OR FOLDER*) AND status:(TRASH*)`):       trashed,
		"nodes?filters=" + url.QueryEscape(`(kind:FOLDER) AND (parents:`+b.drive.RootID()+`)`):  folder,
		"nodes?asset=VIDEO&filters=" + url.QueryEscape(`kind:FOLDER AND name:"Web Photos (2)"`): folder,
	} {
		if got := data(b.wants(200, "GET", wwwDE+address+"&"+v2, "")); len(got) != 1 || got[0]["id"] != id {
			t.Errorf("%s: %v", address, got)
		}
	}
}
