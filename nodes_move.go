package acd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/acd-sdk/acd/internal/transport"
)

var opMove = transport.Op{Name: "Nodes.Move", Method: http.MethodPost, Path: "nodes/{to}/children", Replay: true}

// A MoveOption changes one [NodesService.Move].
type MoveOption interface{ applyMove(*moveOptions) }

type moveOptions struct {
	writeOptions
	as    string
	asRaw bool // as is in the drive's form
	// onlyParent refuses a node that has other parents besides the source folder.
	onlyParent bool
}

type moveOption func(*moveOptions)

func (f moveOption) applyMove(o *moveOptions) { f(o) }

// MoveAs also gives the node another name.
func MoveAs(name string) MoveOption {
	return moveOption(func(o *moveOptions) { o.as, o.asRaw = name, false })
}

// MoveAsRaw is [MoveAs] with a name that is already in the drive's form: see [WithRawName].
func MoveAsRaw(raw string) MoveOption {
	return moveOption(func(o *moveOptions) { o.as, o.asRaw = raw, true })
}

// IfOnlyParent makes Move fail with [ErrOtherParents] if the node is also in another folder than
// the source folder. With [MoveAs], its name would change in that folder too. The check costs one
// more request, before anything is changed. If the node is added to another folder between the
// check and the move, Move does not notice.
func IfOnlyParent() MoveOption { return moveOption(func(o *moveOptions) { o.onlyParent = true }) }

// Move takes a node out of one of its folders and puts it into another ("" is the drive's root; a
// source of "" fails with [ErrInvalid], see [RootID]). Its other folders stay. If the name is taken
// in the target folder, Move fails with [ErrExists] and the id of the node that has the name. A
// folder cannot be moved into itself or below itself ([ErrInvalid]).
//
// With [MoveAs] the node is moved and renamed, and has the new name in all its folders (see
// [IfOnlyParent]). The order of these steps is chosen so that the name is free at each step; if
// there is no such order, Move uses a temporary name that nobody has. If a step fails, the earlier
// ones are undone.
func (s *NodesService) Move(ctx context.Context, id, fromID, toID string, opts ...MoveOption) (n *Node, err error) {
	var o moveOptions
	for _, opt := range opts {
		opt.applyMove(&o)
	}
	if fromID, err = s.sourceID(ctx, opMove, id, fromID); err != nil {
		return nil, err
	}
	if toID, err = s.folderID(ctx, toID); err != nil {
		return nil, err
	}
	if id == toID {
		return nil, invalid(ctx, opMove, id, "a folder cannot be moved into itself")
	}
	if o.onlyParent {
		if err := s.requireOnlyParent(ctx, id, fromID); err != nil {
			return nil, err
		}
	}
	n, err = s.moveAs(ctx, id, fromID, toID, o)
	if err != nil {
		return nil, err
	}
	places := []place{{folderID: toID, raw: n.RawName}}
	if fromID != toID {
		places = append(places, place{folderID: fromID, raw: n.RawName, absent: true})
	}
	return n, s.waitVisible(ctx, opMove, o.writeOptions, n, places...)
}

func (s *NodesService) requireOnlyParent(ctx context.Context, id, folderID string) error {
	n, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	if len(n.Parents) != 1 || n.Parents[0] != folderID {
		return newError(ctx, opMove, id, fmt.Errorf("%w: it is in %q, and is to be moved out of %s alone", ErrOtherParents, n.Parents, folderID))
	}
	return nil
}

func (s *NodesService) moveAs(ctx context.Context, id, fromID, toID string, o moveOptions) (*Node, error) {
	if o.as == "" {
		if fromID == toID {
			return s.Get(ctx, id)
		}
		return s.move(ctx, id, fromID, toID)
	}
	raw := s.client.storedName(o.as, o.asRaw)
	if err := checkName(ctx, opMove, raw, o.as); err != nil {
		return nil, err
	}
	n, err := s.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	switch {
	case fromID == toID:
		return s.update(ctx, id, patch{"name": raw})
	case n.RawName == raw:
		return s.move(ctx, id, fromID, toID)
	}
	steps, err := s.planMove(ctx, n, fromID, toID, raw)
	if err != nil {
		return nil, err
	}
	return s.perform(ctx, n, steps)
}

func (s *NodesService) move(ctx context.Context, id, fromID, toID string) (*Node, error) {
	body := map[string]string{"fromParent": fromID, "childId": id}
	return s.change(ctx, request{op: opMove, args: []string{toID}, target: id, json: body}, id,
		func(n *Node) bool { return n.HasParent(toID) && !n.HasParent(fromID) })
}

// step is one step of a change, and the step that undoes it.
type step struct {
	do, undo func(context.Context) (*Node, error)
}

// planMove finds an order of steps in which the node's name is free at each step.
func (s *NodesService) planMove(ctx context.Context, n *Node, fromID, toID, raw string) ([]step, error) {
	rename := func(from, to string) step {
		return step{
			func(ctx context.Context) (*Node, error) { return s.update(ctx, n.ID, patch{"name": to}) },
			func(ctx context.Context) (*Node, error) { return s.update(ctx, n.ID, patch{"name": from}) },
		}
	}
	move := step{
		func(ctx context.Context) (*Node, error) { return s.move(ctx, n.ID, fromID, toID) },
		func(ctx context.Context) (*Node, error) { return s.move(ctx, n.ID, toID, fromID) },
	}
	other, err := s.rivalOf(ctx, n, toID, raw)
	if err != nil {
		return nil, err
	}
	if other != nil {
		return nil, existsError(ctx, opMove, n.ID, other.ID, nil)
	}
	if other, err = s.rivalOf(ctx, n, toID, n.RawName); err != nil {
		return nil, err
	} else if other == nil {
		return []step{move, rename(n.RawName, raw)}, nil
	}
	// A rename takes effect in every folder of the node.
	free := true
	for _, parent := range n.Parents {
		if other, err = s.rivalOf(ctx, n, parent, raw); err != nil {
			return nil, err
		}
		free = free && other == nil
	}
	if free {
		return []step{rename(n.RawName, raw), move}, nil
	}
	unused := "acd-" + rand.Text()
	return []step{rename(n.RawName, unused), move, rename(unused, raw)}, nil
}

// rivalOf returns the node, other than n, that has a name in a folder, or nil.
func (s *NodesService) rivalOf(ctx context.Context, n *Node, folderID, raw string) (*Node, error) {
	found, err := s.nameHolder(ctx, folderID, raw, raw)
	switch {
	case errors.Is(err, ErrNotFound), err == nil && found.ID == n.ID:
		return nil, nil
	case err != nil:
		return nil, err
	}
	return found, nil
}

// perform does all steps. If one fails, it undoes the earlier ones.
func (s *NodesService) perform(ctx context.Context, n *Node, steps []step) (*Node, error) {
	for i, st := range steps {
		next, err := st.do(ctx)
		if err == nil {
			n = next
			continue
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTimeout)
		defer cancel()
		for i--; i >= 0; i-- {
			if _, undoErr := steps[i].undo(ctx); undoErr != nil {
				return nil, newError(ctx, opMove, n.ID, fmt.Errorf("%w; the node is half-way, and could not be taken back: %w", err, undoErr))
			}
		}
		return nil, err
	}
	return n, nil
}

// undoTimeout limits how long undoing may take. Undoing goes on after the caller's context has
// ended.
const undoTimeout = time.Minute
