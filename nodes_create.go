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

// CreateFolder makes a folder in another, or returns [ErrExists] with the id
// of the node that has the name ([Error.ConflictID]). If the answer is lost, the
// parent is asked before anything is sent again: a folder that is not older
// than this call is its result.
func (s *NodesService) CreateFolder(ctx context.Context, parentID, name string) (*Node, error) {
	return s.createFolder(ctx, parentID, s.client.cfg.encoding.Encode(name), name)
}

func (s *NodesService) createFolder(ctx context.Context, parentID, raw, name string) (*Node, error) {
	r := request{op: opCreateFolder, target: name, json: newNode{Name: raw, Kind: KindFolder, Parents: []string{parentID}}}
	if err := checkName(r.op, raw, name); err != nil {
		return nil, err
	}
	first := time.Now()
	for round := 1; ; round++ {
		n, record, err := callRecord[Node](ctx, s.client, r)
		switch {
		case err == nil:
			return s.client.adopt(n), nil
		// A refusal is a refusal, unless an earlier attempt of ours may be what is in the way.
		case !record.Lost && (round == 1 || !errors.Is(err, ErrExists)):
			return nil, err
		}
		found, lookErr := s.inTheWay(ctx, parentID, raw, name, err)
		since := s.client.clock.at(first)
		switch {
		case lookErr == nil && found.IsFolder() && !since.IsZero() && !found.CreatedDate.Before(since):
			return found, nil
		case lookErr == nil:
			return nil, existsError(r, found, err)
		case !errors.Is(lookErr, ErrNotFound), round >= s.client.retry.Policy.MaxAttempts:
			return nil, unknownOutcome(err)
		}
		if err := wait.For(ctx, s.client.retry.Policy.Backoff(round)); err != nil {
			return nil, errors.Join(err, unknownOutcome(err))
		}
	}
}

// maxName is what the service enforces ("Member must have length less than or
// equal to 280"); its unit is taken to be the UTF-16 code unit.
const maxName = 280

// checkName refuses what the service refuses, before anything is sent.
func checkName(op transport.Op, raw, name string) error {
	fail := func(format string, args ...any) error {
		return &Error{Op: op.Name, Target: name, Err: fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)}
	}
	if raw == "" {
		return fail("a name must not be empty")
	}
	if strings.ContainsRune(raw, 0) || strings.ToValidUTF8(raw, "") != raw {
		return fail("the name is no text; see WithNameEncoding for names that are not UTF-8")
	}
	units := 0
	for _, r := range raw {
		units++
		if r > 0xffff {
			units++
		}
	}
	if units > maxName {
		return fail("the name has %d UTF-16 units on the drive, and the service takes %d", units, maxName)
	}
	return nil
}

// MkdirAll returns the folder at a path below rootID ("" is the drive's root),
// and makes what is missing of it. A file in the way is [ErrExists]. Several
// callers at once get the same folders.
func (s *NodesService) MkdirAll(ctx context.Context, rootID, path string) (*Node, error) {
	n, err := s.start(ctx, rootID)
	if err != nil {
		return nil, err
	}
	parts, err := splitPath(path)
	if err != nil {
		return nil, &Error{Op: opCreateFolder.Name, Target: path, Err: err}
	}
	for i, part := range parts {
		if n, err = s.ensureFolder(ctx, n.ID, s.client.cfg.encoding.EncodeElement(part), strings.Join(parts[:i+1], "/")); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// ensureFolder finds a folder or makes it. The look comes first: an existing
// folder is the common case, and costs one read.
func (s *NodesService) ensureFolder(ctx context.Context, parentID, raw, name string) (*Node, error) {
	n, err := s.child(ctx, parentID, raw, name, false)
	if errors.Is(err, ErrNotFound) {
		n, err = s.createFolder(ctx, parentID, raw, name)
	}
	// Someone else was faster, or listings lag behind: the conflict names the folder.
	if e, ok := errors.AsType[*Error](err); ok && errors.Is(err, ErrExists) && e.ConflictID != "" {
		n, err = s.Get(ctx, e.ConflictID)
	}
	if err != nil {
		return nil, err
	}
	if !n.IsFolder() {
		return nil, &Error{Op: opCreateFolder.Name, Target: name, ConflictID: n.ID, Err: fmt.Errorf("%w, and is not a folder", ErrExists)}
	}
	return n, nil
}
