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

// all reports whether nothing is left out.
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

// Matcher says which paths a copy takes. It is for programs that walk both sides themselves.
type Matcher struct {
	filter  filter
	maxSize int64
}

// NewMatcher returns a Matcher for the Include, Exclude, IgnoreCase and MaxSize of opts. It returns
// an error if a pattern is not valid.
func NewMatcher(opts Options) (*Matcher, error) {
	f, err := newFilter(opts)
	if err != nil {
		return nil, err
	}
	return &Matcher{f, opts.MaxSize}, nil
}

// File reports whether a file is copied. The path has the form of [Event.Path].
func (m *Matcher) File(path string, size int64) bool {
	return m.filter.file(path) && (m.maxSize == 0 || size <= m.maxSize)
}

// Folder reports whether a folder is entered. The path has the form of [Event.Path].
func (m *Matcher) Folder(path string) bool { return m.filter.folder(path) }
