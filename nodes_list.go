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

// Asset says which renditions the service sends with a file.
type Asset string

const (
	AssetAll     Asset = "ALL"
	AssetNone    Asset = "NONE"
	AssetMobile  Asset = "MOBILE"
	AssetDesktop Asset = "DESKTOP"
)

// ListOptions say which nodes a listing contains and which of their data. The zero value lists all
// available nodes.
type ListOptions struct {
	Filter   Filter
	Sort     []Order
	PageSize int // 1 to 200, the service's maximum; 0 means 200
	Asset    Asset
	TempLink bool // ask for a tempLink for every file
	// Fields asks the service to send only these fields. Id, kind, name, status, parents, isRoot
	// and version are always added, because a node cannot be identified without them. The service's
	// own SDK has this selection, but it is not documented, and the service may ignore it. Fields
	// that the service leaves out are zero.
	Fields []Field
	// AllStatuses keeps nodes that are not [StatusAvailable], and damaged nodes without a name.
	// Without it they are left out: the service lists just-trashed and pending nodes for a while.
	AllStatuses bool
}

// maxPage is the service's own limit on the nodes of a page.
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

// An Order is one sort key of a listing.
type Order struct {
	field      Field
	descending bool
}

// Ascending lists the smallest value of a field first.
func Ascending(f Field) Order { return Order{field: f} }

// Descending lists the largest value of a field first.
func Descending(f Field) Order { return Order{field: f, descending: true} }

// String returns the key as the service writes it, such as "name ASC".
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

// identifying returns the fields without which a node cannot be identified.
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

// List ranges over every node that opts select. Pages are fetched while the caller ranges; after
// break, no more are fetched. An error is yielded once and ends the sequence. A new range starts
// from the beginning. For one page at a time see [NodesService.ListPage].
func (s *NodesService) List(ctx context.Context, opts ListOptions) iter.Seq2[*Node, error] {
	return s.listing(ctx, request{op: opList}, opts, listed(opts))
}

// listed returns a function that reports whether a node belongs to a listing.
func listed(opts ListOptions) func(*Node) bool {
	return func(n *Node) bool { return opts.AllStatuses || n.Status == StatusAvailable }
}

// Children ranges over the nodes in a folder ("" is the drive's root). The service lists some nodes
// for a while that do not belong there. Children leaves these out: nodes of another parent and,
// unless opts ask for all statuses, nodes without a name or that are not [StatusAvailable].
//
// With [WithPhotos] the parent may also be an album or a file. The children of an album are the
// nodes that it contains. The child of a file is its live video.
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

// childOf returns a function that reports whether a node belongs to the listing of a folder's
// children.
func (s *NodesService) childOf(ctx context.Context, id string, opts ListOptions) func(*Node) bool {
	in := s.membership(ctx, id)
	return func(n *Node) bool {
		return in(n) && (opts.AllStatuses || n.Status == StatusAvailable && n.RawName != "")
	}
}

// membership returns a function that reports whether a node that was listed as a child really is
// one. A node's parents are only folders. So under Amazon Photos, the service's list is trusted for
// the children of an album or a file, because nothing else tells. The parent itself is read at most
// once, when its kind matters.
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
				return true // the service listed it, and nothing contradicts that
			}
		}
		return parent.Kind == KindVisualCollection || parent.Kind == KindFile && n.Kind == KindAsset
	}
}
