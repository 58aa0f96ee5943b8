package tree

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/atomicfile"
)

// A line of the file ends after lineNodes nodes, or after the node with which the names and parent
// ids of the line have at least lineText bytes.
const (
	lineNodes = 500
	lineText  = 1 << 20
)

// Save writes the tree to a file that only its owner can read. If Save fails, the file keeps what
// it held before. The format is that of the service: a change feed from the beginning, compressed
// with gzip. Look-ups and Apply may run during Save. A change that is applied during Save may be in
// the file or not. The checkpoint in the file is that of the start of Save, so the feed repeats
// such a change later.
func (t *Tree) Save(path string) error {
	if err := atomicfile.Write(path, t.write); err != nil {
		return fmt.Errorf("tree: save: %w", err)
	}
	return nil
}

func (t *Tree) write(w io.Writer) error {
	zip, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	lines := bufio.NewWriterSize(zip, 1<<16)
	enc := json.NewEncoder(lines)
	enc.SetEscapeHTML(false)
	for f := range t.frames {
		if err := enc.Encode(f); err != nil {
			return err
		}
	}
	return errors.Join(lines.Flush(), zip.Close())
}

// frames yields the tree as a change feed. It locks the tree only for one part at a time. That is
// safe, because nodes never move within an index, and because a change during the walk is reported
// again after the checkpoint.
func (t *Tree) frames(yield func(*frame) bool) {
	t.mu.RLock()
	x, f := t.x, frame{Checkpoint: t.checkpoint, Reset: true, StatusCode: http.StatusOK}
	var last uint32
	if x != nil {
		last = x.nodes.n
	}
	t.mu.RUnlock()

	for next := uint32(1); f.Reset || next <= last; f.Reset = false {
		next = t.fill(&f, x, next, last)
		if !yield(&f) {
			return
		}
	}
	yield(&frame{End: true})
}

// fill puts nodes into a frame, beginning at the place next. It returns the place where the next
// frame begins.
func (t *Tree) fill(f *frame, x *index, next, last uint32) uint32 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	f.Nodes = f.Nodes[:0]
	for text := 0; next <= last && len(f.Nodes) < lineNodes && text < lineText; next++ {
		rep, ok := x.report(next)
		if !ok {
			continue
		}
		f.Nodes = append(f.Nodes, rep)
		text += len(rep.Name)
		for _, id := range rep.Parents {
			text += len(id)
		}
	}
	return next
}

// report returns the report that makes apply know the node at that place. It returns false if
// nothing is known about the node.
func (x *index) report(i uint32) (report, bool) {
	r := x.nodes.at(i)
	if !r.known && r.status != acd.StatusPurged {
		return report{}, false
	}
	rep := report{
		ID: r.id, Name: r.name, Kind: r.kind, Status: r.status, Version: r.version, IsRoot: r.isRoot,
		Parents: x.parentIDs(r), Content: content{Size: r.size},
	}
	if r.hasSum {
		rep.Content.MD5 = r.sum.String()
	}
	if r.modified != noTime {
		rep.Modified = time.UnixMilli(r.modified).UTC()
	}
	return rep, true
}
