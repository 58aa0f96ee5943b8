package main

import (
	"context"
	"fmt"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/acd-sdk/acd/transfer"
)

// comparison walks two sides and finds the differences.
type comparison struct {
	from, to side
	download bool // read every file on both sides, and do not trust the MD5s of the drive
	oneWay   bool // a file that is only in to is not a difference
	match    *transfer.Matcher
	skipped  map[string]bool // paths that are known to differ; they are not compared
	noEmpty  bool            // a missing folder without files is not a difference
	out      io.Writer       // gets a line for each difference
	onlyTo   func(entry)     // called instead of printing a line, for each entry that is only in to; may be nil
	names    bool            // compare only the names, not the contents

	tasks errgroup.Group
	mu    sync.Mutex
	result
}

// result counts the compared files and the differences.
type result struct{ files, mismatches, duplicates, lost, extra, unreadable int }

func (r result) differences() int {
	return r.mismatches + r.duplicates + r.lost + r.extra + r.unreadable
}

func (r result) String() string {
	text := fmt.Sprintf("check: %d files, %d mismatches, %d duplicates, %d lost files", r.files, r.mismatches, r.duplicates, r.lost)
	if r.extra > 0 {
		text += fmt.Sprintf(", %d only in the target", r.extra)
	}
	return text
}

// run compares two folders, or two files, with that many workers.
func (k *comparison) run(ctx context.Context, from, to entry, workers int) error {
	k.tasks.SetLimit(workers)
	switch {
	case from.dir && to.dir:
		k.folder(ctx, from, to)
	case !from.dir && !to.dir:
		k.file(ctx, from, to)
	default:
		k.found(ctx, &k.mismatches, from.name, "is a folder on one side and a file on the other")
	}
	_ = k.tasks.Wait() // a task reports its findings itself and returns no error
	return ctx.Err()
}

// task runs do in parallel, or at once if all workers are busy.
func (k *comparison) task(do func()) {
	if !k.tasks.TryGo(func() error { do(); return nil }) {
		do()
	}
}

// found reports one difference in one line.
func (k *comparison) found(ctx context.Context, count *int, path, format string, args ...any) {
	if ctx.Err() != nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	*count++
	fmt.Fprintf(k.out, "%q: %s\n", path, fmt.Sprintf(format, args...))
}

// folder compares the content of two folders.
func (k *comparison) folder(ctx context.Context, from, to entry) {
	sources, err := k.list(ctx, k.from, from)
	if err != nil {
		k.found(ctx, &k.unreadable, from.path, "%v", err)
		return
	}
	targets, err := k.list(ctx, k.to, to)
	if err != nil {
		k.found(ctx, &k.unreadable, to.path, "%v", err)
		return
	}
	matched := map[string]string{} // paths of the files on both sides, by their content in the target
	for key, s := range sources {
		t, ok := targets[key]
		delete(targets, key)
		switch {
		case !ok || t.dir != s.dir:
			if !s.dir || !k.noEmpty {
				k.found(ctx, &k.lost, s.path, "is not in the target")
			}
		case s.dir:
			k.task(func() { k.folder(ctx, s, t) })
		case !k.names:
			matched[content(t)] = s.path
			k.task(func() { k.file(ctx, s, t) })
		}
	}
	for _, t := range targets {
		k.extraEntry(ctx, t, matched)
	}
}

func content(e entry) string { return fmt.Sprint(e.size, " ", e.md5) }

// extraEntry reports an entry that is only in to. If a file has the same content as another file in
// the folder, the copy has made it twice. This is always reported as a duplicate.
func (k *comparison) extraEntry(ctx context.Context, t entry, matched map[string]string) {
	twin, repeats := matched[content(t)]
	switch {
	case repeats && !t.dir && t.md5 != "":
		k.found(ctx, &k.duplicates, t.path, "repeats %q", twin)
	case k.onlyTo != nil:
		k.mu.Lock()
		defer k.mu.Unlock()
		k.onlyTo(t)
	case !k.oneWay && !(t.dir && k.noEmpty):
		k.found(ctx, &k.extra, t.path, "is only in the target")
	}
}

// list returns the entries of a folder by their keys, without those that are left out.
func (k *comparison) list(ctx context.Context, s side, folder entry) (map[string]entry, error) {
	entries, err := s.list(ctx, folder)
	byKey := make(map[string]entry, len(entries))
	for _, e := range entries {
		switch {
		case k.skipped[e.path], e.dir && !k.match.Folder(e.path), !e.dir && !k.match.File(e.path, e.size):
			continue
		}
		if other, ok := byKey[e.key()]; ok && (e.node == nil || other.node.ID != e.node.ID) {
			k.found(ctx, &k.duplicates, e.path, "is there more than once, also as %q", other.name)
		}
		byKey[e.key()] = e
	}
	return byKey, err
}

// file compares a file on both sides.
func (k *comparison) file(ctx context.Context, from, to entry) {
	if from.size != to.size {
		k.found(ctx, &k.mismatches, from.path, "has %d bytes in the source, and %d in the target", from.size, to.size)
		k.count()
		return
	}
	want, err := k.sum(ctx, k.from, from)
	if err == nil {
		var got string
		if got, err = k.sum(ctx, k.to, to); err == nil && got != want {
			k.found(ctx, &k.mismatches, from.path, "has MD5 %s in the source, and %s in the target", want, got)
		}
	}
	if err != nil {
		k.found(ctx, &k.unreadable, from.path, "%v", err)
		return
	}
	k.count()
}

func (k *comparison) count() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.files++
}

func (k *comparison) sum(ctx context.Context, s side, e entry) (string, error) {
	if e.md5 != "" && !k.download {
		return e.md5, nil
	}
	return sumOf(ctx, s, e)
}
