package transfer

import (
	"regexp"

	"golang.org/x/text/unicode/norm"
)

// filter says which paths are copied.
type filter struct{ include, exclude []*regexp.Regexp }

func newFilter(opts Options) (f filter, err error) {
	if f.include, err = compileAll(opts.Include, opts.IgnoreCase); err != nil {
		return f, err
	}
	f.exclude, err = compileAll(opts.Exclude, opts.IgnoreCase)
	return f, err
}

// all says that nothing is left out.
func (f filter) all() bool { return len(f.include) == 0 && len(f.exclude) == 0 }

func (f filter) file(path string) bool {
	return (len(f.include) == 0 || matchAny(f.include, path)) && !matchAny(f.exclude, path)
}

func (f filter) folder(path string) bool { return !matchAny(f.exclude, path+"/") }

func matchAny(patterns []*regexp.Regexp, path string) bool {
	if len(patterns) == 0 {
		return false
	}
	path = norm.NFC.String(path)
	for _, p := range patterns {
		if p.MatchString(path) {
			return true
		}
	}
	return false
}
