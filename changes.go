package acd

import (
	"context"
	"iter"
	"net/http"

	"github.com/acd-sdk/acd/internal/transport"
)

// ChangesService reads the changes of the drive.
type ChangesService struct{ client *Client }

// A ChangeSet is one part of the change feed. Apply each node by its id and version: the same node may
// come again, because the service may repeat nodes, and because Since repeats nodes after a stream was
// cut off.
type ChangeSet struct {
	// Checkpoint is where the feed continues after this set. When this set and all sets before it have
	// been applied, the Checkpoint may be saved. If Since delivers one set of the service in several
	// parts, all parts except the last have the checkpoint of the set before. An empty Checkpoint means
	// the beginning of the feed.
	Checkpoint string  `json:"checkpoint"`
	Reset      bool    `json:"reset"` // drop the local state, then apply Nodes: everything follows
	Nodes      []*Node `json:"nodes"` // nodes of every kind and status; some have no name
	// Unreadable lists the nodes of this set that could not be read, because the id, the version or
	// another identifying field has a wrong value. They are not in Nodes. The Checkpoint is after them,
	// and the feed does not send them again. Otherwise the feed could never continue, because the service
	// would send the same wrong values each time. A program that keeps a complete copy of the drive reads
	// these nodes with [NodesService.Get], or starts again from "" later.
	Unreadable []*NodeError `json:"-"`
	// StatusCode is the service's status for this set. If it is neither 0 nor 200, the service failed to
	// make the set, and Since requests the set again.
	StatusCode int  `json:"statusCode"`
	End        bool `json:"end"` // the feed has nothing more for now
}

// Failed reports whether the service could not make this set. The Checkpoint is then the one of the set
// before.
func (s *ChangeSet) Failed() bool { return s.StatusCode != 0 && s.StatusCode != http.StatusOK }

// ChangesOptions say what a change feed contains and how large its sets are.
type ChangesOptions struct {
	// IncludePurged adds nodes that were deleted for good. They carry little more than their id. A
	// program that keeps a copy of the drive needs them.
	IncludePurged bool
	ChunkSize     int // how many nodes a set should have; 0 leaves it to the service
	// MaxNodes asks the service to end the feed, with End, after about this many nodes. 0 means that the
	// feed ends when it has nothing more.
	MaxNodes int
}

var opChanges = transport.Op{Name: "Changes.Since", Method: http.MethodPost, Path: "changes", Replay: true}

// Since ranges over everything that happened on the drive after checkpoint. If checkpoint is "", it
// ranges over everything that is on the drive. Sets are yielded as they arrive. Memory use is constant: a
// set of more than 1 MiB is yielded in parts.
//
// The last set has End. On large drives a stream may break off before that. Since then requests the rest
// from the last checkpoint that arrived, and waits before that as the retry policy says. No change is
// lost, but some nodes may come twice. If as many requests in a row as the policy has attempts bring
// nothing new, the error is [ErrIncomplete].
//
// Reset is yielded at most once. The service sometimes sends it again without a reason, and a copy that
// is dropped twice would lose nodes. If Reset arrives after nodes of the same stream, the feed starts
// again from the beginning, so that all nodes come after the Reset.
//
// If the service no longer knows the checkpoint, it answers with Reset. If the checkpoint was never a
// valid one, the error is [ErrInvalid]: start again from "".
//
// A node that cannot be read does not stop the feed. The feed continues to its End, and after that the
// error is [ErrIncomplete] with the first [*NodeError]. The checkpoint is after such nodes, so that the
// next call does not get them again. See [ChangeSet.Unreadable].
//
// An error is yielded once and ends the sequence. A break of the loop closes the stream.
func (s *ChangesService) Since(ctx context.Context, checkpoint string, opts ChangesOptions) iter.Seq2[*ChangeSet, error] {
	return func(yield func(*ChangeSet, error) bool) {
		if opts.ChunkSize < 0 || opts.MaxNodes < 0 {
			yield(nil, invalid(ctx, opChanges, "", "a negative size in %+v", opts))
			return
		}
		f := &feed{client: s.client, opts: opts, point: checkpoint, yield: yield}
		if err := f.run(ctx); err != nil && !f.stopped {
			yield(nil, err)
		}
	}
}

// changesRequest is the body of the request.
type changesRequest struct {
	Checkpoint string `json:"checkpoint,omitzero"`
	ChunkSize  int    `json:"chunkSize,omitzero"`
	MaxNodes   int    `json:"maxNodes,omitzero"`
	// The service expects the text "true" here. It reads a JSON boolean as false.
	IncludePurged string `json:"includePurged,omitzero"`
}

func (o ChangesOptions) request(checkpoint string, received int) request {
	body := changesRequest{Checkpoint: checkpoint, ChunkSize: o.ChunkSize}
	if o.MaxNodes > 0 {
		body.MaxNodes = max(1, o.MaxNodes-received)
	}
	if o.IncludePurged {
		body.IncludePurged = "true"
	}
	return request{op: opChanges, json: body}
}
