package acd

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/acd-sdk/acd/encoding"
	"github.com/acd-sdk/acd/internal/transport"
)

// Asset says which renditions come with a file.
type Asset string

const (
	AssetAll     Asset = "ALL"
	AssetNone    Asset = "NONE"
	AssetMobile  Asset = "MOBILE"
	AssetDesktop Asset = "DESKTOP"
)

// ListOptions say what a listing holds and in which form. The zero value lists
// everything that is there.
type ListOptions struct {
	Filter   Filter
	Sort     []Order
	PageSize int // 1 to 200, the service's maximum; 0 means 200
	Asset    Asset
	TempLink bool // with a tempLink for every file
	// Fields asks for these fields only, where the service knows how; a node is of use only with
	// what identifies it, so that id, kind, name, status, parents and version are always asked for. The SDK of
	// the service has this selection, but nothing documents it: what it leaves out is zero.
	Fields []Field
	// AllStatuses keeps nodes that are not [StatusAvailable], and damaged ones without a name: the service shows
	// just-trashed and pending ones for a while.
	AllStatuses bool
}

// maxPage is the service's own limit on a page.
const maxPage = 200

func (o ListOptions) pageSize() int {
	if o.PageSize == 0 {
		return maxPage
	}
	return o.PageSize
}

func (o ListOptions) query(e encoding.Encoding) (url.Values, error) {
	q := url.Values{}
	filter, err := o.Filter.query(e)
	if err != nil {
		return nil, err
	}
	if filter != "" {
		q.Set("filters", filter)
	}
	if o.PageSize < 0 || o.PageSize > maxPage {
		return nil, fmt.Errorf("%w: a page holds 1 to %d nodes, not %d", ErrInvalid, maxPage, o.PageSize)
	}
	q.Set("limit", strconv.Itoa(o.pageSize()))
	if len(o.Sort) > 0 {
		order, err := sortLiteral(o.Sort)
		if err != nil {
			return nil, err
		}
		q.Set("sort", order)
	}
	if o.Asset != "" {
		q.Set("asset", string(o.Asset))
	}
	if o.TempLink {
		q.Set("tempLink", "true")
	}
	if len(o.Fields) > 0 {
		q.Set("fields", fieldsLiteral(o.Fields))
	}
	return q, nil
}

// An Order is one key of a listing's order.
type Order struct {
	field      Field
	descending bool
}

// Ascending lists the smallest value of a field first.
func Ascending(f Field) Order { return Order{field: f} }

// Descending lists the largest value of a field first.
func Descending(f Field) Order { return Order{field: f, descending: true} }

// String is the key as the service writes it, such as "name ASC".
func (o Order) String() string {
	if o.descending {
		return string(o.field) + " DESC"
	}
	return string(o.field) + " ASC"
}

func sortLiteral(orders []Order) (string, error) {
	keys := make([]string, len(orders))
	for i, o := range orders {
		if o.field == "" {
			return "", fmt.Errorf("%w: a sort key without a field; see Ascending", ErrInvalid)
		}
		keys[i] = strconv.Quote(o.String())
	}
	return "[" + strings.Join(keys, ",") + "]", nil
}

// identifying are the fields without which a node cannot be told from another one.
func identifying() []Field {
	return []Field{"id", FieldKind, FieldName, FieldStatus, FieldParents, "version", FieldIsRoot}
}

func fieldsLiteral(fields []Field) string {
	var keys []string
	for _, f := range append(identifying(), fields...) {
		if key := strconv.Quote(string(f)); !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	return "[" + strings.Join(keys, ",") + "]"
}

var (
	opList     = transport.Op{Name: "Nodes.List", Method: http.MethodGet, Path: "nodes", Replay: true}
	opChildren = transport.Op{Name: "Nodes.Children", Method: http.MethodGet, Path: "nodes/{id}/children", Replay: true}
)

// List ranges over every node that opts selects. Pages are fetched as the
// caller ranges; break stops the traffic. An error is yielded once and ends the
// sequence; a new range starts over. For one page at a time see [NodesService.ListPage].
func (s *NodesService) List(ctx context.Context, opts ListOptions) iter.Seq2[*Node, error] {
	return s.listing(ctx, request{op: opList}, opts, listed(opts))
}

// listed says whether a node belongs to a listing.
func listed(opts ListOptions) func(*Node) bool {
	return func(n *Node) bool { return opts.AllStatuses || n.Status == StatusAvailable }
}

// Children ranges over the nodes in a folder ("" is the drive's root). Left out is what the service shows
// for a while though it is not there: nodes of another parent, and, unless opts asks for all statuses, those without a
// name or that are not [StatusAvailable].
//
// With [WithPhotos] the parent may also be an album, or a file: then its children are what the album holds, or the live
// video of the file.
func (s *NodesService) Children(ctx context.Context, folderID string, opts ListOptions) iter.Seq2[*Node, error] {
	return func(yield func(*Node, error) bool) {
		id, err := s.folderID(ctx, folderID)
		if err != nil {
			yield(nil, err)
			return
		}
		s.listing(ctx, request{op: opChildren, args: []string{id}}, opts, s.childOf(ctx, id, opts))(yield)
	}
}

// childOf says whether a node belongs to a listing of a folder's children.
func (s *NodesService) childOf(ctx context.Context, id string, opts ListOptions) func(*Node) bool {
	in := s.membership(ctx, id)
	return func(n *Node) bool {
		return in(n) && (opts.AllStatuses || n.Status == StatusAvailable && n.RawName != "")
	}
}

// membership returns a function that says whether a node, which was listed as a child, is one. A node's parents name only
// folders: under Amazon Photos a child of an album or of a file is believed to be one, because nothing else tells. What
// the parent is, is asked for once, when it matters.
func (s *NodesService) membership(ctx context.Context, id string) func(*Node) bool {
	if s.client.cfg.photos == nil {
		return func(n *Node) bool { return n.HasParent(id) }
	}
	var parent *Node
	return func(n *Node) bool {
		if n.HasParent(id) || n.InAlbum(id) {
			return true
		}
		if parent == nil {
			var err error
			if parent, err = s.Get(ctx, id); err != nil {
				return true // the service said so, and nothing says otherwise
			}
		}
		return parent.Kind == KindVisualCollection || parent.Kind == KindFile && n.Kind == KindAsset
	}
}
