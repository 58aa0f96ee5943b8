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

// odd is a wrong value of one field of a node.
type odd struct {
	key  string
	json string
}

// decorations are odd values of fields that only decorate a node (see node_decode.go).
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

// identities are odd values of fields that identify a node or its content (see node_decode.go).
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

// oddFolder makes a folder that lists a node with an odd value between two other nodes.
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

// If a field that only decorates has an odd value, only that value is lost. The node must be found
// by its id and in its folder, with all fields that identify it, and so must the nodes beside it.
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

// An odd decoration must not stop the change feed: all nodes come, and the feed ends with a
// checkpoint from which it can go on.
func TestOddDecorationDoesNotStopTheChangeFeed(t *testing.T) {
	for _, o := range decorations {
		t.Run(o.key+" "+o.json, func(t *testing.T) { checkFeed(t, o, true) })
	}
}

// An odd identity must not stop the change feed either: the other nodes come, and the feed ends
// with a checkpoint from which it can go on.
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

// If a field that identifies has an odd value, only that node is lost. The nodes beside it are
// yielded, followed by ErrIncomplete, which names the node. If a value has only one possible
// meaning, such as a number written as text, it may be read.
func TestOddIdentityCostsOneNode(t *testing.T) {
	for _, o := range identities {
		t.Run(o.key+" "+o.json, func(t *testing.T) {
			s := foreign.Start(t)
			folder, id := oddFolder(t, s, o)
			// The service lists the node in its folder even if the node's own fields are odd.
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
				// A node without a kind is returned unchanged, not dropped. A caller that skips
				// such nodes can then report them.
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

// If each page of a large folder has one odd node, no page may be lost.
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

// Whole numbers are read with their exact value, even large ones.
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
