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

// BulkError says which nodes of a bulk call failed. For all others the call succeeded.
type BulkError struct {
	Op     string
	Failed map[string]error // by id
}

func (e *BulkError) Error() string {
	ids := slices.Sorted(maps.Keys(e.Failed))
	if len(ids) == 0 { // a program may have made this BulkError itself
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

// bulkAnswer is the response to a bulk call: a status for each id that failed. Other fields of it
// are not documented. If it has no errorMap and contains an error text, it counts as an error.
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

// TrashAll moves many nodes to the trash, 50 in a request. If some nodes fail, the error is a
// [*BulkError] with the reason for each; all others are in the trash. With [WaitVisible], each node
// needs two more requests. TrashAll is a call of Amazon Photos; a classic account may not have it.
func (s *NodesService) TrashAll(ctx context.Context, ids []string, opts ...WriteOption) error {
	return s.bulk(ctx, opTrashAll, ids, opts, func(batch []string) any {
		return bulkTrash{Recurse: s.recurse(), Op: "add", Filters: new(""), ConflictResolution: "RENAME", Value: batch, ResourceVersion: "V2", ContentType: "JSON"}
	})
}

// RestoreAll takes many nodes out of the trash, 50 in a request. If some nodes fail, the error is a
// [*BulkError]. See [NodesService.TrashAll].
func (s *NodesService) RestoreAll(ctx context.Context, ids []string, opts ...WriteOption) error {
	return s.bulk(ctx, opRestoreAll, ids, opts, func(batch []string) any {
		return bulkTrash{Recurse: s.recurse(), Op: "remove", ConflictResolution: "RENAME", Value: batch, ResourceVersion: "V2", ContentType: "JSON"}
	})
}

// PurgeAll deletes many nodes for good, 50 in a request. If some nodes fail, the error is a
// [*BulkError]. See [NodesService.Purge] for who may purge.
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

// recurse returns the recurse parameter, which is a string. Amazon Photos sends "false", because
// its nodes have nothing below them.
func (s *NodesService) recurse() string {
	if s.client.cfg.photos != nil {
		return "false"
	}
	return "true"
}

// bulk sends one request for each batch. If a request is refused because of the ids in it, bulk
// goes on with the next batch. After any other failure it stops, because the next request would
// fail too; the ids that were not sent count as failed.
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

// refusesOnlyThis reports whether a request was refused because of its own content, so that another
// request may still succeed.
func refusesOnlyThis(err error) bool {
	for _, reason := range []error{ErrNotFound, ErrExists, ErrInvalid, ErrForbidden} {
		if errors.Is(err, reason) {
			return !wasInterrupted(err)
		}
	}
	return false
}

// waitForAll waits until listings show what a bulk call did. It reads each node to learn its
// folders and its status.
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

// bulkError returns the error of one node. reason is a status, or something that is not a status;
// the error is then [ErrUnavailable].
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
