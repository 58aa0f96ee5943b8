package mocks

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/acd-sdk/acd/mocks/internal/store"
)

func (c *call) getNode() (*answer, error) {
	return c.locked(func() (*answer, error) {
		n, err := c.lookup(c.id)
		if err != nil {
			return nil, err
		}
		return c.node(http.StatusOK, n)
	})
}

func (c *call) createFolder() (*answer, error) {
	body, err := c.readJSON()
	if err != nil {
		return nil, err
	}
	s, err := parseSpec(body)
	if err != nil {
		return nil, err
	}
	want := store.Folder
	if s.kind == store.Album.String() && c.d.opt.dialect.Photos && c.isV2(body) {
		want = store.Album
	}
	if err := s.check(want, c.d.opt.owner); err != nil {
		return nil, err
	}
	if want == store.Album && utf16Len(s.name) > maxAlbumName {
		return nil, errTooLong(s.name, "name", maxAlbumName)
	}
	if !c.token.mayChange(want) {
		return nil, c.forbidden()
	}
	s.localID = c.query.Get("localId")
	if err := c.bodyRead(); err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		n, err := c.create(s, want)
		if err != nil {
			return nil, err
		}
		c.d.store.Touch(n, c.now)
		return c.node(http.StatusCreated, n)
	})
}

// isV2 reports whether the request asks for resourceVersion V2, in the query or in the body.
func (c *call) isV2(body []byte) bool {
	var v struct{ ResourceVersion string }
	return c.query.Get("resourceVersion") == "V2" || json.Unmarshal(body, &v) == nil && v.ResourceVersion == "V2"
}

// create makes the node of a spec and links it to its parents. The caller must then give the node
// its content and call Touch.
func (c *call) create(s *spec, k store.Kind) (*store.Node, error) {
	d := c.d
	var parents []*store.Node
	if k != store.Album || len(s.parents) > 0 {
		list, err := s.parentsIn(d.store)
		if err != nil {
			return nil, err
		}
		parents = list
	}
	if other := d.store.LocalIDs[s.localID]; s.localID != "" && other != nil {
		f := refuse(http.StatusConflict, "LOCAL_ID_ALREADY_EXISTS", "A node with the localId %s already exists", s.localID)
		f.nodeID = other.ID.String()
		return nil, f
	}
	if err := free(s.name, parents, nil); err != nil {
		if !s.rename {
			return nil, err
		}
		s.name = freeName(s.name, parents)
	}
	n := d.store.NewNode(k, s.name, s.id, c.now)
	s.describe(n)
	c.mark(n)
	d.store.Lagged(n, c.now, c.delay())
	for _, p := range parents {
		if _, twice := n.EdgeSeq(p); !twice {
			d.store.Link(n, p)
		}
	}
	if s.localID != "" {
		d.store.LocalIDs[s.localID] = n
	}
	return n, nil
}

// mark marks a node as made by Photos, if the request is one of Photos.
func (c *call) mark(n *store.Node) {
	if !c.d.photos() || c.session == nil && c.query.Get("resourceVersion") != "V2" && !c.saysV2 {
		return
	}
	p := n.EditPhoto()
	p.Made = true
	if lag := c.d.opt.photos.searchLag; lag > 0 {
		p.Indexed = c.now.Add(lag).UnixMilli()
		c.d.store.IndexedUntil = max(c.d.store.IndexedUntil, p.Indexed)
	}
	if n.Edit().Settings == nil {
		n.Edit().Settings = map[string]bool{}
	}
}

// describe sets the labels, the description and the other optional values of a spec on a new node.
func (s *spec) describe(n *store.Node) {
	if len(s.labels) > 0 || s.description != "" || len(s.properties) > 0 || s.localID != "" || s.contentDate != "" {
		x := n.Edit()
		x.Labels, x.Description, x.Properties, x.LocalID, x.ContentDate = dedup(s.labels), s.description, s.properties, s.localID, s.contentDate
	}
}

// freeName returns name with a number before its extension, so that no parent has a node of that
// name.
func freeName(name string, parents []*store.Node) string {
	stem, ext := name, ""
	if e := store.Extension(name); e != "" {
		stem, ext = name[:len(name)-len(e)-1], "."+e
	}
	for i := 1; ; i++ {
		try := stem + " (" + string(appendInt(nil, int64(i))) + ")" + ext
		if free(try, parents, nil) == nil {
			return try
		}
	}
}

func dedup(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// patch is the body of a PATCH. A nil field was not in the body.
type patch struct {
	name, description *string
	labels            []string
	hasLabels         bool
	properties        map[string]map[string]string
	settings          map[string]bool
	covers            []string // of an album
	hasCovers         bool
}

func (c *call) parsePatch(body []byte) (*patch, error) { //nolint:cyclop // a flat switch
	m, err := object(body)
	if err != nil {
		return nil, err
	}
	var version string
	if err := field(m, "resourceVersion", &version); err != nil {
		return nil, err
	}
	v2 := version == "V2" || c.query.Get("resourceVersion") == "V2"
	p := &patch{}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		var into any
		switch {
		case key == "name":
			into = &p.name
		case key == "description":
			into = &p.description
		case key == "labels":
			into, p.hasLabels = &p.labels, true
		case key == "properties" && v2:
			into = &p.properties
		case key == "settings" && v2:
			into = &p.settings
		case key == "collectionProperties" && v2 && c.d.photos():
			var album struct{ Covers []struct{ ID string } }
			if err := field(m, key, &album); err != nil {
				return nil, err
			}
			p.hasCovers = true
			for _, cover := range album.Covers {
				p.covers = append(p.covers, cover.ID)
			}
			continue
		case key == "resourceVersion", key == "ContentType":
			continue
		case key == "contentProperties":
			return nil, front(http.StatusForbidden, "contentProperties cannot be updated")
		default:
			return nil, refuse(http.StatusBadRequest, "", "The field %s cannot be updated", key)
		}
		if err := field(m, key, into); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (c *call) updateNode() (*answer, error) {
	body, err := c.readJSON()
	if err != nil {
		return nil, err
	}
	p, err := c.parsePatch(body)
	if err != nil {
		return nil, err
	}
	if p.name != nil {
		err = checkName(*p.name)
	}
	if err == nil && p.description != nil {
		err = checkDescription(*p.description)
	}
	if err == nil {
		err = checkLabels(p.labels)
	}
	if err == nil {
		err = checkProperties(p.properties, c.d.opt.owner)
	}
	if err == nil {
		err = c.bodyRead()
	}
	if err != nil {
		return nil, err
	}
	return c.locked(func() (*answer, error) {
		n, err := c.lookup(c.id)
		if err != nil {
			return nil, err
		}
		if !c.token.mayChange(n.Kind) {
			return nil, c.forbidden()
		}
		if err := c.apply(n, p); err != nil {
			return nil, err
		}
		return c.node(http.StatusOK, n)
	})
}

func (c *call) apply(n *store.Node, p *patch) error {
	d := c.d
	if err := c.unchanged(n); err != nil {
		return err
	}
	if p.name != nil {
		if err := d.mayRename(n, *p.name); err != nil {
			return err
		}
	}
	if err := p.mergeProperties(n); err != nil {
		return err
	}
	if p.name == nil && p.description == nil && !p.hasLabels && p.properties == nil && p.settings == nil && !p.hasCovers {
		return nil
	}
	d.store.Lagged(n, c.now, c.delay())
	if p.name != nil {
		d.store.Rename(n, strings.Clone(*p.name))
	}
	p.edit(n)
	d.store.Touch(n, c.now)
	return nil
}

// mayRename returns an error if the name is taken in one of the node's folders.
func (d *Drive) mayRename(n *store.Node, name string) error {
	if n == d.store.Root {
		return errRoot("rename")
	}
	if !n.Status.Live() {
		return nil
	}
	var parents []*store.Node
	for _, e := range n.Edges {
		parents = append(parents, e.Parent)
	}
	return free(name, parents, n)
}

// mergeProperties adds the node's present properties to those of the patch, for every owner in the
// patch.
func (p *patch) mergeProperties(n *store.Node) error {
	for owner, group := range p.properties {
		have := maps.Clone(n.More().Properties[owner])
		if have == nil {
			have = map[string]string{}
		}
		maps.Copy(have, group)
		if len(have) > maxProperties {
			return errTooManyProperties
		}
		p.properties[owner] = have
	}
	return nil
}

// edit applies the patch to the node, except the name.
func (p *patch) edit(n *store.Node) {
	if p.description != nil {
		n.Edit().Description = *p.description
	}
	if p.hasLabels {
		n.Edit().Labels = dedup(p.labels)
	}
	for owner, group := range p.properties {
		x := n.Edit()
		if x.Properties == nil {
			x.Properties = map[string]map[string]string{}
		}
		x.Properties[owner] = group
	}
	if p.hasCovers && n.Kind == store.Album {
		n.EditPhoto().Covers = p.covers
	}
	if p.settings != nil {
		x := n.Edit()
		settings := maps.Clone(x.Settings) // a clone, because other nodes may share the map
		if settings == nil {
			settings = map[string]bool{}
		}
		maps.Copy(settings, p.settings)
		x.Settings = settings
	}
}

func errRoot(what string) error {
	return refuse(http.StatusForbidden, "", "The root folder does not allow this: %s", what)
}
