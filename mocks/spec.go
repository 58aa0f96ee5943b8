package mocks

import (
	"net/http"
	"strings"

	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// spec is the description of a new node in a client's request.
type spec struct {
	name, kind  string
	parents     []string
	labels      []string
	description string
	properties  map[string]map[string]string
	size        *int64
	md5         string
	contentDate string
	localID     string
	rename      bool     // if the name is taken, use another one
	id          ids.Node // the id of the new node; if zero, a new id
}

func parseSpec(body []byte) (*spec, error) {
	m, err := object(body)
	if err != nil {
		return nil, err
	}
	s := &spec{}
	var content struct {
		ContentDate string `json:"contentDate"`
	}
	for key, v := range map[string]any{
		"name": &s.name, "kind": &s.kind, "parents": &s.parents, "labels": &s.labels, "description": &s.description,
		"properties": &s.properties, "size": &s.size, "md5": &s.md5, "contentProperties": &content,
	} {
		if err := field(m, key, v); err != nil {
			return nil, err
		}
	}
	s.contentDate = content.ContentDate
	return s, nil
}

// check checks everything in a spec that can be checked without the content of the drive.
func (s *spec) check(want store.Kind, owner string) error {
	if err := checkName(s.name); err != nil {
		return err
	}
	if s.kind != want.String() {
		return refuse(http.StatusBadRequest, "", "Invalid Kind %s", s.kind)
	}
	if err := checkLabels(s.labels); err != nil {
		return err
	}
	if err := checkDescription(s.description); err != nil {
		return err
	}
	return checkProperties(s.properties, owner)
}

// parentsIn returns the parents that a spec names; without any, the root.
func (s *spec) parentsIn(st *store.Store) ([]*store.Node, error) {
	if len(s.parents) == 0 {
		return []*store.Node{st.Root}, nil
	}
	var list []*store.Node
	for _, text := range s.parents {
		if text == "ROOT" {
			text = st.Root.ID.String()
		}
		id, _ := ids.Parse(text)
		p := st.ByID[id]
		switch {
		case p == nil:
			return nil, errNoParent
		case !p.Holder():
			return nil, refuse(http.StatusBadRequest, "", "The parent %s is not a folder", text)
		case !p.Status.Live():
			return nil, errTrashParent
		}
		list = append(list, p)
	}
	return list, nil
}

// free returns an error if the name is taken in one of the parents by another node than self.
func free(name string, parents []*store.Node, self *store.Node) error {
	lower := strings.ToLower(name)
	for _, p := range parents {
		if other := store.Taken(p, lower, self); other != nil {
			return errNameTaken(lower, p, other)
		}
	}
	return nil
}
