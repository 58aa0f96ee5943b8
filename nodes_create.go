package acd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/acd-sdk/acd/internal/transport"
	"github.com/acd-sdk/acd/internal/wait"
)

// newNode is the metadata of a node to create.
type newNode struct {
	Name       string                       `json:"name"`
	Kind       Kind                         `json:"kind"`
	Parents    []string                     `json:"parents,omitempty"`
	Labels     []string                     `json:"labels,omitempty"`
	Properties map[string]map[string]string `json:"properties,omitempty"`
	Size       *int64                       `json:"size,omitempty"` // with MD5: a resumable upload
	MD5        string                       `json:"md5,omitempty"`
}

// CreateFolder makes a folder in another ("" is the drive's root), or returns [ErrExists] with the id
// of the node that has the name ([Error.ConflictID]). If the answer is lost, the
// parent is asked before anything is sent again: a folder that is not older
// than this call is its result.
func (s *NodesService) CreateFolder(ctx context.Context, parentID, name string, opts ...WriteOption) (*Node, error) {
	parentID, err := s.folderID(ctx, parentID)
	if err != nil {
		return nil, err
	}
	n, err := s.createFolder(ctx, parentID, s.client.cfg.encoding.Encode(name), name)
	if err != nil {
		return nil, err
	}
	return n, s.waitVisible(ctx, opCreateFolder, writeOptionsOf(opts), n, place{folderID: parentID, raw: n.RawName})
}

func (s *NodesService) createFolder(ctx context.Context, parentID, raw, name string) (*Node, error) {
	r := request{op: opCreateFolder, target: name, json: newNode{Name: raw, Kind: KindFolder, Parents: []string{parentID}}}
	if err := checkName(ctx, r.op, raw, name); err != nil {
		return nil, err
	}
	want := identity{kind: KindFolder, folderID: parentID, raw: raw}
	first := time.Now()
	for round := 1; ; round++ {
		n, record, err := callRecord[Node](ctx, s.client, r)
		want.since = s.client.clocks.earliest(first)
		switch {
		case err == nil:
			if n, err = s.confirm(ctx, s.client.adopt(n), want); err != nil {
				return nil, unknownOutcome(ctx, r.op, name, err)
			}
			return n, nil
		// The service refused, and no earlier attempt of this call can have taken the name: the refusal is the result.
		case !record.Lost && (round == 1 || !errors.Is(err, ErrExists)), ctx.Err() != nil:
			return nil, lostOrNot(ctx, r, record.Lost || round > 1, err)
		}
		found, done, err := s.lookForFolder(ctx, r, want, err)
		if done || err == nil {
			return found, err
		}
		if round >= s.client.retry.Policy.MaxAttempts || wait.For(ctx, s.client.retry.Policy.Backoff(round)) != nil {
			return nil, unknownOutcome(ctx, r.op, name, err)
		}
	}
}

// lostOrNot marks the error of a create that may have taken effect.
func lostOrNot(ctx context.Context, r request, lost bool, err error) error {
	if !lost {
		return err
	}
	return unknownOutcome(ctx, r.op, r.subject(), err)
}

// lookForFolder looks, after an answer that was lost because of cause, who has the name. Not done means that nobody has.
func (s *NodesService) lookForFolder(ctx context.Context, r request, want identity, cause error) (found *Node, done bool, err error) {
	found, lookErr := s.holder(ctx, want, r.subject(), conflictOf(cause))
	switch {
	case errors.Is(lookErr, ErrNotFound):
		return nil, false, cause
	case found == nil:
		return nil, true, unknownOutcome(ctx, r.op, r.subject(), cause)
	case lookErr == nil && !want.since.IsZero() && !found.CreatedDate.IsZero() && want.mismatch(found) == nil:
		return found, true, nil
	}
	return nil, true, existsError(ctx, r.op, r.subject(), found.ID, amend(ctx, r.op, r.subject(), cause, func(cause error) error { return joinCauses(lookErr, cause) }))
}

// maxName is what the service enforces ("Member must have length less than or
// equal to 280"); its unit is taken to be the UTF-16 code unit.
const maxName = 280

// checkName refuses what the service refuses, before anything is sent.
func checkName(ctx context.Context, op transport.Op, raw, name string) error {
	fail := func(format string, args ...any) error { return invalid(ctx, op, name, format, args...) }
	if raw == "" {
		return fail("a name must not be empty")
	}
	if strings.ContainsRune(raw, 0) || strings.ToValidUTF8(raw, "") != raw {
		return fail("the name is no text; see WithNameEncoding for names that are not UTF-8")
	}
	if units := lengthOf(raw); units > maxName {
		return fail("the name has %d UTF-16 units on the drive, and the service takes %d", units, maxName)
	}
	return nil
}

// lengthOf is the length of a name in UTF-16 units.
func lengthOf(raw string) (units int) {
	for _, r := range raw {
		units++
		if r > 0xffff {
			units++
		}
	}
	return units
}

// MkdirAll returns the folder at a path below rootID ("" is the drive's root),
// and makes what is missing of it. A file in the way is [ErrExists]. Several
// callers at once get the same folders.
func (s *NodesService) MkdirAll(ctx context.Context, rootID, path string, opts ...WriteOption) (*Node, error) {
	parts, err := splitPath(path)
	if err != nil {
		return nil, newError(ctx, opCreateFolder, path, err)
	}
	id, err := s.folderID(ctx, rootID)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		return s.Get(ctx, id)
	}
	var n *Node
	var places []place
	for i, part := range parts {
		n, err = s.ensureFolder(ctx, id, s.client.cfg.encoding.EncodeElement(part), strings.Join(parts[:i+1], "/"))
		if err != nil {
			return nil, err
		}
		places = append(places, place{folderID: id, raw: n.RawName, id: n.ID})
		id = n.ID
	}
	return n, s.waitVisible(ctx, opCreateFolder, writeOptionsOf(opts), n, places...)
}

// ensureFolder finds a folder or makes it. The look comes first: an existing
// folder is the common case, and costs one read.
func (s *NodesService) ensureFolder(ctx context.Context, parentID, raw, name string) (*Node, error) {
	n, err := s.child(ctx, parentID, raw, name)
	if errors.Is(err, ErrNotFound) {
		n, err = s.createFolder(ctx, parentID, raw, name)
	}
	// Someone else was faster, or listings lag behind: the conflict names the folder.
	if id := conflictOf(err); errors.Is(err, ErrExists) && id != "" {
		refused := err
		n, err = s.holder(ctx, identity{folderID: parentID, raw: raw}, name, id)
		if err != nil {
			err = existsError(ctx, opCreateFolder, name, id, amend(ctx, opCreateFolder, name, refused, func(cause error) error { return joinCauses(cause, err) }))
		}
	}
	if err != nil {
		return nil, err
	}
	if !n.IsFolder() {
		e := newError(ctx, opCreateFolder, name, fmt.Errorf("%w, and is not a folder", ErrExists))
		e.ConflictID = n.ID
		return nil, e
	}
	return n, nil
}
