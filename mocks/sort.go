package mocks

import (
	"cmp"
	"strings"
)

type sortKey struct {
	field fieldID
	down  bool
}

// parseSort reads ["field ASC","field DESC"]; the Photos clients write single quotes.
func parseSort(text string) ([]sortKey, error) {
	if text == "" {
		return nil, nil
	}
	inner, opened := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if !opened || !closed {
		return nil, errFilter("sort is not an array: " + text)
	}
	var keys []sortKey
	for item := range strings.SplitSeq(inner, ",") {
		item = strings.TrimSpace(item)
		if len(item) < 2 || item[0] != item[len(item)-1] || item[0] != '"' && item[0] != '\'' {
			return nil, errFilter("sort is not an array of strings: " + text)
		}
		name, order, _ := strings.Cut(item[1:len(item)-1], " ")
		info, ok := filterFields[name]
		if !ok || info.can&canSort == 0 || order != "ASC" && order != "DESC" {
			return nil, errFilter("cannot sort by " + item)
		}
		keys = append(keys, sortKey{info.id, order == "DESC"})
	}
	return keys, nil
}

func compareBy(keys []sortKey) func(a, b *node) int {
	return func(a, b *node) int {
		for _, k := range keys {
			r := compareField(k.field, a, b)
			if k.down {
				r = -r
			}
			if r != 0 {
				return r
			}
		}
		return cmp.Compare(a.ord, b.ord)
	}
}

func compareField(f fieldID, a, b *node) int {
	switch f {
	case fieldName:
		return cmp.Compare(a.lower, b.lower)
	case fieldKind:
		return cmp.Compare(a.kind.String(), b.kind.String())
	case fieldStatus:
		return cmp.Compare(a.status.String(), b.status.String())
	case fieldCreated:
		return cmp.Compare(a.created, b.created)
	case fieldModified:
		return cmp.Compare(a.modified, b.modified)
	case fieldSize:
		return cmp.Compare(a.size(), b.size())
	case fieldContentType:
		return cmp.Compare(a.mime, b.mime)
	case fieldContentDate:
		return cmp.Compare(a.more().contentDate, b.more().contentDate)
	case fieldExtension:
		return cmp.Compare(extension(a.name), extension(b.name))
	}
	return 0
}
