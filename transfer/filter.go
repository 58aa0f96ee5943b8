package transfer

import (
	"fmt"
	"path"
	"strings"

	"github.com/acd-sdk/acd"
)

// filter says which paths are copied.
type filter struct{ include, exclude []pattern }

// pattern is one of Options, split at its slashes.
type pattern []string

func newFilter(include, exclude []string) (f filter, err error) {
	if f.include, err = parsePatterns(include); err != nil {
		return f, err
	}
	f.exclude, err = parsePatterns(exclude)
	return f, err
}

func parsePatterns(texts []string) ([]pattern, error) {
	var list []pattern
	for _, text := range texts {
		var p pattern
		if !strings.Contains(strings.Trim(text, "/"), "/") && !strings.HasPrefix(text, "/") {
			p = pattern{"**"} // a name, in any folder
		}
		for _, element := range strings.Split(strings.Trim(text, "/"), "/") {
			if _, err := path.Match(element, ""); err != nil || element == "" {
				return nil, fmt.Errorf("transfer: %w: the pattern %q", acd.ErrInvalid, text)
			}
			p = append(p, element)
		}
		list = append(list, p)
	}
	return list, nil
}

// all says that nothing is left out.
func (f filter) all() bool { return len(f.include) == 0 && len(f.exclude) == 0 }

func (f filter) file(p string) bool {
	return (len(f.include) == 0 || matchAny(f.include, p)) && !matchAny(f.exclude, p)
}

func (f filter) folder(p string) bool { return !matchAny(f.exclude, p) }

func matchAny(patterns []pattern, p string) bool {
	elements := strings.Split(p, "/")
	for _, pattern := range patterns {
		if pattern.match(elements) {
			return true
		}
	}
	return false
}

func (p pattern) match(elements []string) bool {
	for i, element := range p {
		if element == "**" {
			for skip := i; skip <= len(elements); skip++ {
				if p[i+1:].match(elements[skip:]) {
					return true
				}
			}
			return false
		}
		if i >= len(elements) {
			return false
		}
		if ok, _ := path.Match(element, elements[i]); !ok {
			return false
		}
	}
	return len(p) == len(elements)
}
