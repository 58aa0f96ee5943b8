package photos

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/acd-sdk/acd"
)

// maxAnswer is the largest response that is read into memory.
const maxAnswer = 16 << 20

func readAnswer(resp *http.Response) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(text) > maxAnswer {
		err = fmt.Errorf("the answer is above %d bytes", maxAnswer)
	}
	return text, err
}

func decodeJSON(resp *http.Response, v any) error {
	text, err := readAnswer(resp)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

// drop closes the response of a call. It is for calls whose response was decoded already or is not
// needed.
func drop(resp *http.Response, err error) error {
	if err != nil {
		return err
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10) // so that the connection can be reused
	return resp.Body.Close()
}

func invalid(op string, err error) error {
	return &acd.Error{Op: op, Err: fmt.Errorf("%w: %w", acd.ErrInvalid, err)}
}
