package acd_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
)

// odd is one value of a node that is not as it should be.
type odd struct {
	key  string
	json string
}

// decorations are odd values of what only decorates a node.
var decorations = []odd{
	{"contentProperties.contentDate", `""`},
	{"contentProperties.contentDate", `"0000-00-00"`},
	{"contentProperties.contentDate", `"0000-00-00T00:00:00.000Z"`},
	{"contentProperties.contentDate", `"2016-05-01T10:00:00"`},
	{"contentProperties.contentDate", `"2016:05:01 10:00:00"`},
	{"contentProperties.contentDate", `"2016-12-31T23:59:60.000Z"`},
	{"contentProperties.contentDate", `1462096800000`},
	{"contentProperties.contentDate", `{}`},
	{"contentProperties.contentDate", `"10000-01-01T00:00:00Z"`},
	{"createdDate", `"2016-05-01"`},
	{"createdDate", `""`},
	{"createdDate", `"2016-05-01T10:00:00.000+0000"`},
	{"createdDate", `1462096800`},
	{"modifiedDate", `"yesterday"`},
	{"modifiedDate", `"2016-05-01T10:00Z"`},
	{"modifiedDate", `null`},
	{"contentProperties.image", `{"orientation":1}`},
	{"contentProperties.image", `{"orientation":["1"]}`},
	{"contentProperties.image", `{"width":"4032","height":"3024"}`},
	{"contentProperties.image", `{"width":4032.0}`},
	{"contentProperties.image", `{"width":1e30}`},
	{"contentProperties.image", `{"width":null,"make":7}`},
	{"contentProperties.image", `{"exposureTime":0.01,"isoSpeedRatings":100,"flash":false}`},
	{"contentProperties.image", `[]`},
	{"contentProperties.image", `"none"`},
	{"contentProperties.image", `{"location":{"lat":1,"lon":2}}`},
	{"contentProperties.video", `{"duration":"12.5"}`},
	{"contentProperties.video", `{"duration":"","bitrate":"fast"}`},
	{"contentProperties.video", `{"rotate":"90","width":1920.5}`},
	{"contentProperties.video", `{"title":5}`},
	{"contentProperties.video", `false`},
	{"contentProperties.document", `{"authors":"alice"}`},
	{"contentProperties.document", `{"authors":[1,null]}`},
	{"contentProperties.document", `[]`},
	{"contentProperties.extension", `7`},
	{"contentProperties.contentType", `["image/jpeg"]`},
	{"settings", `{"favorite":"true"}`},
	{"settings", `{"favorite":1,"hidden":"no"}`},
	{"settings", `[]`},
	{"settings", `""`},
	{"assets", `["s3UjpTtKTuKEY1E3VawOzQ"]`},
	{"assets", `{}`},
	{"assets", `[{"id":5}]`},
	{"assets", `[null]`},
	{"properties", `{"app":{"key":5}}`},
	{"properties", `{"app":{"key":null,"other":"v"}}`},
	{"properties", `{"app":["v"]}`},
	{"properties", `[]`},
	{"properties", `"x"`},
	{"labels", `"holiday"`},
	{"labels", `[1,"a",null]`},
	{"labels", `{}`},
	{"description", `["text"]`},
	{"description", `5`},
	{"restricted", `"false"`},
	{"isShared", `"true"`},
	{"isShared", `0`},
	{"exclusivelyTrashed", `"no"`},
	{"recursivelyTrashed", `[]`},
	{"createdBy", `{"app":"x"}`},
	{"createdBy", `12`},
	{"ownerId", `12`},
	{"eTagResponse", `12`},
	{"tempLink", `12`},
	{"xAccntParents", `5`},
}

// identities are odd values of what says which node it is, or what its content is.
var identities = []odd{
	{"id", `""`}, {"id", `null`}, {"id", `5`}, {"id", `["s3UjpTtKTuKEY1E3VawOzQ"]`},
	{"kind", `5`}, {"kind", `""`}, {"kind", `null`}, {"kind", `["FILE"]`},
	{"status", `5`}, {"status", `{}`}, {"status", `["AVAILABLE"]`},
	{"name", `5`}, {"name", `["odd.jpg"]`}, {"name", `{}`},
	{"parents", `5`}, {"parents", `{}`}, {"parents", `[5]`}, {"parents", `[["x"]]`},
	{"version", `"x"`}, {"version", `{}`}, {"version", `1.5`}, {"version", `1e40`},
	{"contentProperties.size", `-1`}, {"contentProperties.size", `-9223372036854775808`}, {"contentProperties.size", `"x"`},
	{"contentProperties.size", `1.5`}, {"contentProperties.size", `1e40`}, {"contentProperties.size", `{}`},
	{"contentProperties.md5", `5`}, {"contentProperties.md5", `{}`}, {"contentProperties.md5", `["x"]`},
	{"contentProperties", `"none"`}, {"contentProperties", `[1]`},
}

// oddFolder has a node with an odd value between two others.
func oddFolder(t *testing.T, s *foreign.Service, o odd) (folder, id string) {
	t.Helper()
	var value any
	decoder := json.NewDecoder(strings.NewReader(o.json))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatal(err)
	}
	folder = s.AddFolder(s.Root(), "folder")
	s.AddFile(folder, "before.jpg", "before")
	id = s.AddFile(folder, "odd.jpg", "odd content")
	s.AddFile(folder, "after.jpg", "after")
	s.Set(id, o.key, value)
	return folder, id
}

// An odd value of what only decorates costs that value, and nothing else: the node is there, by id and
// in its folder, with what identifies it, and so are its neighbours.
func TestOddDecorationCostsOnlyItself(t *testing.T) {
	for _, o := range decorations {
		t.Run(o.key+" "+o.json, func(t *testing.T) {
			s := foreign.Start(t)
			folder, id := oddFolder(t, s, o)
			c := foreignClient(t, s)
			nodes, err := collect(c.Nodes.Children(t.Context(), folder, acd.ListOptions{Sort: []acd.Order{acd.Ascending(acd.FieldName)}}))
			if err != nil || len(nodes) != 3 {
				t.Errorf("Children: %q, %v", nodeNames(nodes), err)
			}
			n, err := c.Nodes.Get(t.Context(), id)
			if err != nil {
				t.Fatalf("Get: %v", err)
			}
			if n.ID != id || n.Name != "odd.jpg" || n.Kind != acd.KindFile || n.Size() != 11 || n.MD5() == "" || !n.HasParent(folder) {
				t.Errorf("Get: not the node: %+v", n)
			}
		})
	}
}

// One odd decoration does not stop the change feed: all nodes come, and the feed has an end from where
// it goes on.
func TestOddDecorationDoesNotStopTheChangeFeed(t *testing.T) {
	for _, o := range decorations {
		t.Run(o.key+" "+o.json, func(t *testing.T) { checkFeed(t, o, true) })
	}
}

// An odd identity does not stop the change feed either: the other nodes come, and the checkpoint at the
// end is one to go on from.
func TestOddIdentityDoesNotStopTheChangeFeed(t *testing.T) {
	for _, o := range identities {
		t.Run(o.key+" "+o.json, func(t *testing.T) { checkFeed(t, o, false) })
	}
}

func checkFeed(t *testing.T, o odd, whole bool) {
	t.Helper()
	s := foreign.Start(t)
	_, id := oddFolder(t, s, o)
	c := foreignClient(t, s)
	seen, checkpoint := map[string]bool{}, ""
	var end bool
	for set, err := range c.Changes.Since(t.Context(), "", acd.ChangesOptions{ChunkSize: 2}) {
		if err != nil {
			if whole || !errors.Is(err, acd.ErrIncomplete) {
				t.Errorf("the feed ended: %v", err)
			}
			break
		}
		for _, n := range set.Nodes {
			seen[n.Name] = true
			if n.ID == id {
				seen["odd"] = true
			}
			if n.Size() < 0 {
				t.Errorf("a node has the size %d", n.Size())
			}
		}
		checkpoint, end = set.Checkpoint, set.End
	}
	if !seen["before.jpg"] || !seen["after.jpg"] || whole && !seen["odd"] {
		t.Errorf("nodes are missing: %v", seen)
	}
	if !end || checkpoint == "" {
		t.Errorf("the feed has no end to go on from: end %v, checkpoint %q", end, checkpoint)
	}
}

// An odd value of what identifies costs that one node: its neighbours are yielded, and then comes
// ErrIncomplete, which names it. A value that can be read in one way only, such as a number as text,
// may be read.
func TestOddIdentityCostsOneNode(t *testing.T) {
	for _, o := range identities {
		t.Run(o.key+" "+o.json, func(t *testing.T) {
			s := foreign.Start(t)
			folder, id := oddFolder(t, s, o)
			// The service lists the node in its folder, whatever it says of its parents.
			if o.key == "parents" || o.key == "id" || o.key == "status" {
				s.Hook(foreign.AlterJSON(listings, func(body map[string]any) {
					data := body["data"].([]any)
					if len(data) == 2 {
						odd := s.Doc(id)
						body["data"], body["count"] = []any{data[0], map[string]any(odd), data[1]}, 3
					}
				}))
			}
			nodes, err := collect(foreignClient(t, s).Nodes.Children(t.Context(), folder, acd.ListOptions{AllStatuses: true}))
			if got := nodeNames(nodes); !strings.Contains(got, "before.jpg") || !strings.Contains(got, "after.jpg") {
				t.Errorf("neighbours are missing: %q, %v", got, err)
			}
			if o.key == "kind" && (o.json == "null" || o.json == `""`) {
				// A node without a kind comes as it is, so that whoever leaves it out can say so.
				if err != nil || len(nodes) != 3 {
					t.Errorf("%d nodes and %v, want all three", len(nodes), err)
				}
				return
			}
			if !errors.Is(err, acd.ErrIncomplete) {
				t.Errorf("%d nodes and %v, want ErrIncomplete", len(nodes), err)
			}
			if err != nil && !strings.Contains(err.Error(), id) && !strings.Contains(err.Error(), "odd.jpg") {
				t.Errorf("the error does not name the node: %v", err)
			}
			for _, n := range nodes {
				if n.Size() < 0 || n.ID == "" {
					t.Errorf("a node that is none: %+v", n)
				}
			}
		})
	}
}

// A folder of many nodes with one odd one in each page loses no page.
func TestOddNodesOnManyPagesLoseNoPage(t *testing.T) {
	s := foreign.Start(t)
	folder := folderOf(s, 600)
	for _, name := range []string{"f00000", "f00250", "f00599"} {
		s.Set(s.Find(folder, name)[0], "contentProperties.size", -1)
	}
	nodes, err := collect(foreignClient(t, s).Nodes.Children(t.Context(), folder, acd.ListOptions{}))
	if len(nodes) != 597 || !errors.Is(err, acd.ErrIncomplete) {
		t.Errorf("%d nodes and %v, want 597 and ErrIncomplete", len(nodes), err)
	}
}

// Numbers that are whole, however they are written, are read as they are meant.
func TestLargeSizesAreRead(t *testing.T) {
	for _, size := range []string{"0", "9007199254740993", "53687091200", "9223372036854775807"} {
		s := foreign.Start(t)
		_, id := oddFolder(t, s, odd{"contentProperties.size", size})
		n, err := foreignClient(t, s).Nodes.Get(t.Context(), id)
		if err != nil || size != strconv.FormatInt(n.Size(), 10) {
			t.Errorf("size %s: %v, %v", size, n, err)
		}
	}
}
