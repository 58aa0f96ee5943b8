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

// An UpdateOption is one change that [NodesService.Update] makes, or an option for how to make it.
type UpdateOption interface{ applyUpdate(*updateOptions) }

type updateOptions struct {
	writeOptions
	patch patch
}

// patch holds the fields to change. Only keys in the map are sent.
type patch map[string]any

type updateOption func(patch)

func (f updateOption) applyUpdate(o *updateOptions) { f(o.patch) }

// SetName gives the node another name.
func SetName(name string) UpdateOption { return updateOption(func(p patch) { p["name"] = name }) }

// rawText is a name in a patch that is already in the drive's form.
type rawText string

// SetRawName gives the node another name, already in the drive's form: see [WithRawName].
func SetRawName(raw string) UpdateOption {
	return updateOption(func(p patch) { p["name"] = rawText(raw) })
}

// SetLabels replaces the node's labels: at most 10, each of at most 256 characters.
func SetLabels(labels ...string) UpdateOption {
	return updateOption(func(p patch) { p["labels"] = append([]string{}, labels...) })
}

// SetDescription replaces the node's description: at most 500 characters.
func SetDescription(text string) UpdateOption {
	return updateOption(func(p patch) { p["description"] = text })
}

// Update changes a node's name, labels or description in one request: all of them or none. If the
// name is taken in any of the node's folders, Update fails with [ErrExists].
func (s *NodesService) Update(ctx context.Context, id string, changes ...UpdateOption) (*Node, error) {
	o := updateOptions{patch: patch{}}
	for _, c := range changes {
		c.applyUpdate(&o)
	}
	if len(o.patch) == 0 {
		return nil, invalid(ctx, opUpdate, id, "nothing to change")
	}
	if name, ok := o.patch["name"]; ok {
		raw, isRaw := name.(rawText)
		if !isRaw {
			raw = rawText(s.client.cfg.encoding.Encode(name.(string)))
		}
		if err := checkName(ctx, opUpdate, string(raw), fmt.Sprint(name)); err != nil {
			return nil, err
		}
		o.patch["name"] = string(raw)
	}
	n, err := s.update(ctx, id, o.patch)
	if err != nil {
		return nil, err
	}
	return n, s.waitVisible(ctx, opUpdate, o.writeOptions, n, placesOf(n)...)
}

func (s *NodesService) update(ctx context.Context, id string, p patch) (*Node, error) {
	return s.change(ctx, request{op: opUpdate, args: []string{id}, json: p}, id, func(n *Node) bool {
		raw, named := p["name"].(string)
		return named && len(p) == 1 && n.RawName == raw
	})
}

// Rename gives a node another name, in all its folders. If the name is taken, Rename fails with
// [ErrExists] and the id of the node that has the name.
func (s *NodesService) Rename(ctx context.Context, id, name string, opts ...WriteOption) (*Node, error) {
	changes := []UpdateOption{SetName(name)}
	for _, opt := range opts {
		changes = append(changes, opt)
	}
	return s.Update(ctx, id, changes...)
}
