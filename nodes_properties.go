package acd

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/acd-sdk/acd/internal/transport"
)

var (
	opProperties  = transport.Op{Name: "Nodes.Properties", Method: http.MethodGet, Path: "nodes/{id}/properties/{owner}", Replay: true}
	opSetProperty = transport.Op{Name: "Nodes.SetProperty", Method: http.MethodPut, Path: "nodes/{id}/properties/{owner}/{key}", Replay: true}
	// opSetProperties is the name of SetProperties in errors. Its requests are those of opUpdate
	// and opSetProperty.
	opSetProperties  = transport.Op{Name: "Nodes.SetProperties"}
	opDeleteProperty = transport.Op{Name: "Nodes.DeleteProperty", Method: http.MethodDelete, Path: "nodes/{id}/properties/{owner}/{key}", Replay: true}
)

var propertyKey = regexp.MustCompile(`^[A-Za-z0-9_]{1,50}$`)

const (
	longestProperty = 500 // characters
	mostProperties  = 10  // keys for each application
)

// propertiesAnswer is the response that contains a node's properties. If a node has no properties,
// data may be missing. If data is missing and there is an error text, it counts as an error.
type propertiesAnswer struct {
	errorText
	Data map[string]string `json:"data"`
}

func (a *propertiesAnswer) lacks() string {
	if a.Data == nil && a.isError() {
		return "data: it is an error"
	}
	return ""
}

// Properties returns the properties that an application set on a node. owner is the application's
// friendly name: see [NodesService.PropertyOwner]. For another application's name, the result is an
// empty map.
func (s *NodesService) Properties(ctx context.Context, id, owner string) (map[string]string, error) {
	answer, err := call[propertiesAnswer](ctx, s.client, request{op: opProperties, args: []string{id, owner}})
	if err != nil {
		return nil, err
	}
	if answer.Data == nil {
		return map[string]string{}, nil
	}
	return answer.Data, nil
}

// SetProperty sets one property. A key has at most 50 characters of A-Z, a-z, 0-9 and _, a value
// has at most 500 characters, and an application has at most 10 keys on a node. Properties of
// another application cannot be set ([ErrForbidden]).
func (s *NodesService) SetProperty(ctx context.Context, id, owner, key, value string) error {
	r := request{op: opSetProperty, args: []string{id, owner, key}, json: map[string]string{"value": value}}
	if err := checkProperty(key, value); err != nil {
		return newError(ctx, r.op, id, err)
	}
	return callNone(ctx, s.client, r)
}

// PropertiesError says which properties [NodesService.SetProperties] did not set. The others were
// set.
type PropertiesError struct {
	ID     string           // of the node
	Failed map[string]error // by key
}

func (e *PropertiesError) Error() string {
	keys := slices.Sorted(maps.Keys(e.Failed))
	if len(keys) == 0 { // a program may have made this PropertiesError itself
		return fmt.Sprintf("acd: %s %q: no property failed", opSetProperties.Name, e.ID)
	}
	return fmt.Sprintf("acd: %s %q: %s not set: %s", opSetProperties.Name, e.ID, strings.Join(keys, ", "), inner(e.Failed[keys[0]]))
}

// Unwrap returns the errors of the keys.
func (e *PropertiesError) Unwrap() []error { return slices.Collect(maps.Values(e.Failed)) }

// SetProperties sets several properties and returns the node with them. Properties that are not in
// values stay. See [NodesService.SetProperty] for allowed keys and values; if one is not allowed,
// SetProperties fails with [ErrInvalid] before any request.
//
// The classic service takes one property in a request. If some fail, the error is a
// [*PropertiesError] with a reason for each key, and no node is returned. If the service refuses
// one key as invalid, the other keys are still set; after any other failure no more keys are sent.
// With [WithPhotos], one request reads the present properties and one request sets all or none; if
// another program sets a property between the two, that property may be lost. If the service does
// not support that, the properties are set one by one.
func (s *NodesService) SetProperties(ctx context.Context, id, owner string, values map[string]string) (*Node, error) {
	if len(values) == 0 || len(values) > mostProperties {
		return nil, invalid(ctx, opSetProperties, id, "1 to %d properties, not %d", mostProperties, len(values))
	}
	for key, value := range values {
		if err := checkProperty(key, value); err != nil {
			return nil, newError(ctx, opSetProperties, id, err)
		}
	}
	if s.client.cfg.photos != nil {
		n, err := s.patchProperties(ctx, id, owner, values)
		if err == nil || !errors.Is(err, ErrInvalid) {
			return n, err
		}
	}
	if err := s.putProperties(ctx, id, owner, values); err != nil {
		return nil, err
	}
	return s.Get(ctx, id)
}

// patchProperties sets properties in one request. It is not documented whether the service adds to
// the owner's properties or replaces them. So the request carries all of them, which is right in
// both cases. If it fails with [ErrInvalid], nothing was set.
func (s *NodesService) patchProperties(ctx context.Context, id, owner string, values map[string]string) (*Node, error) {
	all, err := s.Properties(ctx, id, owner)
	if err != nil {
		return nil, err
	}
	maps.Copy(all, values)
	isSet := func(n *Node) bool {
		for key, value := range values {
			if now, there := n.Properties[owner][key]; !there || now != value {
				return false
			}
		}
		return true
	}
	r := request{op: opUpdate, args: []string{id}, json: patch{"properties": map[string]any{owner: all}}}
	n, err := s.change(ctx, r, id, isSet)
	if err != nil {
		return nil, err
	}
	if !isSet(n) {
		return nil, invalid(ctx, opSetProperties, id, "the service does not set properties in this way")
	}
	return n, nil
}

// putProperties sets properties one by one.
func (s *NodesService) putProperties(ctx context.Context, id, owner string, values map[string]string) error {
	failed := map[string]error{}
	var last error // an error that the other keys would meet too
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if last == nil {
			err := s.SetProperty(ctx, id, owner, key, values[key])
			switch {
			case err == nil:
				continue
			case errors.Is(err, ErrInvalid):
				failed[key] = err
				continue
			}
			last = err
		}
		failed[key] = last
	}
	if len(failed) > 0 {
		return &PropertiesError{ID: id, Failed: failed}
	}
	return nil
}

func checkProperty(key, value string) error {
	if !propertyKey.MatchString(key) {
		return fmt.Errorf("%w: a property's key is 1 to 50 of A-Z, a-z, 0-9 and _, not %q", ErrInvalid, key)
	}
	if n := len(utf16.Encode([]rune(value))); n > longestProperty {
		return fmt.Errorf("%w: the value of property %q has %d characters, and the service takes %d", ErrInvalid, key, n, longestProperty)
	}
	return nil
}

// DeleteProperty removes one property. If the property does not exist, it fails with [ErrNotFound].
func (s *NodesService) DeleteProperty(ctx context.Context, id, owner, key string) error {
	_, record, err := s.client.send(ctx, request{op: opDeleteProperty, args: []string{id, owner, key}}, dropAnswer)
	if record.Lost && errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
