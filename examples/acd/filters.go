package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"iter"
	"os"
	"path"
	"strings"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/examples/internal/program"
	"github.com/acd-sdk/acd/transfer"
)

// filters holds the flags that say which files a command leaves out.
type filters struct {
	include, exclude, excludeFrom program.List
	ignoreCase                    bool
	maxSize                       program.Size
}

func (f *filters) register(fs *flag.FlagSet) {
	fs.Var(&f.include, "include", "only files that match `PATTERN`; may be repeated")
	fs.Var(&f.exclude, "exclude", "no files and folders that match `PATTERN`; may be repeated")
	fs.Var(&f.excludeFrom, "exclude-from", "no files and folders that match a line of `FILE`; empty lines and those that begin with # or ; are skipped")
	fs.BoolVar(&f.ignoreCase, "ignore-case", false, "match patterns without case")
	fs.Var(&f.maxSize, "max-size", "no files above this `size`")
}

// apply sets the options of package transfer. The documentation of that package describes the
// patterns.
func (f *filters) apply(o *transfer.Options) error {
	o.Include, o.Exclude = f.include, append([]string{}, f.exclude...)
	o.IgnoreCase, o.MaxSize = f.ignoreCase, max(int64(f.maxSize), 0)
	for _, file := range f.excludeFrom {
		lines, err := readPatterns(file)
		if err != nil {
			return fmt.Errorf("-exclude-from: %w", err)
		}
		o.Exclude = append(o.Exclude, lines...)
	}
	_, err := transfer.NewMatcher(*o)
	if err != nil {
		return program.Usagef("%w", err)
	}
	return nil
}

func readPatterns(file string) (patterns []string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if line := strings.TrimSpace(lines.Text()); line != "" && line[0] != '#' && line[0] != ';' {
			patterns = append(patterns, line)
		}
	}
	return patterns, lines.Err()
}

func (f *filters) matcher() (*transfer.Matcher, error) {
	var o transfer.Options
	if err := f.apply(&o); err != nil {
		return nil, err
	}
	return transfer.NewMatcher(o)
}

// walk yields the files and folders below a folder, except those that the filters leave out.
func (f *filters) walk(ctx context.Context, d *drive, folderID string, workers int) iter.Seq2[acd.WalkEntry, error] {
	return func(yield func(acd.WalkEntry, error) bool) {
		match, err := f.matcher()
		if err != nil {
			yield(acd.WalkEntry{}, err)
			return
		}
		out := map[string]bool{} // folders that are left out; a folder comes before its content
		for e, err := range d.client.Nodes.Walk(ctx, folderID, acd.WalkOptions{Workers: workers}) {
			if err != nil {
				yield(e, err)
				return
			}
			switch {
			case out[path.Dir(e.Path)], e.Node.IsFolder() && !match.Folder(e.Path):
				out[e.Path] = e.Node.IsFolder()
				continue
			case e.Node.IsFile() && !match.File(e.Path, e.Node.Size()):
				continue
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}
