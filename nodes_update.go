package acd

import (
	"context"
	"fmt"
	"net/http"

	"github.com/acd-sdk/acd/internal/transport"
)

var (
	opUpdate       = transport.Op{Name: "Nodes.Update", Method: http.MethodPatch, Path: "nodes/{id}", Replay: true}
	opAddParent    = transport.Op{Name: "Nodes.AddParent", Method: http.MethodPut, Path: "nodes/{parent}/children/{child}", Replay: true}
	opRemoveParent = transport.Op{Name: "Nodes.RemoveParent", Method: http.MethodDelete, Path: "nodes/{parent}/children/{child}", Replay: true}
)

// An UpdateOption is one change of [NodesService.Update].
type UpdateOption func(*patch)

// patch holds what is to change; a key that is there is sent.
type patch map[string]any

// SetName gives the node another name.
func SetName(name string) UpdateOption { return func(p *patch) { (*p)["name"] = name } }

// SetLabels replaces the node's labels: at most 10, of at most 256 characters.
func SetLabels(labels ...string) UpdateOption {
	return func(p *patch) { (*p)["labels"] = append([]string{}, labels...) }
}

// SetDescription replaces the node's description: at most 500 characters.
func SetDescription(text string) UpdateOption {
	return func(p *patch) { (*p)["description"] = text }
}

// Update changes a node's name, labels or description, in one request: all or
// nothing. A name that is taken in any of its folders is [ErrExists].
func (s *NodesService) Update(ctx context.Context, id string, changes ...UpdateOption) (*Node, error) {
	p := patch{}
	for _, c := range changes {
		c(&p)
	}
	if len(p) == 0 {
		return nil, &Error{Op: opUpdate.Name, Target: id, Err: fmt.Errorf("%w: nothing to change", ErrInvalid)}
	}
	raw := ""
	if name, ok := p["name"].(string); ok {
		raw = s.client.cfg.encoding.Encode(name)
		if err := checkName(opUpdate, raw, name); err != nil {
			return nil, err
		}
		p["name"] = raw
	}
	return s.update(ctx, id, p)
}

func (s *NodesService) update(ctx context.Context, id string, p patch) (*Node, error) {
	return s.change(ctx, request{op: opUpdate, args: []string{id}, json: p}, id, func(n *Node) bool {
		raw, named := p["name"].(string)
		return named && len(p) == 1 && n.RawName == raw
	})
}

// Rename gives a node another name, in all its folders. A name that is taken is
// [ErrExists], with the id of the node that has it.
func (s *NodesService) Rename(ctx context.Context, id, name string, opts ...WriteOption) (*Node, error) {
	n, err := s.Update(ctx, id, SetName(name))
	if err != nil {
		return nil, err
	}
	var places []place
	for _, parent := range n.Parents {
		places = append(places, place{folderID: parent, raw: n.RawName})
	}
	return n, s.waitVisible(ctx, writeOptionsOf(opts), n, places...)
}
