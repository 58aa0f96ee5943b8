package acd

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"

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
	Sort     []string // "name ASC", "modifiedDate DESC"
	PageSize int      // 1 to 200, the service's maximum; 0 means 200
	Asset    Asset
	TempLink bool   // with a tempLink for every file
	Fields   string // the service's own selection of fields
	// AllStatuses keeps nodes that are not [StatusAvailable]: the service shows just-trashed and
	// pending ones for a while.
	AllStatuses bool
}

// maxPage is the service's own limit on a page.
const maxPage = 200

func (o ListOptions) query(e encoding.Encoding) (url.Values, error) {
	q := url.Values{}
	filter, err := o.Filter.query(e)
	if err != nil {
		return nil, err
	}
	if filter != "" {
		q.Set("filters", filter)
	}
	switch {
	case o.PageSize < 0 || o.PageSize > maxPage:
		return nil, fmt.Errorf("%w: a page holds 1 to %d nodes, not %d", ErrInvalid, maxPage, o.PageSize)
	case o.PageSize == 0:
		q.Set("limit", strconv.Itoa(maxPage))
	default:
		q.Set("limit", strconv.Itoa(o.PageSize))
	}
	if len(o.Sort) > 0 {
		q.Set("sort", sortLiteral(o.Sort))
	}
	if o.Asset != "" {
		q.Set("asset", string(o.Asset))
	}
	if o.TempLink {
		q.Set("tempLink", "true")
	}
	if o.Fields != "" {
		q.Set("fields", o.Fields)
	}
	return q, nil
}

func sortLiteral(fields []string) string {
	s := "["
	for i, f := range fields {
		if i > 0 {
			s += ","
		}
		s += strconv.Quote(f)
	}
	return s + "]"
}

var (
	opList     = transport.Op{Name: "Nodes.List", Method: http.MethodGet, Path: "nodes", Replay: true}
	opChildren = transport.Op{Name: "Nodes.Children", Method: http.MethodGet, Path: "nodes/{id}/children", Replay: true}
)

// List ranges over every node that opts selects. Pages are fetched as the
// caller ranges; break stops the traffic. An error is yielded once and ends the
// sequence; a new range starts over.
func (s *NodesService) List(ctx context.Context, opts ListOptions) iter.Seq2[*Node, error] {
	return s.listing(ctx, request{op: opList}, opts, func(n *Node) bool {
		return opts.AllStatuses || n.Status == StatusAvailable
	})
}

// Children ranges over the nodes in a folder. Left out is what the service shows
// for a while though it is not there: nodes of another parent, without a name, or not
// [StatusAvailable] (unless opts asks for all statuses).
func (s *NodesService) Children(ctx context.Context, folderID string, opts ListOptions) iter.Seq2[*Node, error] {
	return s.listing(ctx, request{op: opChildren, args: []string{folderID}}, opts, func(n *Node) bool {
		return n.RawName != "" && n.HasParent(folderID) && (opts.AllStatuses || n.Status == StatusAvailable)
	})
}
