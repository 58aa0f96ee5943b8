package acd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/acd-sdk/acd/internal/transport"
)

var (
	opTrashAll   = transport.Op{Name: "Nodes.TrashAll", Method: http.MethodPatch, Path: "trash", Replay: true}
	opRestoreAll = transport.Op{Name: "Nodes.RestoreAll", Method: http.MethodPatch, Path: "trash", Replay: true}
	opPurgeAll   = transport.Op{Name: "Nodes.PurgeAll", Method: http.MethodPost, Path: "bulk/nodes/purge", Replay: true}
)

// bulkSize is the service's own limit on the ids of one request.
const bulkSize = 50

// BulkError says which nodes of a bulk call failed. The others succeeded.
type BulkError struct {
	Op     string
	Failed map[string]error // by id
}

func (e *BulkError) Error() string {
	ids := slices.Sorted(maps.Keys(e.Failed))
	if len(ids) == 0 { // a program may make a BulkError of its own
		return fmt.Sprintf("acd: %s: no node failed", e.Op)
	}
	reason := inner(e.Failed[ids[0]])
	if first, ok := errors.AsType[*Error](e.Failed[ids[0]]); ok {
		reason = first.reason()
	}
	text := fmt.Sprintf("acd: %s: %d nodes failed: %s: %s", e.Op, len(ids), ids[0], reason)
	if len(ids) > 1 {
		text += ", " + strings.Join(ids[1:min(len(ids), 5)], ", ")
	}
	return text
}

// Unwrap returns the errors of the nodes.
func (e *BulkError) Unwrap() []error { return slices.Collect(maps.Values(e.Failed)) }

// bulkAnswer is what a bulk call answers: a status for each id that failed. What else it holds is
// not documented; an error's text is no success.
type bulkAnswer struct {
	errorText
	ErrorMap map[string]json.RawMessage `json:"errorMap"`
}

func (a *bulkAnswer) lacks() string {
	if a.ErrorMap == nil && a.isError() {
		return "an errorMap: it is an error"
	}
	return ""
}

// TrashAll trashes many nodes, 50 a request. What failed is in a [*BulkError], each id with its reason; all others succeeded.
// [WaitVisible] takes two requests a node.
// It is a call of Amazon Photos, which a classic account may not have.
func (s *NodesService) TrashAll(ctx context.Context, ids []string, opts ...WriteOption) error {
	return s.bulk(ctx, opTrashAll, ids, opts, func(batch []string) any {
		return bulkTrash{Recurse: s.recurse(), Op: "add", Filters: new(""), ConflictResolution: "RENAME", Value: batch, ResourceVersion: "V2", ContentType: "JSON"}
	})
}

// RestoreAll takes many nodes out of the trash, 50 a request. What failed is in
// a [*BulkError]. See [NodesService.TrashAll].
func (s *NodesService) RestoreAll(ctx context.Context, ids []string, opts ...WriteOption) error {
	return s.bulk(ctx, opRestoreAll, ids, opts, func(batch []string) any {
		return bulkTrash{Recurse: s.recurse(), Op: "remove", ConflictResolution: "RENAME", Value: batch, ResourceVersion: "V2", ContentType: "JSON"}
	})
}

// PurgeAll drops many nodes for good, 50 a request. What failed is in a
// [*BulkError]. See [NodesService.Purge] for who may.
func (s *NodesService) PurgeAll(ctx context.Context, ids []string, opts ...WriteOption) error {
	return s.bulk(ctx, opPurgeAll, ids, opts, func(batch []string) any {
		return map[string]any{"recurse": s.recurse(), "nodeIds": batch}
	})
}

type bulkTrash struct {
	Recurse            string   `json:"recurse"`
	Op                 string   `json:"op"`
	Filters            *string  `json:"filters,omitempty"`
	ConflictResolution string   `json:"conflictResolution"`
	Value              []string `json:"value"`
	ResourceVersion    string   `json:"resourceVersion"`
	ContentType        string   `json:"ContentType"`
}

// recurse is a string on the wire. Amazon Photos, whose nodes have nothing below them, sends "false".
func (s *NodesService) recurse() string {
	if s.client.cfg.photos != nil {
		return "false"
	}
	return "true"
}

// bulk goes on after a batch that was refused. A failure that the next batch would meet too ends it: the
// ids that were not sent have failed as well.
func (s *NodesService) bulk(ctx context.Context, op transport.Op, ids []string, opts []WriteOption, body func([]string) any) error {
	failed := map[string]error{}
	var end error
	for batch := range slices.Chunk(ids, bulkSize) {
		err := end
		var answer *bulkAnswer
		if err == nil {
			answer, err = call[bulkAnswer](ctx, s.client, request{op: op, json: body(batch), target: batch[0]})
		}
		if err != nil {
			for _, id := range batch {
				failed[id] = err
			}
			if end == nil && !refusesOnlyThis(err) {
				end = newError(ctx, op, "", fmt.Errorf("not sent, because an earlier request failed: %w", err))
			}
			continue
		}
		for id, reason := range answer.ErrorMap {
			failed[id] = bulkError(ctx, op, id, reason)
		}
	}
	if len(failed) > 0 {
		return &BulkError{Op: op.Name, Failed: failed}
	}
	return s.waitForAll(ctx, op, writeOptionsOf(opts), ids)
}

// refusesOnlyThis says whether a request was refused for what is in it.
func refusesOnlyThis(err error) bool {
	for _, reason := range []error{ErrNotFound, ErrExists, ErrInvalid, ErrForbidden} {
		if errors.Is(err, reason) {
			return !wasInterrupted(err)
		}
	}
	return false
}

// waitForAll waits until listings show what a bulk call did. It reads each node for its folders and its status.
func (s *NodesService) waitForAll(ctx context.Context, op transport.Op, o writeOptions, ids []string) error {
	if !o.wait {
		return nil
	}
	for _, id := range ids {
		n, err := s.Get(ctx, id)
		if errors.Is(err, ErrNotFound) {
			continue // it was purged
		}
		if err != nil {
			return err
		}
		places := placesOf(n)
		if n.Status != StatusAvailable {
			places = gone(places)
		}
		if err := s.waitVisible(ctx, op, o, n, places...); err != nil {
			return err
		}
	}
	return nil
}

// bulkError is the error of one node, of which the service tells a status, or something else that is no status.
func bulkError(ctx context.Context, op transport.Op, id string, reason json.RawMessage) *Error {
	var status int
	if json.Unmarshal(reason, &status) != nil || status < 300 || status > 599 {
		status = 0
	}
	kind := transport.KindUnavailable
	if status != 0 {
		kind = transport.MeaningOf(transport.Answer{StatusCode: status}).Kind
	}
	e := newError(ctx, op, id, sentinelOf(kind))
	e.StatusCode, e.Attempts = status, 1
	return e
}
