package acd

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"unicode/utf16"

	"github.com/acd-sdk/acd/internal/transport"
)

var (
	opProperties     = transport.Op{Name: "Nodes.Properties", Method: http.MethodGet, Path: "nodes/{id}/properties/{owner}", Replay: true}
	opSetProperty    = transport.Op{Name: "Nodes.SetProperty", Method: http.MethodPut, Path: "nodes/{id}/properties/{owner}/{key}", Replay: true}
	opDeleteProperty = transport.Op{Name: "Nodes.DeleteProperty", Method: http.MethodDelete, Path: "nodes/{id}/properties/{owner}/{key}", Replay: true}
)

var propertyKey = regexp.MustCompile(`^[A-Za-z0-9_]{1,50}$`)

const longestProperty = 500 // characters

// propertiesAnswer is what a node's properties come in. A node without any may have no data; an error's text is none.
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

// Properties returns the properties that an application set on a node. The owner is the
// application's friendly name, the [Node.CreatedBy] of what it made; those of
// another application's are an empty map.
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

// SetProperty sets one property: a key of at most 50 characters of A-Z, a-z,
// 0-9 and _, a value of at most 500 characters, at most 10 keys an application. Another
// application's cannot be set ([ErrForbidden]).
func (s *NodesService) SetProperty(ctx context.Context, id, owner, key, value string) error {
	r := request{op: opSetProperty, args: []string{id, owner, key}, json: map[string]string{"value": value}}
	if err := checkProperty(key, value); err != nil {
		return newError(ctx, r.op, id, err)
	}
	return callNone(ctx, s.client, r)
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

// DeleteProperty removes one property; one that is not there is [ErrNotFound].
func (s *NodesService) DeleteProperty(ctx context.Context, id, owner, key string) error {
	_, record, err := s.client.send(ctx, request{op: opDeleteProperty, args: []string{id, owner, key}}, dropAnswer)
	if record.Lost && errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}
