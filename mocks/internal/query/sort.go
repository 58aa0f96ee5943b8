package query

import (
	"cmp"
	"strings"
)

type SortKey struct {
	field Field
	down  bool
}

// ParseSort reads ["field ASC","field DESC"]. The Photos clients write single quotes, so it accepts
// both.
func ParseSort(text string) ([]SortKey, error) {
	if text == "" {
		return nil, nil
	}
	inner, opened := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	if !opened || !closed {
		return nil, refuse("sort is not an array: " + text)
	}
	var keys []SortKey
	for item := range strings.SplitSeq(inner, ",") {
		item = strings.TrimSpace(item)
		if len(item) < 2 || item[0] != item[len(item)-1] || item[0] != '"' && item[0] != '\'' {
			return nil, refuse("sort is not an array of strings: " + text)
		}
		name, order, _ := strings.Cut(item[1:len(item)-1], " ")
		info, ok := filterFields[name]
		if !ok || info.can&canSort == 0 || order != "ASC" && order != "DESC" {
			return nil, refuse("cannot sort by " + item)
		}
		keys = append(keys, SortKey{info.id, order == "DESC"})
	}
	return keys, nil
}

// Compare compares two nodes by the keys. It returns 0 if they are equal in all keys.
func Compare(keys []SortKey, a, b Subject) int {
	for _, k := range keys {
		r := compareField(k.field, a, b)
		if k.down {
			r = -r
		}
		if r != 0 {
			return r
		}
	}
	return 0
}

func compareField(f Field, a, b Subject) int {
	switch f {
	case Created, Modified, Size:
		x, _ := a.Number(f)
		y, _ := b.Number(f)
		return cmp.Compare(x, y)
	}
	x, _ := a.Text(f)
	y, _ := b.Text(f)
	return cmp.Compare(x, y)
}

// Latest returns the sort order from the newest node to the oldest.
func Latest() []SortKey { return []SortKey{{Created, true}} }
