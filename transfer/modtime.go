package transfer

import (
	"fmt"
	"time"

	"github.com/acd-sdk/acd"
)

// modTimeKey is the key of the property that holds a modification time.
const modTimeKey = "mtime"

func formatModTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// modTime is the time that a node has as its property, zero if it has none.
func (r *run) modTime(n *acd.Node) (time.Time, error) {
	text := n.Properties[r.opts.ModTimeOwner][modTimeKey]
	if r.opts.ModTimeOwner == "" || text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return t, fmt.Errorf("the property %s of the node is not a time: %w", modTimeKey, err)
	}
	return t, nil
}

// modTimeOption has the local file's time travel with its upload.
func (s *sending) modTimeOption() []acd.UploadOption {
	if s.opts.ModTimeOwner == "" {
		return nil
	}
	return []acd.UploadOption{acd.WithProperties(s.opts.ModTimeOwner, map[string]string{modTimeKey: formatModTime(s.info.ModTime())})}
}

// keepModTime gives a node that was there already the local file's time, in a
// request of its own.
func (s *sending) keepModTime(n *acd.Node) error {
	owner, want := s.opts.ModTimeOwner, formatModTime(s.info.ModTime())
	if owner == "" || s.opts.DryRun || n.Properties[owner][modTimeKey] == want {
		return nil
	}
	if err := s.client.Nodes.SetProperty(s.ctx, n.ID, owner, modTimeKey, want); err != nil {
		return fmt.Errorf("its modified time: %w", err)
	}
	return nil
}
