package tree

import (
	"context"
	"errors"

	"github.com/acd-sdk/acd"
)

// Sync gets all changes since the checkpoint, up to the end of the feed, and applies them. After an
// error the tree keeps the changes applied so far, and the next Sync continues from there. If
// another Sync is running, Sync waits for it. If the service starts the feed anew, or does not
// accept the checkpoint, the tree is emptied and fills again while Sync runs. With [OnUpdate], Sync
// reports what changes.
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
			continue // the set comes again, or the feed ends with an error
		}
		if err := t.Apply(set, opts...); err != nil {
			return err
		}
	}
	return nil
}
