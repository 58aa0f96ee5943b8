package acd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/acd-sdk/acd/internal/transport"
)

// NodesService looks up, lists, creates and changes files and folders as nodes,
// without their content.
type NodesService struct{ client *Client }

var (
	opGet          = transport.Op{Name: "Nodes.Get", Method: http.MethodGet, Path: "nodes/{id}", Replay: true}
	opCreateFolder = transport.Op{Name: "Nodes.CreateFolder", Method: http.MethodPost, Path: "nodes"}
)

// A GetOption changes what [NodesService.Get] asks for.
type GetOption func(url.Values)

// WithTempLink asks for a file's tempLink.
func WithTempLink() GetOption { return func(q url.Values) { q.Set("tempLink", "true") } }

// WithAssets asks for a file's renditions.
func WithAssets(a Asset) GetOption { return func(q url.Values) { q.Set("asset", string(a)) } }

// Get returns the node with that id, in whatever status, or [ErrNotFound].
func (s *NodesService) Get(ctx context.Context, id string, opts ...GetOption) (*Node, error) {
	query := url.Values{}
	for _, opt := range opts {
		opt(query)
	}
	return s.one(ctx, request{op: opGet, args: []string{id}, query: query})
}

// one makes a call that answers with a node.
func (s *NodesService) one(ctx context.Context, r request) (*Node, error) {
	n, err := call[Node](ctx, s.client, r)
	if err != nil {
		return nil, err
	}
	return s.client.adopt(n), nil
}

// Root returns the folder that everything is under.
func (s *NodesService) Root(ctx context.Context) (*Node, error) {
	for n, err := range s.List(ctx, ListOptions{Filter: FieldIsRoot.Is("true"), PageSize: 1}) {
		if err != nil {
			return nil, err
		}
		if n.IsRoot {
			return n, nil
		}
	}
	return nil, &Error{Op: opList.Name, Target: "/", Err: fmt.Errorf("%w: the drive shows no root", ErrNotFound)}
}

// Child returns the node of that name in a folder, or [ErrNotFound]. Names
// compare without case, as the service compares them.
func (s *NodesService) Child(ctx context.Context, folderID, name string) (*Node, error) {
	return s.child(ctx, folderID, s.client.cfg.encoding.Encode(name), name, false)
}

func (s *NodesService) child(ctx context.Context, folderID, raw, name string, anyStatus bool) (*Node, error) {
	opts := ListOptions{Filter: rawName(raw), AllStatuses: anyStatus}
	for n, err := range s.Children(ctx, folderID, opts) {
		if err != nil {
			return nil, err
		}
		if sameName(n.RawName, raw) && n.Status != StatusTrash {
			return n, nil
		}
	}
	return nil, &Error{Op: opChildren.Name, Target: name, Err: ErrNotFound}
}

// rawName selects by a name in the drive's form.
func rawName(raw string) Filter { return RawFilter(string(FieldName) + ":" + escapeTerm(raw)) }

// Resolve returns the node at a path below the folder rootID ("" is the drive's
// root), or [ErrNotFound] naming the part that is missing. Parts are separated by single slashes; an
// empty path is the folder itself. In a path, names are as the caller's world has
// them, except that a slash inside a name stays in its encoded form.
func (s *NodesService) Resolve(ctx context.Context, rootID, path string) (*Node, error) {
	n, err := s.start(ctx, rootID)
	if err != nil {
		return nil, err
	}
	parts, err := splitPath(path)
	if err != nil {
		return nil, &Error{Op: opChildren.Name, Target: path, Err: err}
	}
	for i, part := range parts {
		if n, err = s.child(ctx, n.ID, s.client.cfg.encoding.EncodeElement(part), strings.Join(parts[:i+1], "/"), false); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (s *NodesService) start(ctx context.Context, rootID string) (*Node, error) {
	if rootID == "" {
		return s.Root(ctx)
	}
	return s.Get(ctx, rootID)
}

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
		if err := sleep(ctx, s.client.retry.Policy.Backoff(round)); err != nil {
			return nil, errors.Join(err, unknownOutcome(err))
		}
	}
}

// inTheWay is the node that has a name that was to be given. One that the
// service named in err is read by its id: listings lag behind.
func (s *NodesService) inTheWay(ctx context.Context, parentID, raw, name string, err error) (*Node, error) {
	if e, ok := errors.AsType[*Error](err); ok && e.ConflictID != "" {
		return s.Get(ctx, e.ConflictID)
	}
	return s.child(ctx, parentID, raw, name, true)
}

// existsError is the answer to a create whose place is taken by found.
func existsError(r request, found *Node, cause error) error {
	e := &Error{Op: r.op.Name, Target: r.about(), Method: r.op.Method, ConflictID: found.ID, Err: ErrExists}
	if last, ok := errors.AsType[*Error](cause); ok {
		e.Attempts = last.Attempts
	}
	return e
}

// unknownOutcome marks err as one after which the call may have taken effect.
func unknownOutcome(err error) error {
	return fmt.Errorf("%w: %w", ErrOutcomeUnknown, err)
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
