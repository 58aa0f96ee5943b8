package drivetest

import (
	"slices"
	"time"
)

// A node has the fields of a node that the suite checks.
type node struct {
	ID                string                       `json:"id"`
	Name              string                       `json:"name"`
	Kind              string                       `json:"kind"`
	Status            string                       `json:"status"`
	Version           int                          `json:"version"`
	ETag              string                       `json:"eTagResponse"`
	Description       string                       `json:"description"`
	Labels            []string                     `json:"labels"`
	Parents           []string                     `json:"parents"`
	CreatedBy         string                       `json:"createdBy"`
	Created           time.Time                    `json:"createdDate"`
	Modified          time.Time                    `json:"modifiedDate"`
	IsRoot            bool                         `json:"isRoot"`
	TempLink          string                       `json:"tempLink"`
	Properties        map[string]map[string]string `json:"properties"`
	ContentProperties *struct {
		Version     int       `json:"version"`
		Size        int64     `json:"size"`
		MD5         string    `json:"md5"`
		ContentType string    `json:"contentType"`
		Extension   string    `json:"extension"`
		ContentDate time.Time `json:"contentDate"`
	} `json:"contentProperties"`
	Settings map[string]bool `json:"settings"`
}

type list struct {
	Count     int    `json:"count"`
	NextToken string `json:"nextToken"`
	Data      []node `json:"data"`
}

func (l list) ids() []string {
	ids := make([]string, 0, len(l.Data))
	for _, n := range l.Data {
		ids = append(ids, n.ID)
	}
	return ids
}

// sameSet reports whether two lists have the same strings, in any order.
func sameSet(a, b []string) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}
