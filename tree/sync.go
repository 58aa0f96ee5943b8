package tree

import (
	"context"
	"errors"

	"github.com/acd-sdk/acd"
)

// Sync asks for what has changed since the checkpoint and applies it, up to the end of
// the feed. After an error the tree holds what came before it, and the next Sync goes
// on from there. A second Sync waits for the first. Where the service starts anew, or
// does not take the checkpoint, the tree fills from empty while Sync runs. [OnUpdate] tells what changes.
func (t *Tree) Sync(ctx context.Context, client *acd.Client, opts ...ApplyOption) error {
	t.syncing.Lock()
	defer t.syncing.Unlock()
	from := t.Checkpoint()
	err := t.follow(ctx, client, from, opts)
	if from != "" && errors.Is(err, acd.ErrInvalid) && t.Checkpoint() == from {
		return t.follow(ctx, client, "", opts)
	}
	return err
}

func (t *Tree) follow(ctx context.Context, client *acd.Client, checkpoint string, opts []ApplyOption) error {
	for set, err := range client.Changes.Since(ctx, checkpoint, acd.ChangesOptions{IncludePurged: true}) {
		if err != nil {
			return err
		}
		if set.Failed() {
			continue // it comes again, or the feed ends with an error
		}
		if err := t.Apply(set, opts...); err != nil {
			return err
		}
	}
	return nil
}
