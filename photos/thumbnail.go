package photos

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/acd-sdk/acd"
)

// Thumbnail returns a picture of a photo or a video that fits into a square of maxDim pixels. The
// picture is always recompressed, whatever its size. To get the original, use
// [acd.ContentService.Open].
func (l *Library) Thumbnail(ctx context.Context, n *acd.Node, maxDim int) (*acd.Thumbnail, error) {
	query := url.Values{}
	if n.OwnerID != "" {
		query.Set("ownerId", n.OwnerID)
	}
	t, err := rendition(ctx, l.drive, "Library.Thumbnail", n.ID, maxDim, query)
	if isMissing(err) {
		return l.drive.Content.Thumbnail(ctx, n.ID, maxDim)
	}
	return t, err
}

func rendition(ctx context.Context, drive *acd.Client, op, id string, maxDim int, query url.Values) (*acd.Thumbnail, error) {
	if maxDim < 1 {
		return nil, invalid(op, fmt.Errorf("a square of %d pixels", maxDim))
	}
	query.Set("viewBox", strconv.Itoa(maxDim))
	t := new(acd.Thumbnail)
	err := drop(drive.Do(ctx, acd.Call{Op: op, Target: id, Base: acd.BaseThumbnails, Path: "thumbnail/" + url.PathEscape(id), Query: query, AnyContent: true,
		Decode: func(resp *http.Response) (err error) {
			if t.ContentType = resp.Header.Get("Content-Type"); !strings.HasPrefix(t.ContentType, "image/") {
				return fmt.Errorf("the answer is %q, not a picture", t.ContentType)
			}
			t.Data, err = readAnswer(resp)
			return err
		}}))
	if err != nil {
		return nil, err
	}
	return t, nil
}
