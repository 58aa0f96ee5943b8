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
	return &transport.PermanentError{Err: fmt.Errorf("the answer cannot be read: %w", err)}
}
