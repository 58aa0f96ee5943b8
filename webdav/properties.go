package webdav

import (
	"encoding/xml"
	"maps"
	"net/http"
	"slices"
	"sync"

	"golang.org/x/net/webdav"
)

const (
	propertiesMost    = 4 << 20  // bytes of all properties together
	propertiesOfOne   = 64 << 10 // bytes of the properties of one file or folder
	propertyOverheads = 64       // about how many bytes a property needs besides its texts
)

// properties holds the properties that clients invent, by the key of the file or folder (see
// [entry.key]).
type properties struct {
	mu    sync.Mutex
	kept  map[string]map[xml.Name]webdav.Property
	order []string // keys; the one whose properties changed longest ago is first
	bytes int
}

func newProperties() *properties {
	return &properties{kept: map[string]map[xml.Name]webdav.Property{}}
}

func sizeOf(props map[xml.Name]webdav.Property) (n int) {
	for name, p := range props {
		n += len(name.Space) + len(name.Local) + len(p.Lang) + len(p.InnerXML) + propertyOverheads
	}
	return n
}

// of returns a copy of the properties of one file or folder.
func (s *properties) of(key string) map[xml.Name]webdav.Property {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.kept[key])
}

// patch makes all changes, or none of them.
func (s *properties) patch(key string, patches []webdav.Proppatch) []webdav.Propstat {
	s.mu.Lock()
	defer s.mu.Unlock()
	props := maps.Clone(s.kept[key])
	if props == nil {
		props = map[xml.Name]webdav.Property{}
	}
	stat := webdav.Propstat{Status: http.StatusOK}
	for _, patch := range patches {
		for _, p := range patch.Props {
			stat.Props = append(stat.Props, webdav.Property{XMLName: p.XMLName})
			if patch.Remove {
				delete(props, p.XMLName)
			} else {
				props[p.XMLName] = p
			}
		}
	}
	if sizeOf(props) > propertiesOfOne {
		stat.Status = webdav.StatusInsufficientStorage
	} else {
		s.set(key, props)
	}
	return []webdav.Propstat{stat}
}

// set replaces the properties of one file or folder. If there is no room, it drops those that
// changed longest ago. The caller must hold s.mu.
func (s *properties) set(key string, props map[xml.Name]webdav.Property) {
	s.drop(key)
	if len(props) == 0 {
		return
	}
	s.kept[key] = props
	s.order = append(s.order, key)
	s.bytes += sizeOf(props)
	for s.bytes > propertiesMost {
		s.drop(s.order[0])
	}
}

// drop forgets the properties of one file or folder. The caller must hold s.mu.
func (s *properties) drop(key string) {
	if old, ok := s.kept[key]; ok {
		s.bytes -= sizeOf(old)
		delete(s.kept, key)
		s.order = slices.DeleteFunc(s.order, func(o string) bool { return o == key })
	}
}

// move gives the properties of the empty file of a LOCK to the file that takes its place.
func (s *properties) move(from, to string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	props := s.kept[from]
	s.drop(from)
	s.set(to, props)
}
