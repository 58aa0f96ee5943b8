package acd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/acd-sdk/acd/internal/transport"
)

// decodeJSON decodes a whole answer. Text that ends early or is no JSON is an
// error of the way here, which a second attempt may mend; a value of the wrong
// type is the service's, and is named.
func decodeJSON(data []byte, out any) error {
	err := json.Unmarshal(data, out)
	if err == nil {
		return nil
	}
	var syntax *json.SyntaxError
	if len(data) == 0 || errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the answer is not whole: %w", err)
	}
	if named := blameNode(data); named != nil {
		err = named
	}
	return &transport.PermanentError{Err: fmt.Errorf("the answer cannot be read: %w", err)}
}

// blameNode finds the node and the field that do not decode. It only runs after
// a failure: the ordinary path decodes once.
func blameNode(data []byte) error {
	var page struct {
		Data  []json.RawMessage `json:"data"`
		Nodes []json.RawMessage `json:"nodes"`
	}
	_ = json.Unmarshal(data, &page)
	for _, raw := range append(append(page.Data, page.Nodes...), data) {
		if err := blameField(raw); err != nil {
			return err
		}
	}
	return nil
}

func blameField(raw json.RawMessage) error {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	var id string
	_ = json.Unmarshal(fields["id"], &id)
	for name, value := range fields {
		one, err := json.Marshal(map[string]json.RawMessage{name: value})
		if err != nil {
			continue
		}
		var n Node
		if err := json.Unmarshal(one, &n); err != nil {
			return fmt.Errorf("field %q of node %q: %w", name, id, err)
		}
	}
	return nil
}
