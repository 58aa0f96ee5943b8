package acd

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPhotosFieldsInEveryForm(t *testing.T) {
	tests := []struct {
		name, json string
		want       Node
	}{
		{"albums as texts", `"xAccntParents":["a","b"]`, Node{AlbumParents: []string{"a", "b"}}},
		{"albums as objects", `"xAccntParents":[{"id":"a","ownerId":"o"},{"ownerId":"o"}]`, Node{AlbumParents: []string{"a"}}},
		{"albums of the parent map", `"parents":["f"],"parentMap":{"FOLDER":["f"],"VISUAL_COLLECTION":["a"]}`, Node{Parents: []string{"f"}, AlbumParents: []string{"a"}}},
		{"albums of both, once each", `"xAccntParents":["a"],"parentMap":{"VISUAL_COLLECTION":["b","a"]}`, Node{AlbumParents: []string{"a", "b"}}},
		{"albums that are none", `"xAccntParents":7`, Node{Warnings: []string{"xAccntParents: a number where a list is due"}}},
		{"covers", `"collectionProperties":{"covers":[{"id":"c","ownerId":"o","isDefault":"true"},"d"]}`,
			Node{Collection: Collection{Covers: []Cover{{ID: "c", OwnerID: "o", IsDefault: true}, {ID: "d"}}}}},
		{"a still", `"childAssetTypeInfo":[{"assetType":"LIVE_VIDEO"}]`, Node{AssetKinds: []AssetKind{{AssetLiveVideo}}}},
		{"a still, as text", `"childAssetTypeInfo":["LIVE_VIDEO"]`, Node{AssetKinds: []AssetKind{{AssetLiveVideo}}}},
		{"a live video", `"kind":"ASSET","assetProperties":{"assetType":"LIVE_VIDEO"}`, Node{Kind: KindAsset, AssetKind: AssetKind{AssetLiveVideo}}},
		{"a family", `"familyId":"f","ownerId":"o"`, Node{FamilyID: "f", OwnerID: "o"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var n Node
			if err := n.decode(new(Client).borrowDecoder(), []byte(`{"id":"x",`+tt.json+`}`)); err != nil {
				t.Fatal(err)
			}
			tt.want.ID = "x"
			if diff := cmp.Diff(tt.want, n); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
