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
	Size       *int64                       `json:"size,omitempty"` // with MD5; sent for a resumable upload only
	MD5        string                       `json:"md5,omitempty"`
}

// A FolderOption changes one [NodesService.CreateFolder] or [NodesService.EnsureFolder].
type FolderOption interface{ applyFolder(*folderOptions) error }

type folderOptions struct {
	writeOptions
	newNodeOptions
	rawName bool // the name is in the drive's form
}

func folderOptionsOf(opts []FolderOption) (o folderOptions, err error) {
	for _, opt := range opts {
		if err := opt.applyFolder(&o); err != nil {
			return o, err
		}
	}
	return o, nil
}

// folderOrder describes a folder to create.
type folderOrder struct {
	parentID  string
	raw, name string // the name in the drive's form, and in the caller's form for errors
	newNodeOptions
}

// folderOrder checks the arguments of a call that creates a folder.
func (s *NodesService) folderOrder(ctx context.Context, parentID, name string, o folderOptions) (folderOrder, error) {
	order := folderOrder{raw: s.client.storedName(name, o.rawName), name: name, newNodeOptions: o.newNodeOptions}
	if err := checkName(ctx, opCreateFolder, order.raw, name); err != nil {
		return order, err
	}
	for _, group := range o.properties {
		for key, value := range group {
			if err := checkProperty(key, value); err != nil {
				return order, newError(ctx, opCreateFolder, name, err)
			}
		}
	}
	var err error
	order.parentID, err = s.folderID(ctx, parentID)
	return order, err
}

// CreateFolder creates a folder in another folder ("" is the drive's root). If the name is taken,
// it fails with [ErrExists], and [Error.ConflictID] is the id of the node that has the name. If the
// response is lost, CreateFolder looks into the parent before it sends anything again: a folder
// that is not older than this call is its result.
func (s *NodesService) CreateFolder(ctx context.Context, parentID, name string, opts ...FolderOption) (*Node, error) {
	o, err := folderOptionsOf(opts)
	if err != nil {
		return nil, invalid(ctx, opCreateFolder, name, "%w", err)
	}
	order, err := s.folderOrder(ctx, parentID, name, o)
	if err != nil {
		return nil, err
	}
	n, err := s.createFolder(ctx, order)
	if err != nil {
		return nil, err
	}
	return n, s.waitVisible(ctx, opCreateFolder, o.writeOptions, n, place{folderID: order.parentID, raw: n.RawName})
}

// EnsureFolder returns the folder with that name in another folder ("" is the drive's root), and
// creates it if it is missing. The name is a single name, not a path: for paths see
// [NodesService.MkdirAll]. Many programs may call it at the same time: all get the same folder. If
// a file has the name, EnsureFolder fails with [ErrExists] and the file's id. A folder that exists
// already is not changed: the labels and properties in the options are then ignored.
func (s *NodesService) EnsureFolder(ctx context.Context, parentID, name string, opts ...FolderOption) (*Node, error) {
	o, err := folderOptionsOf(opts)
	if err != nil {
		return nil, invalid(ctx, opCreateFolder, name, "%w", err)
	}
	order, err := s.folderOrder(ctx, parentID, name, o)
	if err != nil {
		return nil, err
	}
	n, err := s.ensureFolder(ctx, order)
	if err != nil {
		return nil, err
	}
	return n, s.waitVisible(ctx, opCreateFolder, o.writeOptions, n, place{folderID: order.parentID, raw: n.RawName})
}

func (s *NodesService) createFolder(ctx context.Context, f folderOrder) (*Node, error) {
	parentID, raw, name := f.parentID, f.raw, f.name
	r := request{op: opCreateFolder, target: name, json: newNode{Name: raw, Kind: KindFolder, Parents: []string{parentID}, Labels: f.labels, Properties: f.properties}}
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
		// The service refused the call, and no earlier attempt of this call can have taken the
		// name: the refusal is the result.
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

// lostOrNot returns the error of a call that creates a node. If an attempt may have taken effect,
// the error becomes [ErrOutcomeUnknown].
func lostOrNot(ctx context.Context, r request, lost bool, err error) error {
	if !lost {
		return err
	}
	return unknownOutcome(ctx, r.op, r.subject(), err)
}

// lookForFolder looks for the node that has the name, after cause, an error that means that the
// response was lost. If done is false, no node has the name.
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

// maxName is the limit that the service enforces ("Member must have length less than or equal to
// 280"). The unit is assumed to be the UTF-16 code unit.
const maxName = 280

// checkName returns an error for a name that the service would refuse, before anything is sent.
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

// lengthOf returns the length of a name in UTF-16 code units.
func lengthOf(raw string) (units int) {
	for _, r := range raw {
		units++
		if r > 0xffff {
			units++
		}
	}
	return units
}

// MkdirAll returns the folder at a path below rootID ("" is the drive's root), and creates the
// folders of the path that are missing. If a file has the name of such a folder, it fails with
// [ErrExists]. Several callers at the same time get the same folders.
func (s *NodesService) MkdirAll(ctx context.Context, rootID, path string, opts ...WriteOption) (*Node, error) {
	parts, err := splitPath(path)
	if err != nil {
		return nil, newError(ctx, opCreateFolder, path, err)
	}
	orders := make([]folderOrder, len(parts))
	for i, part := range parts {
		orders[i] = folderOrder{raw: s.client.cfg.encoding.EncodeElement(part), name: strings.Join(parts[:i+1], "/")}
		if err := checkName(ctx, opCreateFolder, orders[i].raw, orders[i].name); err != nil {
			return nil, err
		}
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
	for _, order := range orders {
		order.parentID = id
		n, err = s.ensureFolder(ctx, order)
		if err != nil {
			return nil, err
		}
		places = append(places, place{folderID: id, raw: n.RawName, id: n.ID})
		id = n.ID
	}
	return n, s.waitVisible(ctx, opCreateFolder, writeOptionsOf(opts), n, places...)
}

// ensureFolder finds a folder or creates it. It looks first, because usually the folder exists, and
// then one read is enough.
func (s *NodesService) ensureFolder(ctx context.Context, f folderOrder) (*Node, error) {
	n, err := s.child(ctx, f.parentID, f.raw, f.name)
	if errors.Is(err, ErrNotFound) {
		n, err = s.createFolder(ctx, f)
	}
	// Another program created the folder first, or listings lag behind.
	if refused := err; errors.Is(refused, ErrExists) {
		id := conflictOf(refused)
		if n, err = s.rival(ctx, f, id); err != nil {
			err = existsError(ctx, opCreateFolder, f.name, id, amend(ctx, opCreateFolder, f.name, refused, func(cause error) error { return joinCauses(cause, err) }))
		}
	}
	if err != nil {
		return nil, err
	}
	if !n.IsFolder() {
		e := newError(ctx, opCreateFolder, f.name, fmt.Errorf("%w, and is not a folder", ErrExists))
		e.ConflictID = n.ID
		return nil, e
	}
	return n, nil
}

// longestRivalGap is the longest wait between two looks for the node that has a name.
const longestRivalGap = 2 * time.Second

// rival returns the node that has the name of a folder whose creation was refused. Usually the
// refusal names the node (id). If it does not, rival looks several times, because listings lag
// behind: as many times as a call has attempts.
func (s *NodesService) rival(ctx context.Context, f folderOrder, id string) (*Node, error) {
	want := identity{folderID: f.parentID, raw: f.raw}
	for look := 1; ; look++ {
		n, err := s.holder(ctx, want, f.name, id)
		if id != "" || !errors.Is(err, ErrNotFound) || look >= s.client.retry.Policy.MaxAttempts {
			return n, err
		}
		if err := wait.For(ctx, min(s.client.retry.Policy.Backoff(look), longestRivalGap)); err != nil {
			return nil, err
		}
	}
}
