package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// lookAtPage says how many nodes a page has and how it goes on.
func lookAtPage(_ *http.Response, text []byte) string {
	var page struct {
		Count     *int64            `json:"count"`
		Data      []json.RawMessage `json:"data"`
		NextToken string            `json:"nextToken"`
	}
	if err := json.Unmarshal(text, &page); err != nil {
		return "no page"
	}
	count := "no count"
	if page.Count != nil {
		count = "a count of " + magnitude(*page.Count)
	}
	return fmt.Sprintf("%d nodes, %s, a token: %v", len(page.Data), count, page.NextToken != "")
}

// magnitude says how large a number is, and not which one.
func magnitude(n int64) string {
	for limit := int64(10); ; limit *= 10 {
		if n < limit {
			return fmt.Sprintf("below %d", limit)
		}
	}
}

// lookAtFields names the fields of an answer, without their values.
func lookAtFields(_ *http.Response, text []byte) string {
	text, _, _ = cutLines(text)
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return "no object"
	}
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return "fields " + strings.Join(names, ", ")
}

// cutLines is the first line: the change feed answers with several objects.
func cutLines(text []byte) (first, rest []byte, found bool) {
	for i, c := range text {
		if c == '\n' {
			return text[:i], text[i+1:], true
		}
	}
	return text, nil, false
}

// containsIn says whether a field of some node holds an id.
func containsIn(text []byte, field, id string) bool {
	var page struct{ Data []map[string]json.RawMessage }
	if json.Unmarshal(text, &page) != nil {
		return false
	}
	for _, node := range page.Data {
		if strings.Contains(string(node[field]), `"`+id+`"`) {
			return true
		}
	}
	return false
}

func hostOf(resp *http.Response) string {
	if resp.Request == nil {
		return "an unknown host"
	}
	return resp.Request.URL.Hostname()
}
