package acd

import (
	"context"
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
	text := fmt.Sprintf("acd: %s: %d nodes failed: %s: %v", e.Op, len(ids), ids[0], e.Failed[ids[0]])
	if len(ids) > 1 {
		text += ", " + strings.Join(ids[1:min(len(ids), 5)], ", ")
	}
	return text
}

// Unwrap returns the errors of the nodes.
func (e *BulkError) Unwrap() []error { return slices.Collect(maps.Values(e.Failed)) }

// bulkAnswer is what a bulk call answers: a number for each id that failed.
type bulkAnswer struct {
	ErrorMap map[string]int `json:"errorMap"`
}

// TrashAll trashes many nodes, 50 a request. What failed is in a [*BulkError].
// It is a call of Amazon Photos, which a classic account may not have.
func (s *NodesService) TrashAll(ctx context.Context, ids []string) error {
	return s.bulk(ctx, opTrashAll, ids, func(batch []string) any {
		return bulkTrash{Recurse: "true", Op: "add", Filters: new(""), ConflictResolution: "RENAME", Value: batch, ResourceVersion: "V2", ContentType: "JSON"}
	})
}

// RestoreAll takes many nodes out of the trash, 50 a request. What failed is in
// a [*BulkError]. See [NodesService.TrashAll].
func (s *NodesService) RestoreAll(ctx context.Context, ids []string) error {
	return s.bulk(ctx, opRestoreAll, ids, func(batch []string) any {
		return bulkTrash{Recurse: "true", Op: "remove", ConflictResolution: "RENAME", Value: batch, ResourceVersion: "V2", ContentType: "JSON"}
	})
}

// PurgeAll drops many nodes for good, 50 a request. What failed is in a
// [*BulkError]. See [NodesService.Purge] for who may.
func (s *NodesService) PurgeAll(ctx context.Context, ids []string) error {
	return s.bulk(ctx, opPurgeAll, ids, func(batch []string) any {
		return map[string]any{"recurse": "true", "nodeIds": batch} // recurse is a string on the wire
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

// bulk goes on after a batch of which some failed; a request that failed as a whole ends it.
func (s *NodesService) bulk(ctx context.Context, op transport.Op, ids []string, body func([]string) any) error {
	failed := map[string]error{}
	for batch := range slices.Chunk(ids, bulkSize) {
		answer, err := call[bulkAnswer](ctx, s.client, request{op: op, json: body(batch), target: batch[0]})
		if err != nil {
			for _, id := range batch {
				failed[id] = err
			}
			break
		}
		for id, status := range answer.ErrorMap {
			failed[id] = bulkError(ctx, op, id, status)
		}
	}
	if len(failed) > 0 {
		return &BulkError{Op: op.Name, Failed: failed}
	}
	return nil
}

// bulkError is the error of one node, of which the service tells no more than a status.
func bulkError(ctx context.Context, op transport.Op, id string, status int) *Error {
	e := newError(ctx, op, id, sentinelOf(transport.MeaningOf(transport.Answer{StatusCode: status}).Kind))
	e.StatusCode, e.Attempts = status, 1
	return e
}
