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

// A line of the file ends after so many nodes, or after the first node with which their
// names and parents are longer than that.
const (
	lineNodes = 500
	lineText  = 1 << 20
)

// Save writes the tree to a file, which then holds either all of it or what it held
// before, and which only its owner can read. The form is the service's own: a change
// feed from the beginning, compressed by gzip. Look-ups and Apply go on meanwhile; what is
// applied while Save runs may or may not be in the file, whose checkpoint is that of the start.
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

// frames yields the tree as a change feed. It looks at a part of the tree at a
// time: nodes never move within an index, and what changes meanwhile comes
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

// fill puts the nodes from a place on into a frame, and returns where to go on.
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

// report is what makes apply know the node at that place, which may be none.
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
