package acd

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"

	"github.com/acd-sdk/acd/internal/names"
	"github.com/acd-sdk/acd/internal/transport"
)

// NodesService reads, lists, creates and changes files and folders as nodes, without their content.
type NodesService struct{ client *Client }

var (
	opGet          = transport.Op{Name: "Nodes.Get", Method: http.MethodGet, Path: "nodes/{id}", Replay: true}
	opCreateFolder = transport.Op{Name: "Nodes.CreateFolder", Method: http.MethodPost, Path: "nodes"}
)

// A GetOption changes what [NodesService.Get] asks for.
type GetOption interface{ applyGet(*getOptions) }

type getOptions struct {
	tempLink bool
	assets   Asset
}

func (o getOptions) query() url.Values {
	q := url.Values{}
	if o.tempLink {
		q.Set("tempLink", "true")
	}
	if o.assets != "" {
		q.Set("asset", string(o.assets))
	}
	return q
}

type getOption func(*getOptions)

func (f getOption) applyGet(o *getOptions) { f(o) }

// WithTempLink asks for the tempLink of a file: see [Node.TempLink].
func WithTempLink() GetOption { return getOption(func(o *getOptions) { o.tempLink = true }) }

// WithAssets asks for the renditions of a file: see [Node.Assets].
func WithAssets(a Asset) GetOption { return getOption(func(o *getOptions) { o.assets = a }) }

// Get returns the node with that id, whatever its status, or fails with [ErrNotFound].
func (s *NodesService) Get(ctx context.Context, id string, opts ...GetOption) (*Node, error) {
	var o getOptions
	for _, opt := range opts {
		opt.applyGet(&o)
	}
	r := request{op: opGet, args: []string{id}, query: o.query()}
	n, err := call[Node](ctx, s.client, r)
	if err != nil {
		return nil, err
	}
	return s.requireID(ctx, r, s.client.adopt(n), id)
}

// Child returns the node with that name in a folder, or fails with [ErrNotFound]. Names are
// compared without case, as the service does. A composed character equals a decomposed one ("é" and
// "e" with U+0301), as on macOS. If both forms are in the folder, Child returns the node whose name
// is written exactly as name.
func (s *NodesService) Child(ctx context.Context, folderID, name string, opts ...ChildOption) (*Node, error) {
	var o childOptions
	for _, opt := range opts {
		opt.applyChild(&o)
	}
	return s.child(ctx, folderID, s.client.storedName(name, o.rawName), name)
}

// A ChildOption changes one [NodesService.Child].
type ChildOption interface{ applyChild(*childOptions) }

type childOptions struct{ rawName bool }

// child is [NodesService.Child] for a name in the drive's form (raw); name is for errors.
func (s *NodesService) child(ctx context.Context, folderID, raw, name string) (*Node, error) {
	return s.named(ctx, folderID, raw, name, ListOptions{})
}

// nameHolder returns the node that has a name in a folder. It also returns a node with another
// status that occupies its name, such as an unfinished upload.
func (s *NodesService) nameHolder(ctx context.Context, folderID, raw, name string) (*Node, error) {
	return s.named(ctx, folderID, raw, name, ListOptions{AllStatuses: true})
}

// named looks for each Unicode form of the name, with one request for each, because the service
// finds a name only in the form in which it is stored.
func (s *NodesService) named(ctx context.Context, folderID, raw, name string, opts ListOptions) (*Node, error) {
	for _, form := range names.Forms(raw) {
		opts.Filter = rawName(form)
		for n, err := range s.Children(ctx, folderID, opts) {
			if err != nil {
				return nil, err
			}
			if names.Same(n.RawName, raw) && n.Status != StatusTrash {
				return n, nil
			}
		}
	}
	return nil, newError(ctx, opChildren, name, ErrNotFound)
}

// rawName returns a filter for a name in the drive's form.
func rawName(raw string) Filter { return RawFilter(string(FieldName) + ":" + escapeTerm(raw)) }

// Resolve returns the node at a path below the folder rootID ("" is the drive's root). If part of
// the path is missing, it fails with [ErrNotFound], and the error names that part. Parts are
// separated by single slashes. An empty path is the folder itself. Names in a path are in the
// caller's form, except that a slash inside a name stays encoded.
func (s *NodesService) Resolve(ctx context.Context, rootID, path string) (*Node, error) {
	parts, err := splitPath(path)
	if err != nil {
		return nil, newError(ctx, opChildren, path, err)
	}
	id, err := s.folderID(ctx, rootID)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return s.Get(ctx, id)
	}
	var n *Node
	for i, part := range parts {
		n, err = s.child(ctx, id, s.client.cfg.encoding.EncodeElement(part), strings.Join(parts[:i+1], "/"))
		if err != nil {
			return nil, err
		}
		id = n.ID
	}
	return n, nil
}

// splitPath returns the names of a path.
func splitPath(path string) ([]string, error) {
	path = strings.Trim(path, "/")
	if path == "" {
		return nil, nil
	}
	parts := strings.Split(path, "/")
	for _, p := range parts {
		if p == "" {
			return nil, fmt.Errorf("%w: %q has an empty part", ErrInvalid, path)
		}
	}
	return parts, nil
}

// mostPaths limits how many paths [NodesService.Paths] finds. If nodes share folders at many
// levels, the number of paths grows exponentially.
const mostPaths = 1000

// Paths returns every path from the drive's root to a node, sorted, at most 1,000 of them. A node
// can have several paths, because it and the folders above it can have several parents. The root's
// path is "". If folders contain each other in a circle, the circle gives no path.
func (s *NodesService) Paths(ctx context.Context, id string) ([]string, error) {
	c := &climb{service: s, ctx: ctx, nodes: map[string]*Node{}, open: map[string]bool{}}
	if err := c.visit(id, nil); err != nil {
		return nil, err
	}
	sort.Strings(c.paths)
	return c.paths, nil
}

type climb struct {
	service *NodesService
	ctx     context.Context
	nodes   map[string]*Node // each is read once
	open    map[string]bool  // the nodes on the present way up; used to find circles
	paths   []string
}

func (c *climb) visit(id string, below []string) error {
	n := c.nodes[id]
	if n == nil {
		var err error
		if n, err = c.service.Get(c.ctx, id); err != nil {
			return err
		}
		c.nodes[id] = n
	}
	if c.open[id] || len(c.paths) >= mostPaths {
		return nil
	}
	if n.IsRoot {
		slices.Reverse(below)
		c.paths = append(c.paths, strings.Join(below, "/"))
		return nil
	}
	c.open[id] = true
	defer delete(c.open, id)
	for _, parent := range n.Parents {
		way := append(slices.Clone(below), c.service.client.cfg.encoding.DecodeElement(n.RawName))
		if err := c.visit(parent, way); err != nil {
			return err
		}
	}
	return nil
}
