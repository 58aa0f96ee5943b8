package acd

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/acd-sdk/acd/internal/transport"
)

var opThumbnail = transport.Op{Name: "Content.Thumbnail", Method: http.MethodGet, Path: "nodes/{id}/content", Replay: true, Content: true}

// A Thumbnail is a small picture of a file.
type Thumbnail struct {
	ContentType string // such as image/jpeg
	Data        []byte
}

// Thumbnail returns a picture of an image or a video. The picture fits into a square of maxDim by maxDim
// pixels. For other kinds of files the service makes no picture, and Thumbnail returns an error.
func (s *ContentService) Thumbnail(ctx context.Context, id string, maxDim int) (*Thumbnail, error) {
	r := request{op: opThumbnail, base: BaseContent, args: []string{id}, query: url.Values{"viewBox": {strconv.Itoa(maxDim)}}}
	if maxDim < 1 {
		return nil, invalid(ctx, r.op, id, "a square of %d pixels", maxDim)
	}
	t := new(Thumbnail)
	_, _, err := s.client.send(ctx, r, func(resp *http.Response) (err error) {
		defer resp.Body.Close()
		t.ContentType = resp.Header.Get("Content-Type")
		if !strings.HasPrefix(t.ContentType, "image/") {
			return &transport.PermanentError{Err: fmt.Errorf("%w: the answer is %q, not a picture", ErrInvalid, t.ContentType)}
		}
		t.Data, err = readAnswer(resp, new(bytes.Buffer))
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, nil
}
