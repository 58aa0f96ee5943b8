package photos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/acd-sdk/acd"
)

// Albums are the account's albums, and the albums that others share with it. An album is a node of
// [acd.KindVisualCollection]. The photos in an album stay in their folders too.
type Albums struct{ drive *acd.Client }

// List yields the albums. An album of another owner has that owner's id in OwnerID.
func (a *Albums) List(ctx context.Context) iter.Seq2[*acd.Node, error] {
	return a.drive.Nodes.List(ctx, acd.ListOptions{Filter: acd.And(acd.FieldKind.Is(string(acd.KindVisualCollection)), acd.FieldStatus.Is(string(acd.StatusAvailable)))})
}

// Items yields the photos and videos in an album.
func (a *Albums) Items(ctx context.Context, albumID string) iter.Seq2[*acd.Node, error] {
	return a.drive.Nodes.Children(ctx, albumID, acd.ListOptions{})
}

// longestName is the service's limit for an album's name, in characters.
const longestName = 200

func checkName(op, name string) error {
	if n := utf8.RuneCountInString(name); n == 0 || n > longestName {
		return invalid(op, fmt.Errorf("an album's name has 1 to %d characters, not %d", longestName, n))
	}
	return nil
}

// Create makes an empty album. Several albums may have the same name.
func (a *Albums) Create(ctx context.Context, name string) (*acd.Node, error) {
	const op = "Albums.Create"
	if err := checkName(op, name); err != nil {
		return nil, err
	}
	call := acd.Call{Op: op, Target: name, Method: http.MethodPost, Path: "nodes"}
	var album *acd.Node
	call.Decode = func(resp *http.Response) (err error) {
		album, err = decodeNode(a.drive, resp)
		return err
	}
	if err := body(&call, map[string]any{"kind": acd.KindVisualCollection, "name": name}); err != nil {
		return nil, err
	}
	if err := drop(a.drive.Do(ctx, call)); err != nil {
		return nil, err
	}
	if album.Kind != acd.KindVisualCollection {
		return nil, &acd.Error{Op: op, Target: name, Err: fmt.Errorf("%w: the service made a node of kind %q", acd.ErrUnavailable, album.Kind)}
	}
	return album, nil
}

// body gives a call a JSON body, and adds the fields that the service needs in every body.
func body(call *acd.Call, fields map[string]any) error {
	fields["resourceVersion"], fields["ContentType"] = "V2", "JSON"
	text, err := json.Marshal(fields)
	if err != nil {
		return invalid(call.Op, err)
	}
	call.Body = bytes.NewReader(text)
	return nil
}

func decodeNode(drive *acd.Client, resp *http.Response) (*acd.Node, error) {
	text, err := readAnswer(resp)
	if err != nil {
		return nil, err
	}
	return drive.DecodeNode(text)
}

// Rename gives an album another name.
func (a *Albums) Rename(ctx context.Context, albumID, name string) (*acd.Node, error) {
	if err := checkName("Albums.Rename", name); err != nil {
		return nil, err
	}
	return a.drive.Nodes.Rename(ctx, albumID, name)
}

// bulkSize is how many ids one request may have. It is the same number as for the trash.
const bulkSize = 50

// Add puts photos and videos into an album, 50 per request. The service needs some minutes to
// process a new upload, and refuses it until then. Add repeats such a request for up to two minutes.
// If a request still fails, Add returns its error. The items of earlier requests are then in the
// album, and Add can be called again with all ids.
func (a *Albums) Add(ctx context.Context, albumID string, ids ...string) error {
	return a.change(ctx, "Albums.Add", "add", albumID, ids)
}

// Remove takes photos and videos out of an album. They stay in the library.
func (a *Albums) Remove(ctx context.Context, albumID string, ids ...string) error {
	return a.change(ctx, "Albums.Remove", "remove", albumID, ids)
}

func (a *Albums) change(ctx context.Context, op, what, albumID string, ids []string) error {
	for batch := range slices.Chunk(ids, bulkSize) {
		if err := a.changeBatch(ctx, op, what, albumID, batch); err != nil {
			return err
		}
	}
	return nil
}

// If the service has not processed an upload yet, changeBatch tries again after firstWait, then
// after twice as long, and so on.
const (
	firstWait = time.Second
	waits     = 7 // the number of waits; together they are about two minutes
)

func (a *Albums) changeBatch(ctx context.Context, op, what, albumID string, ids []string) error {
	pause := firstWait
	for try := 0; ; try++ {
		call := acd.Call{Op: op, Target: albumID, Method: http.MethodPatch, Path: "nodes/" + url.PathEscape(albumID) + "/children", Repeatable: true}
		if err := body(&call, map[string]any{"op": what, "value": ids}); err != nil {
			return err
		}
		err := drop(a.drive.Do(ctx, call))
		if err == nil || try == waits || !isUnprocessed(err) {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
		pause *= 2
	}
}

// isUnprocessed reports whether the service refused a photo only because it has not processed the
// photo yet.
func isUnprocessed(err error) bool {
	failed, ok := errors.AsType[*acd.Error](err)
	return ok && failed.StatusCode == http.StatusBadRequest && bytes.Contains(bytes.ToLower([]byte(failed.Message)), []byte("improper child kind"))
}

// SetCover makes a photo in an album the cover of the album.
func (a *Albums) SetCover(ctx context.Context, albumID string, photo *acd.Node) error {
	call := acd.Call{Op: "Albums.SetCover", Target: albumID, Method: http.MethodPatch, Path: "nodes/" + url.PathEscape(albumID), Repeatable: true}
	cover := acd.Cover{ID: photo.ID, OwnerID: photo.OwnerID}
	if err := body(&call, map[string]any{"collectionProperties": acd.Collection{Covers: []acd.Cover{cover}}}); err != nil {
		return err
	}
	return drop(a.drive.Do(ctx, call))
}
