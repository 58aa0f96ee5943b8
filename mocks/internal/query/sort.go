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

// compare orders two nodes by the keys; 0: the keys do not tell them apart.
func compare(keys []sortKey, a, b subject) int {
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

func compareField(f fieldID, a, b subject) int {
	switch f {
	case fieldCreated, fieldModified, fieldSize:
		x, _ := a.number(f)
		y, _ := b.number(f)
		return cmp.Compare(x, y)
	}
	x, _ := a.text(f)
	y, _ := b.text(f)
	return cmp.Compare(x, y)
}
