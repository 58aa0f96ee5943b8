package foreignphotos

import (
	"slices"
	"testing"
)

// Without V2, a request cannot see anything that Photos made.
func TestWithoutV2AllIsRefused(t *testing.T) {
	s, b := open(t)
	id := s.AddMedia("a.jpg", "bytes", nil)
	for _, path := range []string{"nodes", "nodes/" + id, "nodes/" + id + "/children", "search", "trash", "nodes/" + id + "/contentRedirection"} {
		b.get(path, "resourceVersion=-").want(t, 404, "NODE_NOT_FOUND")
	}
	b.call("POST", "nodes", "resourceVersion=-", `{"kind":"VISUAL_COLLECTION","name":"x"}`).want(t, 400, "Invalid Kind VISUAL_COLLECTION")
	b.call("POST", "nodes", "resourceVersion=-", `{"kind":"VISUAL_COLLECTION","name":"x","resourceVersion":"V2"}`).want(t, 201, "")
	b.call("PATCH", "nodes/"+id, "resourceVersion=-", `{"settings":{"favorite":true}}`).want(t, 404, "V1")
	content := "https://content-eu.drive.amazonaws.com/cdproxy/nodes"
	b.do(b.request("GET", content+"/"+id+"/content", "")).want(t, 404, "V1")
	b.do(b.request("POST", content+"?kind=FILE&name=b.jpg&parentNodeId="+s.Web(), "b")).want(t, 404, "V1")
	b.get("changes", "").want(t, 404, "<UnknownOperationException/>")
	b.call("DELETE", "search", "", "").want(t, 405, "")
}

// The usual parameters give no token, and offsets end at 9999. Filters by date reach the other
// nodes.
func TestLargeLibrary(t *testing.T) {
	s, b := open(t)
	ids := s.AddMany(10500)
	usual := filters("kind:FILE")
	first := b.get("nodes", usual+"&limit=200")
	if first.count() != 10500 || len(first.nodes(t)) != 200 || first.json["nextToken"] != nil {
		t.Fatalf("first page: count %d, %d nodes, token %v", first.count(), len(first.nodes(t)), first.json["nextToken"])
	}
	b.get("nodes", usual+"&limit=200&offset=9799").want(t, 200, "")
	b.get("nodes", usual+"&limit=200&offset=9800").want(t, 400, "Offset + limit cannot be greater than 9999")
	b.get("nodes/"+s.Web()+"/children", "limit=1&offset=9999").want(t, 400, "9999")
	b.get("trash", "limit=200&offset=9800").want(t, 400, "9999")

	var parts []string
	for _, dates := range []string{`{* TO "2014-01-01T00:00:00.000Z"}`, `["2014-01-01T00:00:00.000Z" TO *]`} {
		parts = append(parts, b.all("nodes", filters("kind:FILE AND contentProperties.contentDate:"+dates))...)
	}
	if len(parts) != 10500 || distinct(parts) != 10500 {
		t.Errorf("by dates: %d nodes, %d different ones", len(parts), distinct(parts))
	}
	found := b.all("search", filters("type:(PHOTOS OR VIDEOS)")+"&sort=%5B%27createdDate+DESC%27%5D")
	slices.Reverse(found)
	if !slices.Equal(found, ids) {
		t.Errorf("search: %d nodes of %d, or in another order", len(found), len(ids))
	}
	if videos := b.all("search", filters("type:(VIDEOS)")); len(videos) != 1050 {
		t.Errorf("%d videos", len(videos))
	}

	token, n := "", 0
	for page := b.get("nodes", usual+"&asset=-"); ; page = b.get("nodes", usual+"&asset=-&startToken="+token) {
		n += len(page.nodes(t))
		if token, _ = page.json["nextToken"].(string); token == "" {
			break
		}
	}
	if n != 10500 {
		t.Errorf("by token: %d nodes", n)
	}
}

func TestTokensBelongToTheirParameters(t *testing.T) {
	s, b := open(t)
	s.AddMany(300)
	children := "nodes/" + s.Web() + "/children"
	if b.get(children, "").json["nextToken"] != nil {
		t.Error("children give a token for the usual parameters")
	}
	token, _ := b.get(children, "tempLink=true").json["nextToken"].(string)
	if got := len(b.get(children, "tempLink=true&startToken="+token).nodes(t)); got != 100 {
		t.Errorf("%d nodes in the second page", got)
	}
	b.get(children, "tempLink=true&limit=50&startToken="+token).want(t, 400, "Next token is expired")
	b.get(children, "limit=201").want(t, 400, "validation")
	b.get(children, "offset=-1").want(t, 400, "validation")

	s, b = open(t, WithTokens(TokensAlways))
	s.AddMany(300)
	if b.get("nodes", "").json["nextToken"] == nil {
		t.Error("no token")
	}
	s, b = open(t, WithTokens(TokensNever))
	s.AddMany(300)
	if b.get("nodes", filters("kind:FILE")+"&asset=-").json["nextToken"] != nil {
		t.Error("a token")
	}
}

func TestUnkindListings(t *testing.T) {
	for name, tc := range map[string]struct {
		opt      Option
		sent     int
		count    int
		distinct int
	}{
		"first page twice": {WithFirstPageTwice(), 650, 450, 450},
		"duplicates":       {WithDuplicates(), 459, 450, 450},
		"short pages":      {WithShortPages(70), 450, 450, 450},
		"count drifts":     {WithCountDrift(func(call int) int { return -call }), 450, 449, 450},
	} {
		t.Run(name, func(t *testing.T) {
			s, b := open(t, tc.opt)
			s.AddMany(450)
			count := b.get("nodes", filters("kind:FILE")).count()
			ids := b.all("nodes", filters("kind:FILE"))
			if count != tc.count || len(ids) != tc.sent || distinct(ids) != tc.distinct {
				t.Errorf("count %d, %d nodes, %d different ones", count, len(ids), distinct(ids))
			}
		})
	}
	s, b := open(t, WithOffsetIgnored())
	s.AddMany(300)
	if !slices.Equal(b.get("nodes", "offset=200").ids(t), b.get("nodes", "").ids(t)) {
		t.Error("the offset counts")
	}
	s, b = open(t, WithFirstPageTwice())
	s.AddMany(300)
	if !slices.Equal(b.get("search", "offset=200").ids(t), b.get("search", "").ids(t)) {
		t.Error("the second page is not the first one")
	}
}

func TestFiltersOfNodes(t *testing.T) {
	s, b := open(t)
	plain := s.AddMedia("Web Photos.jpg", "one", nil)
	video := s.AddMedia("b (1).mp4", "two", Doc{"contentProperties.contentDate": "2021-02-03T04:05:06.000Z"})
	undated := s.AddMedia("c.heic", "three", Doc{"contentProperties.contentDate": ""})
	album := s.AddAlbum("Summer")
	for filter, want := range map[string][]string{
		`name:"Web Photos.jpg"`: {plain},
		`name:b\ \(1\).mp4`:     {video},
		`name:Web*`:             {s.Web(), plain},
		`kind:FILE AND contentProperties.contentType:video*`:                   {video},
		`(kind:FILE) AND (contentProperties.extension:heic)`:                   {undated},
		`kind:(VISUAL_COLLECTION OR ASSET) AND status:AVAILABLE`:               {album},
		`contentProperties.contentDate:["2021-02-03T04:05:06.000Z" TO *]`:      {video},
		`contentProperties.contentDate:{"2021-02-03T04:05:06.000Z" TO *}`:      nil,
		`contentProperties.contentDate:["2020-01-01T00\:00\:00.000Z" TO *]`:    {plain, video},
		`contentProperties.md5:` + text(s.Doc(video), "contentProperties.md5"): {video},
		`parents:` + s.Web(): {plain, video, undated},
		`isRoot:true`:        {s.Root()},
	} {
		if got := b.get("nodes", filters(filter)).ids(t); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", filter, got, want)
		}
	}
	for _, filter := range []string{`name:Web Photos.jpg`, `name:"Web`, `nonsense:1`, `kind:FILE and name:x`, `kind:(FILE`, `createdDate:[2020 TO *]`,
		`createdDate:["x" TO *]`, `kind:[ "a" TO "b" ]`, `kind:`, `kind:FILE AND `, `labels:x*`, `kind:(FILE OR ASSET AND FOLDER)`, `name:a:b`} {
		b.get("nodes", filters(filter)).want(t, 400, "Invalid filter")
	}
	b.get("nodes", "sort=createdDate").want(t, 400, "Invalid sort")
	if got := b.get("nodes", filters("kind:FILE")+`&sort=["contentProperties.contentDate DESC"]`).ids(t); !slices.Equal(got, []string{video, plain, undated}) {
		t.Errorf("sorted: %v", got)
	}
}

func TestSearch(t *testing.T) {
	s, b := open(t, WithHiddenLeftOut(), WithIndexLag(2))
	cat := s.AddMedia("cat.jpg", "cat", Doc{"settings.favorite": true})
	dog := s.AddMedia("dog.mp4", "dog", Doc{"contentProperties.contentDate": "2018-12-31T23:59:59.000Z"})
	hidden := s.AddMedia("secret.png", "secret", Doc{"settings.hidden": true})
	album := s.AddAlbum("Summer", cat)
	_, theirs := s.AddSharedAlbum("A2OTHER", "Theirs", "not mine")
	s.Tag(cat, "things", "cat", "sofa")
	s.Tag(cat, "location", "USA#NY#New York")
	s.Tag(dog, "people", "cluster-1")
	for filter, want := range map[string][]string{
		"type:(PHOTOS OR VIDEOS)":                  {cat, dog},
		"type:(ALBUMS)":                            {album},
		"type:(VIDEOS) AND timeYear:(2018)":        {dog},
		"timeMonth:(5) AND timeDay:(17)":           {cat},
		"things:(cat AND sofa)":                    {cat},
		"things:(cat AND dog)":                     nil,
		"location:(USA#NY#New York)":               {cat},
		"people:(cluster-1)":                       {dog},
		"favorite:(true)":                          {cat},
		"settings.hidden:true":                     {hidden},
		"extension:(png) AND settings.hidden:true": {hidden},
	} {
		if got := b.get("search", filters(filter)).ids(t); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", filter, got, want)
		}
	}
	b.get("search", filters("kind:FILE")).want(t, 400, "Invalid filter")
	b.get("search", "searchContext=everybody").want(t, 400, "searchContext")
	b.get("search", "limit=201").want(t, 400, "validation")
	b.get("search", "").want(t, 200, `"aggregations"`)
	b.get("search/aggregation", "category=things").want(t, 200, `{"count":1,"value":"sofa"}`)
	if got := b.get("search", filters("type:(PHOTOS)")+"&searchContext=all").ids(t); !slices.Contains(got, theirs[0]) {
		t.Errorf("all: %v", got)
	}

	up := b.do(b.request("POST", "https://upload-photos.amazon.de/v2/upload?name=new.jpg&fileSize=3&parentNodeId="+s.Web(), "new")).want(t, 201, "")
	for search, want := range []bool{false, false, true} {
		if got := slices.Contains(b.get("search", "").ids(t), text(up.json, "id")); got != want {
			t.Errorf("search %d finds the new file: %v", search+1, got)
		}
	}
}

func TestFoldersAndAccount(t *testing.T) {
	s, b := open(t, WithoutDiscovery())
	b.get("account/endpoint", "").want(t, 404, "")
	b.get("account/quota", "").want(t, 200, `"available":5368709120`)
	b.get("account/info", "").want(t, 200, "ACTIVE")
	folder := text(b.call("POST", "nodes", "", `{"kind":"FOLDER","name":"Trip","parents":["`+s.Web()+`"]}`).want(t, 201, "").json, "id")
	b.call("POST", "nodes", "", `{"kind":"FOLDER","name":"trip","parents":["`+s.Web()+`"]}`).want(t, 409, folder)
	b.call("POST", "nodes", "", `{"kind":"FOLDER","name":"x","parents":["nobody"]}`).want(t, 400, "parentId")
	b.call("PUT", "trash/"+folder, "", "").want(t, 200, "")
	b.call("POST", "nodes", "", `{"kind":"FOLDER","name":"x","parents":["`+folder+`"]}`).want(t, 400, "trashed parent")
	own := s.Put(Doc{"kind": "FOLDER", "name": "Own", "parents": []any{s.Root()}, "labels": []any{"red", "round"}})
	if got := b.get("nodes", filters("labels:(red AND round) AND kind:FOLDER")).ids(t); !slices.Equal(got, []string{own}) {
		t.Errorf("by labels: %v", got)
	}
	b.get("nodes/nobody/children", "").want(t, 404, "NODE_NOT_FOUND")
	b.do(b.request("GET", "https://www.amazon.com/drive/v1/nodes?resourceVersion=V2", "")).want(t, 401, "Message")
	b.do(b.request("GET", "https://download-photos.amazon.de/v2/download/signed/"+own, "")).want(t, 400, "ownerId")
}

// The odd nodes arrive unchanged. The two twins are listed as two nodes.
func TestOddNodes(t *testing.T) {
	s, b := open(t)
	odd := s.AddOdd()
	one, two := s.AddTwins("twin.jpg")
	ids := b.all("nodes", filters("kind:FILE"))
	if len(ids) != len(odd)+2 || distinct(ids) != len(ids) || one == two {
		t.Errorf("%d nodes of %d", len(ids), len(odd)+2)
	}
	b.get("nodes/"+odd["empty date"], "").want(t, 200, `"contentDate":""`)
	b.get("nodes/"+odd["favorite string"], "").want(t, 200, `"favorite":"true"`)
	if _, there := b.get("nodes/"+odd["no md5"], "").json["contentProperties"].(Doc)["md5"]; there {
		t.Error("an MD5")
	}
	b.get("nodes/"+two, "").want(t, 200, two)
	b.get("account/usage", "").want(t, 200, `"photo":{"billable":{"bytes":0,"count":0}`)
}
