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

// Nodes are not decoded by encoding/json, for two reasons. First, if one value has an unexpected
// type, encoding/json gives up the whole page; this decoder loses one field or at most one node.
// Second, nodes are most of what the service sends, and encoding/json takes four to five times as
// long and makes four times as many allocations (see BenchmarkDecodePage). Other decoders are no
// better here. go-json-experiment takes twice as long as this one and is as strict as
// encoding/json. go-faster/jx is as fast, but most of the code below would still be needed, and
// every program that uses this package would depend on its modules, only to save a scanner of 400
// lines.
//
// What happens to an odd value depends on the role of its field. Fields that "identify" a node are
// id, kind, status, name, parents, the versions, size and MD5: programs compare, overwrite and
// delete by them. An odd value of such a field makes the node unreadable. All other fields
// "decorate". An odd value of such a field is converted if its meaning is clear. If not, it is left
// out and described in [Node.Warnings].
//
// A field name that does not match exactly is matched without case, as in encoding/json. If a field
// occurs twice, the last one counts. null is treated as absent, and unknown fields are skipped.

// nodeDecoder decodes nodes from the service's JSON. A decoder that is used again keeps its buffers
// and its table of words. It is not safe for concurrent use.
type nodeDecoder struct {
	scan  wire.Scanner
	words wordTable

	// The texts of a node are collected in arena. When the node is complete, arena is converted to
	// one string, and each field gets a part of that string. So all texts need only one allocation,
	// and none of them keeps the page in memory.
	arena []byte
	texts []pendingText
	props []pendingProperty

	parents []string // buffer
	ends    []int    // buffer

	key      []byte   // the field that is being read
	path     []string // the names of the objects around that field
	warnings []string
	bad      *NodeError // why the node that is being read is unreadable, or nil
}

type span struct{ from, to int } // a part of arena

type pendingText struct {
	field *string
	span
}

type pendingProperty struct {
	in  map[string]string
	key string
	span
}

// nodeAnswer is a response that contains nodes.
type nodeAnswer interface {
	decode(d *nodeDecoder, data []byte) error
}

// decode reads a response that is one node.
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

// decode reads a response that is a page of nodes.
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

// pageNodes reads the nodes of a page. If a node cannot be read, only that node is lost.
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

// node reads the next value into n. n can be used only if the result is nil and the scanner has no
// error.
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

// nodeObject reads a node, or a rendition within one, and sets its texts.
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

// finish turns everything that was collected since the three given lengths into strings.
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

// readFields reads an object. For each key it calls field, which must return false for an unknown
// key and leave its value unread.
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

// maxFieldName is the length of the longest name that exactName looks up.
const maxFieldName = 32

// exactName returns the name of the field that equals key without ASCII case, or nil if there is no
// such field.
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

// fieldNames returns the names of all fields. The map's keys are their lower-case forms.
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

// wordTable keeps texts that many nodes share, so that each is allocated only once: kinds,
// statuses, content types, owners, parents. Each word can be in one of two slots; a new word
// replaces the older of them. The table holds at most 512 words and 40 KiB.
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

// maxKeptRoom is the largest number of bytes in the buffers of a decoder that is kept for the next
// response.
const maxKeptRoom = 1 << 20

// borrowDecoder returns a decoder. The caller gives it back with returnDecoder.
func (c *Client) borrowDecoder() *nodeDecoder {
	if d, ok := c.decoders.Get().(*nodeDecoder); ok {
		return d
	}
	return &nodeDecoder{words: wordTable{seed: maphash.MakeSeed()}}
}

func (c *Client) returnDecoder(d *nodeDecoder) {
	d.scan.Reset(nil)
	const entry = 48 // bytes of the largest entry, a pendingProperty
	room := cap(d.arena) + d.scan.Room() + entry*(cap(d.texts)+cap(d.props)+cap(d.parents)+cap(d.ends))
	if room <= maxKeptRoom {
		c.decoders.Put(d)
	}
}
