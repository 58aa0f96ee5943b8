package mocks_test

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/mocks"
)

// A member of an album names the album in xAccntParents, never in its parents.
func TestAlbumMembers(t *testing.T) {
	b := newBrowser(t)
	one, two := b.write("x/p.jpg", mocks.Photo{}), b.write("y/p.jpg", mocks.Photo{}) // with the same name
	album := b.wants(201, "POST", wwwDE+"nodes", `{"name":"Trip","kind":"VISUAL_COLLECTION","resourceVersion":"V2"}`)["id"].(string)
	children := wwwDE + "nodes/" + album + "/children?" + v2
	b.wants(200, "PATCH", children, `{"op":"add","value":["`+one+`"]}`)
	b.wants(200, "PUT", wwwDE+"nodes/"+album+"/children/"+two+"?"+v2, "")
	page := b.wants(200, "GET", children, "")
	if page["count"] != 2.0 {
		t.Fatalf("%v", page)
	}
	for _, n := range data(page) {
		folder := n["parents"].([]any)
		inside := map[string]any{"FOLDER": folder, "VISUAL_COLLECTION": []any{album}}
		if len(folder) != 1 || folder[0] == album || !cmp.Equal(n["xAccntParents"], any([]any{album})) || !cmp.Equal(n["parentMap"], any(inside)) {
			t.Errorf("%v", n)
		}
	}
	covers := func() string {
		got := b.wants(200, "GET", wwwDE+"nodes/"+album+"?"+v2, "")["collectionProperties"].(map[string]any)["covers"].([]any)[0].(map[string]any)
		if got["ownerId"] != b.drive.CustomerID() {
			t.Errorf("%v", got)
		}
		return fmt.Sprint(got["id"], got["isDefault"])
	}
	if got := covers(); got != one+"true" {
		t.Errorf("cover %s, want the first member %s", got, one)
	}
	b.wants(200, "PATCH", wwwDE+"nodes/"+album+"?"+v2, `{"collectionProperties":{"covers":[{"id":"`+two+`"}]}}`)
	if got := covers(); got != two+"false" {
		t.Errorf("cover %s, want %s", got, two)
	}
	list := b.wants(200, "GET", wwwDE+"nodes?"+v2+"&filters="+url.QueryEscape("kind:VISUAL_COLLECTION AND status:AVAILABLE"), "")
	if list["count"] != 1.0 {
		t.Errorf("%v", list)
	}
	b.wants(200, "PATCH", children, `{"op":"remove","value":["`+one+`"]}`)
	b.wants(200, "DELETE", wwwDE+"nodes/"+album+"/children/"+two+"?"+v2, "")
	if got := b.wants(200, "GET", wwwDE+"nodes/"+one+"?"+v2, ""); got["xAccntParents"] != nil || len(got["parents"].([]any)) != 1 {
		t.Errorf("%v", got)
	}
	b.wants(400, "POST", wwwDE+"nodes?"+v2, `{"name":"`+strings.Repeat("n", 201)+`","kind":"VISUAL_COLLECTION"}`)
}

// An album does not hold its members: they are trashed and restored with their folders, and they
// stay if the album is purged.
func TestAlbumsHoldNothing(t *testing.T) {
	b := newBrowser(t)
	id := b.write("x/p.jpg", mocks.Photo{})
	album, err := b.drive.WriteAlbum(mocks.Album{Name: "a"}, id)
	if err != nil {
		t.Fatal(err)
	}
	folder, _ := b.drive.Lookup("x")
	count := func() any { return b.wants(200, "GET", wwwDE+"nodes/"+album+"/children?"+v2, "")["count"] }
	b.wants(200, "PUT", wwwDE+"trash/"+folder+"?"+v2, "")
	if count() != 0.0 {
		t.Error("the album shows what is in the trash")
	}
	b.wants(200, "POST", wwwDE+"trash/"+folder+"/restore?"+v2, "")
	if count() != 1.0 {
		t.Error("the member did not come back")
	}
	b.wants(200, "PUT", wwwDE+"trash/"+album+"?"+v2, "")
	b.wants(200, "POST", wwwDE+"bulk/nodes/purge?"+v2, `{"recurse":"false","nodeIds":["`+album+`"]}`)
	if got := b.wants(200, "GET", wwwDE+"nodes/"+id+"?"+v2, ""); got["status"] != "AVAILABLE" {
		t.Errorf("%v", got)
	}
}

func TestImproperChildKind(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b := newBrowser(t, mocks.WithClock(func() time.Time { return now }), mocks.WithPending(time.Minute))
	album, err := b.drive.WriteAlbum(mocks.Album{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	fresh := b.wants(201, "POST", contentEU+"nodes?name=new.jpg&kind=FILE&"+v2, "new")["id"].(string)
	for _, id := range []string{fresh, b.drive.RootID(), album} {
		got := b.call("PATCH", wwwDE+"nodes/"+album+"/children?"+v2, `{"op":"add","value":["`+id+`"]}`)
		if got.status < 400 || id == fresh && got.json(t)["message"] != "Improper child kind" {
			t.Errorf("%s: %d %s", id, got.status, got.body)
		}
	}
	now = now.Add(time.Minute)
	b.wants(200, "PATCH", wwwDE+"nodes/"+album+"/children?"+v2, `{"op":"add","value":["`+fresh+`"]}`)
}

func TestAlbumsOfOthers(t *testing.T) {
	b := newBrowser(t)
	id, mine := b.write("p.jpg", mocks.Photo{OwnerID: "A1OTHER"}), b.write("q.jpg", mocks.Photo{})
	album, err := b.drive.WriteAlbum(mocks.Album{Name: "theirs", OwnerID: "A1OTHER"}, id)
	if err != nil {
		t.Fatal(err)
	}
	got := b.wants(200, "GET", wwwDE+"nodes/"+album+"?"+v2, "")
	if got["isShared"] != true || got["ownerId"] != "A1OTHER" {
		t.Errorf("%v", got)
	}
	b.wants(403, "PATCH", wwwDE+"nodes/"+album+"/children?"+v2, `{"op":"add","value":["`+mine+`"]}`)
	b.wants(403, "PATCH", wwwDE+"nodes/"+album+"/children?"+v2, `{"op":"remove","value":["`+id+`"]}`)
	b.wants(403, "DELETE", wwwDE+"nodes/"+album+"/children/"+id+"?"+v2, "")
	if _, err := b.drive.WriteAlbum(mocks.Album{Name: "x"}, "nobody"); err == nil {
		t.Error("an album of nothing")
	}
	if got := b.drive.Snapshot().Paths(); !cmp.Equal(got, []string{"(no parent)/theirs", "(no parent)/theirs/p.jpg", "p.jpg", "q.jpg"}) {
		t.Errorf("%q: the album that failed must be gone", got)
	}
}

// The video of a live photo is a child of the still picture. Only the listing of the still's
// children shows the video.
func TestLivePhoto(t *testing.T) {
	b := newBrowser(t)
	still, video, err := b.drive.WriteLivePhoto("Pictures/IMG_1.heic", []byte("still"), []byte("video"), mocks.Photo{ContentDate: "2023-01-05T00:00:00.000Z"})
	if err != nil {
		t.Fatal(err)
	}
	n := b.wants(200, "GET", wwwDE+"nodes/"+still+"?"+v2, "")
	if want := []any{map[string]any{"assetType": "LIVE_VIDEO"}}; !cmp.Equal(n["childAssetTypeInfo"], any(want)) || n["kind"] != "FILE" {
		t.Errorf("%v", n)
	}
	list := data(b.wants(200, "GET", wwwDE+"nodes/"+still+"/children?"+v2, ""))
	if len(list) != 1 {
		t.Fatalf("%v", list)
	}
	asset := list[0]
	content := asset["contentProperties"].(map[string]any)
	if asset["id"] != video || asset["kind"] != "ASSET" || asset["name"] != "IMG_1.mov" || content["md5"] != sum("video") || content["extension"] != "mov" ||
		!cmp.Equal(asset["assetProperties"], any(map[string]any{"assetType": "LIVE_VIDEO"})) || asset["parents"].([]any)[0] != still {
		t.Errorf("%v", asset)
	}
	if got := b.call("GET", contentEU+"nodes/"+video+"/content", ""); got.body != "video" {
		t.Errorf("%q", got.body)
	}
	for _, path := range []string{"nodes?", "nodes?filters=kind:ASSET&", "nodes?filters=contentProperties.md5:" + sum("video") + "&", "search?", "search?filters=type:(VIDEOS)&", "changes?"} {
		method := "GET"
		if path == "changes?" {
			method = "POST"
		}
		if got := b.call(method, wwwDE+path+v2, ""); got.status != 200 || strings.Contains(got.body, video) {
			t.Errorf("%s: %d, has the video: %t", path, got.status, strings.Contains(got.body, video))
		}
	}
	if got := b.wants(200, "GET", wwwDE+"account/usage?"+v2, ""); got["video"].(map[string]any)["total"].(map[string]any)["count"] != 0.0 {
		t.Errorf("%v", got)
	}
	b.wants(400, "PUT", wwwDE+"nodes/"+b.drive.RootID()+"/children/"+video+"?"+v2, "")
	b.wants(400, "POST", wwwDE+"nodes?"+v2, `{"name":"f","kind":"FOLDER","parents":["`+still+`"]}`)
	b.wants(200, "PUT", wwwDE+"trash/"+still+"?"+v2, "")
	b.wants(200, "POST", wwwDE+"trash/"+still+"/restore?"+v2, "")
	if got := b.wants(200, "GET", wwwDE+"nodes/"+video+"?"+v2, ""); got["status"] != "AVAILABLE" {
		t.Errorf("%v", got)
	}
	b.wants(200, "POST", wwwDE+"bulk/nodes/purge?"+v2, `{"recurse":"false","nodeIds":["`+still+`"]}`)
	b.wants(404, "GET", wwwDE+"nodes/"+video+"?"+v2, "")
	if _, _, err := mocks.NewDrive().WriteLivePhoto("a.jpg", nil, nil, mocks.Photo{}); err == nil {
		t.Error("a classic drive took a live photo")
	}
}

// A node may lack values that most nodes have: a date, its time zone, the MD5.
func TestOddPhotos(t *testing.T) {
	b := newBrowser(t)
	for name, tt := range map[string]struct {
		photo mocks.Photo
		want  map[string]any // of contentProperties
	}{
		"plain.jpg":  {mocks.Photo{ContentDate: "2023-01-05T00:00:00.000Z", Taken: "2023-01-05T00:00:00.000Z", Width: 40, Height: 30}, map[string]any{"contentDate": "2023-01-05T00:00:00.000Z", "image": map[string]any{"width": 40.0, "height": 30.0, "dateTimeOriginal": "2023-01-05T00:00:00.000Z"}}},
		"old.jpg":    {mocks.Photo{Uploaded: time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)}, map[string]any{}},
		"zone.jpg":   {mocks.Photo{ContentDate: "2023-01-05T00:00:00"}, map[string]any{"contentDate": "2023-01-05T00:00:00"}},
		"no md5.jpg": {mocks.Photo{NoMD5: true}, map[string]any{"md5": nil}},
		"raw.dng":    {mocks.Photo{}, map[string]any{"contentType": "image/x-adobe-dng"}},
		"i.heic":     {mocks.Photo{}, map[string]any{"contentType": "image/heic"}},
	} {
		id := b.write(name, tt.photo)
		n := b.wants(200, "GET", wwwDE+"nodes/"+id+"?"+v2, "")
		got := n["contentProperties"].(map[string]any)
		for key, want := range tt.want {
			if !cmp.Equal(got[key], want) {
				t.Errorf("%s: %s is %v, want %v", name, key, got[key], want)
			}
		}
		if got["contentDate"] != nil && tt.want["contentDate"] == nil {
			t.Errorf("%s: contentDate %v", name, got["contentDate"])
		}
		if _, has := got["md5"]; has == tt.photo.NoMD5 {
			t.Errorf("%s: %v", name, got)
		}
		if name == "old.jpg" && n["createdDate"] != "2001-02-03T04:05:06.000Z" {
			t.Errorf("%v", n["createdDate"])
		}
	}
}

// The same seed makes the same library, and the library is what Library says.
func TestSeedPhotos(t *testing.T) {
	b, again := newBrowser(t), newBrowser(t)
	lib := b.seed(400)
	if diff := cmp.Diff(lib, again.seed(400)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(b.drive.Snapshot(), again.drive.Snapshot()); diff != "" {
		t.Error(diff)
	}
	if other, _ := mocks.NewDrive(mocks.WithPhotos("amazon.de")).SeedPhotos(400, 8); cmp.Equal(other, lib) {
		t.Error("another seed made the same library")
	}
	var got mocks.Library
	seen, names, contents := map[string]bool{}, map[string]string{}, map[string]string{}
	equalNames := 0
	for offset := 0; offset < 400; offset += 100 {
		for _, n := range data(b.wants(200, "GET", fmt.Sprintf("%snodes?filters=kind:FILE&%s&limit=100&offset=%d", wwwDE, v2, offset), "")) {
			id, name := n["id"].(string), n["name"].(string)
			content := n["contentProperties"].(map[string]any)
			settings := n["settings"].(map[string]any)
			seen[id] = true
			got.Files++
			got.Bytes += int64(content["size"].(float64))
			if strings.HasSuffix(name, ".mp4") {
				got.Videos++
			} else {
				got.Photos++
			}
			if n["childAssetTypeInfo"] != nil {
				got.Live++
			}
			if settings["hidden"] == true {
				got.Hidden++
			}
			if settings["favorite"] == true {
				got.Favorites++
			}
			if strings.HasSuffix(name, ".dng") {
				got.Raw++
			}
			date, _ := content["contentDate"].(string)
			if date == "" {
				got.Undated++
			} else if !strings.HasSuffix(date, "Z") {
				got.Zoneless++
			}
			if contents[content["md5"].(string)] != "" {
				got.Twins++
			}
			contents[content["md5"].(string)] = name
			if names[name] != "" && names[name] != content["md5"] {
				equalNames++
			}
			names[name] = content["md5"].(string)
			if id == lib.Albums[0] || content["size"].(float64) < 1 {
				t.Errorf("%v", n)
			}
			body := b.call("GET", contentEU+"nodes/"+id+"/content", "").body
			if digest := md5.Sum([]byte(body)); hex.EncodeToString(digest[:]) != content["md5"] {
				t.Errorf("%s: the content has another MD5", name)
			}
		}
	}
	got.Albums = lib.Albums
	if diff := cmp.Diff(lib, got); diff != "" {
		t.Error(diff)
	}
	if len(seen) != 400 || equalNames == 0 || min(got.Videos, got.Live, got.Hidden, got.Favorites, got.Raw, got.Undated, got.Zoneless, got.Twins, len(lib.Albums)) == 0 {
		t.Errorf("%d files, %d equal names, %+v", len(seen), equalNames, got)
	}
}

// A drive of Photos in a directory is the same after it was closed and opened again.
func TestPhotosSurvive(t *testing.T) {
	dir := t.TempDir()
	open := func() *browser {
		d, err := mocks.OpenDrive(dir, mocks.WithPhotos("amazon.de"))
		if err != nil {
			t.Fatal(err)
		}
		b := newBrowser(t)
		b.drive, b.hc.Transport, b.session = d, d, d.NewSession()
		return b
	}
	b := open()
	lib := b.seed(60)
	still, video, err := b.drive.WriteLivePhoto("l.heic", []byte("still"), []byte("video"), mocks.Photo{People: []string{"ann"}, NoMD5: true})
	if err != nil {
		t.Fatal(err)
	}
	ask := func() []string {
		var got []string
		for _, path := range []string{wwwDE + "nodes/" + still + "?", wwwDE + "nodes/" + lib.Albums[0] + "/children?limit=200&", wwwDE + "nodes/" + still + "/children?", contentEU + "nodes/" + video + "/content?", wwwDE + "search?filters=people:(ann)&"} {
			res := b.call("GET", path+v2, "")
			if res.status != 200 {
				t.Errorf("%s: %d", path, res.status)
			}
			got = append(got, res.body)
		}
		return got
	}
	before := ask()
	if err := b.drive.Close(); err != nil {
		t.Fatal(err)
	}
	b = open()
	defer b.drive.Close()
	if diff := cmp.Diff(before, ask()); diff != "" {
		t.Error(diff)
	}
}

// A library has exactly as many files as the caller asks for.
func TestSeedPhotosOfAnySize(t *testing.T) {
	for n := range 45 {
		d := mocks.NewDrive(mocks.WithPhotos("amazon.de"))
		lib, err := d.SeedPhotos(n, 3)
		files := 0
		for path, e := range d.Snapshot().Tree {
			if e.Kind == "FILE" && !strings.HasPrefix(path, "(no parent)") {
				files++
			}
		}
		if err != nil || lib.Files != n || files != n {
			t.Errorf("%d: %d files, %d counted, %v", n, files, lib.Files, err)
		}
	}
	if _, err := mocks.NewDrive().SeedPhotos(1, 1); err == nil {
		t.Error("a classic drive took a library")
	}
}

// Two libraries can be made on one drive.
func TestSeedPhotosTwice(t *testing.T) {
	b := newBrowser(t)
	b.seed(100)
	b.seed(100)
	if got := b.wants(200, "GET", wwwDE+"nodes?filters=kind:FILE&"+v2, ""); got["count"] != 200.0 {
		t.Errorf("%v files, want 200", got["count"])
	}
}

// TestPhotosConcurrent makes calls at the same time. The race detector must find nothing.
func TestPhotosConcurrent(t *testing.T) {
	b := newBrowser(t, mocks.WithSessionRotation(1000), mocks.WithSearchLag(time.Microsecond))
	lib := b.seed(200)
	share, err := b.drive.ShareAlbum(lib.Albums[0])
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			for j := range 15 {
				name := fmt.Sprintf("%d-%d.jpg", i, j)
				id, _ := b.call("POST", uploadDE+"?name="+name+"&fileSize="+fmt.Sprint(len(name)), name, "x-amzn-file-md5", sum(name)).json(t)["id"].(string)
				b.call("PATCH", wwwDE+"nodes/"+lib.Albums[0]+"/children?"+v2, `{"op":"add","value":["`+id+`"]}`)
				b.call("PATCH", wwwDE+"nodes/"+id+"?"+v2, `{"settings":{"favorite":true}}`)
				b.call("GET", wwwDE+"search?filters=favorite:(true)&"+v2, "")
				b.call("GET", wwwDE+"nodes/"+lib.Albums[0]+"/children?shareId="+share, "", "Cookie", "")
				b.call("PUT", wwwDE+"trash/"+id+"?"+v2, "")
				b.drive.NewSession()
			}
		})
	}
	wg.Wait()
	if got := b.wants(200, "GET", wwwDE+"trash?"+v2, ""); got["count"] != 90.0 {
		t.Errorf("%v in the trash, want 90", got["count"])
	}
}

// A photo that is purged with its folder is gone, although an album names it.
func TestPurgedFolderTakesMembersOfAlbumsAlong(t *testing.T) {
	b := newBrowser(t)
	id := b.write("x/p.jpg", mocks.Photo{})
	folder := b.wants(200, "GET", wwwDE+"nodes/"+id+"?"+v2, "")["parents"].([]any)[0].(string)
	album := b.wants(201, "POST", wwwDE+"nodes", `{"name":"Trip","kind":"VISUAL_COLLECTION","resourceVersion":"V2"}`)["id"].(string)
	b.wants(200, "PATCH", wwwDE+"nodes/"+album+"/children?"+v2, `{"op":"add","value":["`+id+`"]}`)
	b.wants(200, "PUT", wwwDE+"trash/"+folder+"?"+v2, "")
	if got := b.call("POST", wwwDE+"bulk/nodes/purge?"+v2, `{"recurse":"true","nodeIds":["`+folder+`"],"resourceVersion":"V2"}`); got.status != 200 {
		t.Fatalf("%+v", got)
	}
	if got := b.call("GET", wwwDE+"nodes/"+id+"?"+v2, ""); got.status != 404 {
		t.Errorf("the photo is still there: %+v", got)
	}
	if page := b.wants(200, "GET", wwwDE+"nodes/"+album+"/children?"+v2, ""); page["count"] != 0.0 {
		t.Errorf("%v", page)
	}
}
