package foreignphotos

import (
	"slices"
	"testing"
)

// The albums of a member are in xAccntParents or in parentMap. Its parents are its folders.
func TestAlbums(t *testing.T) {
	for name, opts := range map[string][]Option{"xAccntParents": nil, "parentMap": {WithAlbumsInParentMap()}} {
		t.Run(name, func(t *testing.T) {
			s, b := open(t, opts...)
			one, two := s.AddMedia("1.jpg", "1", nil), s.AddMedia("2.jpg", "2", nil)
			album := text(b.call("POST", "nodes", "", `{"kind":"VISUAL_COLLECTION","name":"Summer"}`).want(t, 201, "").json, "id")
			b.call("PATCH", "nodes/"+album+"/children", "", `{"op":"add","value":["`+one+`","`+two+`"]}`).want(t, 200, `"isDefault":true`)
			members := b.get("nodes/"+album+"/children", "").nodes(t)
			if len(members) != 2 || contains(members[0]["parents"], album) || !contains(members[0]["parents"], s.Web()) {
				t.Fatalf("members: %v", members)
			}
			if inMap, _ := members[0]["parentMap"].(Doc); contains(members[0]["xAccntParents"], album) == contains(inMap["VISUAL_COLLECTION"], album) {
				t.Errorf("the album is in %v and %v", members[0]["xAccntParents"], inMap)
			}
			b.call("PUT", "nodes/"+album+"/children/"+one, "", "").want(t, 200, one)
			b.call("DELETE", "nodes/"+album+"/children/"+one, "", "").want(t, 200, one)
			b.call("PATCH", "nodes/"+album+"/children", "", `{"op":"remove","value":["`+one+`"]}`).want(t, 404, "NODE_NOT_FOUND")
			if got := b.get("nodes/"+album+"/children", "").ids(t); !slices.Equal(got, []string{two}) {
				t.Errorf("left: %v", got)
			}
			if got := b.get("nodes", filters("kind:VISUAL_COLLECTION AND status:AVAILABLE")).ids(t); !slices.Equal(got, []string{album}) {
				t.Errorf("albums: %v", got)
			}
			b.call("PATCH", "nodes/"+album, "", `{"name":"Winter"}`).want(t, 200, "Winter")
			s.Check(t)
		})
	}
}

func TestAlbumsRefuse(t *testing.T) {
	s, b := open(t, WithProcessing(1))
	album := s.AddAlbum("Summer")
	fresh := text(b.do(b.request("POST", "https://upload-photos.amazon.de/v2/upload?name=n.jpg&fileSize=1&parentNodeId="+s.Web(), "n")).json, "id")
	add := `{"op":"add","value":["` + fresh + `"]}`
	b.call("PATCH", "nodes/"+album+"/children", "", add).want(t, 400, "Improper child kind")
	b.call("PATCH", "nodes/"+album+"/children", "", add).want(t, 200, fresh)
	b.call("PATCH", "nodes/"+album+"/children", "", `{"op":"add","value":["`+s.Web()+`"]}`).want(t, 400, "Improper child kind")
	b.call("PATCH", "nodes/"+s.Web()+"/children", "", add).want(t, 400, "Not an album")
	b.call("PATCH", "nodes/"+album+"/children", "", `{"op":"set","value":["x"]}`).want(t, 400, "validation")
	b.call("POST", "nodes", "", `{"kind":"VISUAL_COLLECTION","name":""}`).want(t, 400, "200")
	b.call("POST", "nodes", "", `{"kind":"ASSET","name":"x"}`).want(t, 400, "Invalid Kind")
}

// The members of another owner's album are listed only in that album. A request for their content
// must give the owner's id.
func TestSharedAlbum(t *testing.T) {
	s, b := open(t)
	album, members := s.AddSharedAlbum("A2OTHER", "Theirs", "one", "two")
	if got := b.get("nodes/"+album+"/children", "").ids(t); !slices.Equal(got, members) {
		t.Errorf("members: %v", got)
	}
	if got := b.get("nodes", filters("kind:FILE")).ids(t); len(got) != 0 {
		t.Errorf("files: %v", got)
	}
	b.get("nodes/"+members[0]+"/contentRedirection", "").want(t, 404, "")
	to := b.get("nodes/"+members[0]+"/contentRedirection", "ownerId=A2OTHER&querySuffix=%3Fdownload%3Dtrue").want(t, 302, "").header.Get("Location")
	b.do(b.request("GET", to, "")).want(t, 200, "one")
}

// The video of a live photo is listed below its still picture, and nowhere else.
func TestLivePhoto(t *testing.T) {
	s, b := open(t)
	still, video := s.AddLivePhoto("IMG_1.heic", "the still", "the video")
	b.get("nodes/"+still, "").want(t, 200, `"childAssetTypeInfo":[{"assetType":"LIVE_VIDEO"}]`)
	for _, path := range []string{"nodes", "search", "nodes/" + s.Web() + "/children"} {
		if slices.Contains(b.get(path, "").ids(t), video) {
			t.Errorf("%s lists the video", path)
		}
	}
	children := b.get("nodes/"+still+"/children", "").nodes(t)
	if len(children) != 1 || children[0]["kind"] != "ASSET" || text(children[0], "assetProperties.assetType") != "LIVE_VIDEO" ||
		text(children[0], "contentProperties.md5") == "" {
		t.Fatalf("children: %v", children)
	}
	b.do(b.request("GET", "https://content-eu.drive.amazonaws.com/cdproxy/nodes/"+video+"/content?resourceVersion=V2", "")).want(t, 200, "the video")
}

func TestSettingsAndTrash(t *testing.T) {
	s, b := open(t)
	id, other := s.AddMedia("a.jpg", "a", nil), s.AddMedia("b.jpg", "b", nil)
	album := s.AddAlbum("Summer", id)
	b.call("PATCH", "nodes/"+id, "", `{"settings":{"favorite":true},"resourceVersion":"V2"}`).want(t, 200, `"favorite":true,"hidden":false`)
	b.call("PATCH", "nodes/"+id, "", `{"settings":{"favorite":"true"}}`).want(t, 400, "")
	b.call("PATCH", "nodes/"+id, "", `{"contentProperties":{}}`).want(t, 403, "")
	b.call("PATCH", "nodes/"+id, "", `{"status":"TRASH"}`).want(t, 400, "")
	b.call("PATCH", "nodes/"+id, "", `{"name":""}`).want(t, 400, "name")
	b.call("PATCH", "nodes/"+id, "", `[]`).want(t, 400, "")
	b.call("PATCH", "nodes/"+id, "", `{"name":"B.jpg"}`).want(t, 409, `"NAME_ALREADY_EXISTS","info":{"nodeId":"`+other)

	order := `{"recurse":"true","op":"add","filters":"","conflictResolution":"RENAME","value":["` + id + `","unknown"],"resourceVersion":"V2","ContentType":"JSON"}`
	b.call("PATCH", "trash", "resourceVersion=-", order).want(t, 200, `{"errorMap":{"unknown":404}}`)
	if got := b.get("trash", filters("kind:(FILE* OR FOLDER*) AND status:(TRASH*)")).ids(t); !slices.Equal(got, []string{id}) {
		t.Errorf("trash: %v", got)
	}
	for _, path := range []string{"nodes/" + album + "/children", "nodes/" + s.Web() + "/children", "search"} {
		if slices.Contains(b.get(path, "").ids(t), id) {
			t.Errorf("%s lists trash", path)
		}
	}
	b.call("PUT", "trash/"+id, "", "").want(t, 409, "")
	b.call("POST", "trash/"+id+"/restore", "", "").want(t, 200, "AVAILABLE")
	b.call("PUT", "trash/"+id, "", "").want(t, 200, "TRASH")
	b.call("PUT", "trash/"+s.Root(), "", "").want(t, 403, "")
	b.call("POST", "bulk/nodes/purge", "", `{"recurse":false,"nodeIds":["`+id+`"]}`).want(t, 400, "")
	b.call("POST", "bulk/nodes/purge", "", `{"recurse":"false","nodeIds":["`+id+`","`+other+`"]}`).want(t, 200, `{"`+other+`":409}`)
	b.get("nodes/"+id, "").want(t, 404, "")
	b.call("DELETE", "nodes/"+other, "", "").want(t, 403, "purgeNode")
}
