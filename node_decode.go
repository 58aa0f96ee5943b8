package acd

import (
	"errors"
	"fmt"
	"hash/maphash"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/acd-sdk/acd/internal/transport"
	"github.com/acd-sdk/acd/internal/wire"
)

// Nodes are not decoded by encoding/json, for two reasons. One value of another type than it
// expects costs it the whole page, where here it costs a field or at most the node. And nodes
// are most of what the service sends: encoding/json takes four to five times as long and four
// times the allocations (see BenchmarkDecodePage). Of the other decoders, go-json-experiment takes
// twice as long as this one and is as strict. go-faster/jx is as fast, but then most of the code
// below is needed too, and every program that uses this package would carry its modules for a
// scanner of 400 lines.
//
// Which fields may be odd is decided here, by two words. A field that "identifies" (id, kind,
// status, name, parents, the versions, size and MD5) is what programs compare, overwrite and
// delete by: an odd value makes the node unreadable. Any other field "decorates": its value is
// converted where the meaning is plain, or else left out, with a line in [Node.Warnings].
//
// Names of fields match without case if they do not match exactly, as in encoding/json. Of a
// field that comes twice the last one counts, null is as good as absent, and unknown fields
// are skipped.

// nodeDecoder decodes nodes from the service's JSON. One that is used again keeps its room
// and its words. It is not safe for concurrent use.
type nodeDecoder struct {
	scan  wire.Scanner
	words wordTable

	// A node's own texts are gathered in arena. When the node is whole they become
	// one string, of which each field gets its part: one allocation for all, and none of
	// them keeps the page in memory.
	arena []byte
	texts []pendingText
	props []pendingProperty

	parents []string // room
	ends    []int    // room

	key      []byte   // of the field that is being read
	path     []string // of the objects around it
	warnings []string
	bad      *NodeError // of the node that is being read
}

type span struct{ from, to int } // in arena

type pendingText struct {
	field *string
	span
}

type pendingProperty struct {
	in  map[string]string
	key string
	span
}

// nodeAnswer is an answer that holds nodes.
type nodeAnswer interface {
	decode(d *nodeDecoder, data []byte) error
}

// decode reads an answer that is one node.
func (n *Node) decode(d *nodeDecoder, data []byte) error {
	d.scan.Reset(data)
	bad := d.node(n)
	switch err := d.scan.End(); {
	case err != nil:
		return fmt.Errorf("the answer is not whole: %w", err)
	case bad != nil && bad.ID == "":
		return fmt.Errorf("the answer is no node: %w", bad)
	case bad != nil:
		return &transport.PermanentError{Err: fmt.Errorf("the answer cannot be read: %w", bad)}
	}
	return nil
}

// nodePage is one page of a listing.
type nodePage struct {
	Count      int64
	NextToken  string
	Nodes      []*Node
	Unreadable []*NodeError
	hasNodes   bool
}

// decode reads an answer that is a page.
func (p *nodePage) decode(d *nodeDecoder, data []byte) error {
	d.scan.Reset(data)
	if kind := d.scan.Next(); kind == wire.Object {
		readFields(d, p, (*nodeDecoder).pageField)
		d.finish(0, 0, 0)
	} else {
		d.scan.Skip()
	}
	err := d.scan.End()
	bad := d.bad
	d.bad, d.warnings = nil, d.warnings[:0]
	switch {
	case err != nil:
		return fmt.Errorf("the answer is not whole: %w", err)
	case bad != nil:
		return fmt.Errorf("the answer is no page of nodes: %s: %s", bad.Field, bad.Reason)
	case len(p.Nodes) == 0 && len(p.Unreadable) > 0 && !slices.ContainsFunc(p.Unreadable, func(n *NodeError) bool { return n.Field != "" }):
		return fmt.Errorf("the answer is no page of nodes: it lists %d values that are no nodes", len(p.Unreadable))
	case !p.hasNodes:
		return errors.New("the answer is no page of nodes: it has no data")
	}
	return nil
}

func (d *nodeDecoder) pageField(p *nodePage, key []byte) bool {
	switch string(key) {
	case "count":
		d.whole(&p.Count, decorates) // nothing depends on a count alone
	case "nextToken":
		d.text(&p.NextToken, identifies)
	case "data":
		p.hasNodes = d.scan.Next() == wire.Array
		d.pageNodes(p)
	default:
		return false
	}
	return true
}

// pageNodes reads the nodes of a page. One that cannot be read costs only itself.
func (d *nodeDecoder) pageNodes(p *nodePage) {
	if !d.expect(wire.Array, "a list of nodes", identifies) {
		return
	}
	d.scan.Open()
	for d.scan.More(']') {
		n := new(Node)
		if bad := d.node(n); bad != nil {
			p.Unreadable = append(p.Unreadable, bad)
		} else {
			p.Nodes = append(p.Nodes, n)
		}
	}
}

// node reads the next value into n, which is only of use if the result is nil and the scanner
// has no error.
func (d *nodeDecoder) node(n *Node) *NodeError {
	outer := d.bad
	d.bad, d.warnings, d.path = nil, d.warnings[:0], d.path[:0]
	d.nodeObject(n)
	if d.bad == nil && n.ID == "" {
		d.bad = &NodeError{Field: "id", Reason: "missing"}
	}
	if d.bad != nil {
		d.bad.ID, d.bad.Name = n.ID, n.Name
	}
	if len(d.warnings) > 0 {
		n.Warnings = slices.Clone(d.warnings)
	}
	bad := d.bad
	d.bad = outer
	return bad
}

// nodeObject reads a node, or a rendition within one, and gives it its texts.
func (d *nodeDecoder) nodeObject(n *Node) {
	if kind := d.scan.Next(); kind != wire.Object {
		d.scan.Skip()
		d.key = nil
		d.odd(kind, "a node", identifies)
		return
	}
	texts, props, arena := len(d.texts), len(d.props), len(d.arena)
	readFields(d, n, (*nodeDecoder).nodeField)
	d.finish(texts, props, arena)
}

// finish turns what was gathered since the three lengths into strings.
func (d *nodeDecoder) finish(texts, props, arena int) {
	s := string(d.arena[arena:])
	for _, t := range d.texts[texts:] {
		*t.field = s[t.from-arena : t.to-arena]
	}
	for _, p := range d.props[props:] {
		p.in[p.key] = s[p.from-arena : p.to-arena]
	}
	clear(d.texts[texts:])
	clear(d.props[props:])
	d.texts, d.props, d.arena = d.texts[:texts], d.props[:props], d.arena[:arena]
}

// readFields reads an object whose fields field knows. It returns false for one that it does
// not know, and leaves its value alone.
func readFields[T any](d *nodeDecoder, v *T, field func(d *nodeDecoder, v *T, key []byte) bool) {
	d.scan.Open()
	for d.scan.More('}') {
		d.key = d.scan.Key()
		if field(d, v, d.key) {
			continue
		}
		if d.key = exactName(d.key); d.key == nil || !field(d, v, d.key) {
			d.scan.Skip()
		}
	}
}

// maxFieldName is the longest name that exactName looks up.
const maxFieldName = 32

// exactName is the field whose name is key but for the case of ASCII letters, or nil.
func exactName(key []byte) []byte {
	if len(key) > maxFieldName {
		return nil
	}
	var lower [maxFieldName]byte
	for i, c := range key {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	return fieldNames()[string(lower[:len(key)])]
}

// fieldNames are the names of all fields, by their lower-case form.
var fieldNames = sync.OnceValue(func() map[string][]byte {
	names := map[string][]byte{"count": []byte("count"), "nexttoken": []byte("nextToken"), "data": []byte("data")}
	for _, v := range []any{Node{}, ContentProperties{}, Settings{}, Collection{}, Cover{}, AssetKind{}, Image{}, Video{}, Document{}} {
		for field := range reflect.TypeOf(v).Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			names[strings.ToLower(name)] = []byte(name)
		}
	}
	return names
})

// maxWord is the longest text, in bytes, that a wordTable keeps.
const maxWord = 64

// wordTable keeps texts that repeat from node to node, so that each is allocated once: kinds,
// statuses, content types, owners, parents. Each word has two slots to be in, of which it takes
// the place of the older: the table holds 512 words and 40 KiB at most.
type wordTable struct {
	seed  maphash.Seed
	slots [256][2]string
}

func (t *wordTable) get(b []byte) string {
	if len(b) == 0 || len(b) > maxWord {
		return string(b)
	}
	slot := &t.slots[maphash.Bytes(t.seed, b)%uint64(len(t.slots))]
	switch {
	case slot[0] == string(b):
		return slot[0]
	case slot[1] == string(b):
		return slot[1]
	}
	slot[0], slot[1] = string(b), slot[0]
	return slot[0]
}

// maxKeptRoom is how many bytes a decoder that is kept for the next answer may hold on to.
const maxKeptRoom = 1 << 20

// borrowDecoder returns a decoder that is the caller's until returnDecoder.
func (c *Client) borrowDecoder() *nodeDecoder {
	if d, ok := c.decoders.Get().(*nodeDecoder); ok {
		return d
	}
	return &nodeDecoder{words: wordTable{seed: maphash.MakeSeed()}}
}

func (c *Client) returnDecoder(d *nodeDecoder) {
	d.scan.Reset(nil)
	const entry = 48 // bytes of the largest, a pendingProperty
	room := cap(d.arena) + d.scan.Room() + entry*(cap(d.texts)+cap(d.props)+cap(d.parents)+cap(d.ends))
	if room <= maxKeptRoom {
		c.decoders.Put(d)
	}
}
