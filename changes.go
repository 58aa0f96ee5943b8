package acd

import (
	"context"
	"iter"
	"net/http"

	"github.com/acd-sdk/acd/internal/transport"
)

// ChangesService follows what happens on the drive.
type ChangesService struct{ client *Client }

// A ChangeSet is one part of the change feed. Apply it by id and version: the
// service may repeat what it has told before, and Since does so after a stream
// was cut.
type ChangeSet struct {
	// Checkpoint is where the feed goes on once this set and those before it are
	// dealt with, so that it can always be saved then. If a set of the service's comes in several parts, all
	// parts but the last have the checkpoint before it. Empty means the beginning.
	Checkpoint string  `json:"checkpoint"`
	Reset      bool    `json:"reset"` // drop local state, then apply Nodes: everything follows
	Nodes      []*Node `json:"nodes"` // of every kind and status, some without a name
	// Unreadable are nodes of this set that are not in Nodes, because their id, version or another field that
	// identifies them could not be read. The Checkpoint is past them: the service would send them the same way each
	// time, and a feed that waited for them would never go on. A
	// copy that must be whole reads them by [NodesService.Get], or starts over from "" later.
	Unreadable []*NodeError `json:"-"`
	// StatusCode is the service's own for this set. If it is neither 0 nor 200, the set
	// failed, and is asked for again.
	StatusCode int  `json:"statusCode"`
	End        bool `json:"end"` // the feed is at its end for now
}

// Failed says whether the service could not make this set. Its Checkpoint is that of
// the set before.
func (s *ChangeSet) Failed() bool { return s.StatusCode != 0 && s.StatusCode != http.StatusOK }

// ChangesOptions say what a change feed holds and how it is cut up.
type ChangesOptions struct {
	// IncludePurged adds nodes that are gone for good, which carry little more than
	// their id. Whoever keeps a copy wants them.
	IncludePurged bool
	ChunkSize     int // nodes in a set, to the service; 0: as it likes
	// MaxNodes lets the service end the feed near so many nodes, End included; 0: at its end.
	MaxNodes int
}

var opChanges = transport.Op{Name: "Changes.Since", Method: http.MethodPost, Path: "changes", Replay: true}

// Since ranges over what happened on the drive after a checkpoint, or with "" over
// all that is there, as it arrives and in constant memory: a set of the service's above
// 1 MiB is handed out in parts.
//
// The last set has End. A stream that breaks off before, as happens on big drives,
// is asked for again from the last checkpoint that came, with the back-off of the retry
// policy; nothing is lost then, but some nodes may come twice. When as many rounds
// as the policy has attempts brought nothing new, the error is [ErrIncomplete].
//
// Reset comes at most once: the service sends it again for no reason, and a copy that
// is dropped twice loses nodes. When it comes after nodes of the same stream, the
// feed starts over, so that all nodes follow it.
//
// The service answers a checkpoint that it no longer knows with Reset, and one that
// is none with an error, an [ErrInvalid]: start again from "".
//
// A node that cannot be read costs only itself: the feed goes on to its End, and then the error
// is [ErrIncomplete] with the first [*NodeError]. See [ChangeSet.Unreadable]; the checkpoint
// is past them, so that the next call does not meet them again.
//
// An error is yielded once and ends the sequence; break stops the traffic.
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

// changesRequest is the body of the call.
type changesRequest struct {
	Checkpoint string `json:"checkpoint,omitzero"`
	ChunkSize  int    `json:"chunkSize,omitzero"`
	MaxNodes   int    `json:"maxNodes,omitzero"`
	// The service wants text here, and takes a boolean for false.
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
