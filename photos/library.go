package photos

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"github.com/acd-sdk/acd"
)

// Library is the photos and the videos of an account, as Amazon Photos shows them.
type Library struct {
	drive *acd.Client
	// classic reports whether the account has no upload service. Uploads then go to the content
	// host.
	classic atomic.Bool
}

const opSearch = "Library.Search"

// Search yields the photos and videos that a query finds. Their number is not limited. Each node is
// yielded once. Uploads of the last minutes may be missing, because the service indexes them late.
// [acd.NodesService.List] shows them at once.
//
// An error is yielded once and ends the sequence. If the query is not valid, the error is
// [acd.ErrInvalid].
func (l *Library) Search(ctx context.Context, q Query) iter.Seq2[*acd.Node, error] {
	return func(yield func(*acd.Node, error) bool) {
		searches, err := q.searches()
		if err != nil {
			yield(nil, invalid(opSearch, err))
			return
		}
		seen := map[string]bool{} // only used if there are several searches
		for i, s := range searches {
			for n, err := range l.drive.DoPages(ctx, acd.Call{Op: opSearch, Path: "search", Query: s.values()}) {
				if err != nil {
					yield(nil, err)
					return
				}
				if !q.matches(n) || seen[n.ID] {
					continue
				}
				if i+1 < len(searches) {
					seen[n.ID] = true
				}
				if !yield(n, nil) {
					return
				}
			}
		}
	}
}

// Count returns how many photos and videos a query finds. If the service can count them, Count asks
// it for the number. Otherwise it counts the results of [Library.Search].
func (l *Library) Count(ctx context.Context, q Query) (int64, error) {
	if q.From.IsZero() && q.To.IsZero() && q.Hidden != IncludeHidden {
		if q.Hidden == ExcludeHidden {
			q.Raw = join(q.Raw, "settings.hidden:false")
		}
		answer, err := l.ask(ctx, "Library.Count", q)
		if err == nil {
			return answer.Count, nil
		}
		// The sources do not agree whether the service knows this setting.
		if !errors.Is(err, acd.ErrInvalid) || q.Hidden != ExcludeHidden {
			return 0, err
		}
		q.Raw = strings.TrimSuffix(strings.TrimSuffix(q.Raw, "settings.hidden:false"), " AND ")
	}
	var count int64
	for _, err := range l.Search(ctx, q) {
		if err != nil {
			return 0, err
		}
		count++
	}
	return count, nil
}

func join(clause, more string) string {
	if clause == "" {
		return more
	}
	return clause + " AND " + more
}

// searchAnswer is the response to a search without its nodes.
type searchAnswer struct {
	Count        int64        `json:"count"`
	Aggregations aggregations `json:"aggregations"`
}

// ask sends a search and returns the response without its nodes.
func (l *Library) ask(ctx context.Context, op string, q Query) (*searchAnswer, error) {
	searches, err := q.searches()
	if err != nil {
		return nil, invalid(op, err)
	}
	values := searches[0].values()
	values.Set("limit", "1")
	values.Set("offset", "0")
	answer := new(searchAnswer)
	err = drop(l.drive.Do(ctx, acd.Call{Op: op, Path: "search", Query: values, Decode: func(resp *http.Response) error {
		*answer = searchAnswer{Count: -1}
		if err := decodeJSON(resp, answer); err != nil {
			return err
		}
		if answer.Count < 0 {
			return errors.New("the answer lacks a count")
		}
		return nil
	}}))
	return answer, err
}

// LiveVideo returns the video of a live photo. If the photo has none, the error is
// [acd.ErrNotFound].
func (l *Library) LiveVideo(ctx context.Context, still *acd.Node) (*acd.Node, error) {
	for n, err := range l.drive.Nodes.Children(ctx, still.ID, acd.ListOptions{}) {
		if err != nil {
			return nil, err
		}
		if n.Kind == acd.KindAsset && (n.AssetType == acd.AssetLiveVideo || n.AssetType == "" && strings.HasPrefix(n.ContentProperties.ContentType, "video/")) {
			return n, nil
		}
	}
	return nil, &acd.Error{Op: "Library.LiveVideo", Target: still.ID, Err: fmt.Errorf("%w: it has no live video", acd.ErrNotFound)}
}

// Favorite marks a photo or a video as a favourite.
func (l *Library) Favorite(ctx context.Context, id string) error {
	return l.set(ctx, "Library.Favorite", id, `{"favorite":true}`)
}

// Unfavorite undoes [Library.Favorite].
func (l *Library) Unfavorite(ctx context.Context, id string) error {
	return l.set(ctx, "Library.Unfavorite", id, `{"favorite":false}`)
}

// Hide removes a photo or a video from the Photos page.
func (l *Library) Hide(ctx context.Context, id string) error {
	return l.set(ctx, "Library.Hide", id, `{"hidden":true}`)
}

// Unhide undoes [Library.Hide].
func (l *Library) Unhide(ctx context.Context, id string) error {
	return l.set(ctx, "Library.Unhide", id, `{"hidden":false}`)
}

func (l *Library) set(ctx context.Context, op, id, settings string) error {
	body := `{"settings":` + settings + `,"resourceVersion":"V2","ContentType":"JSON"}`
	return drop(l.drive.Do(ctx, acd.Call{Op: op, Target: id, Method: http.MethodPatch, Path: "nodes/" + url.PathEscape(id),
		Body: strings.NewReader(body), Repeatable: true}))
}

// Trash moves nodes to the trash. The service deletes them for good after 30 days. A
// [*acd.BulkError] says which nodes failed.
func (l *Library) Trash(ctx context.Context, ids ...string) error {
	return l.drive.Nodes.TrashAll(ctx, ids)
}

// Restore takes nodes out of the trash. A [*acd.BulkError] says which nodes failed.
func (l *Library) Restore(ctx context.Context, ids ...string) error {
	return l.drive.Nodes.RestoreAll(ctx, ids)
}

// Trashed yields the nodes in the trash.
func (l *Library) Trashed(ctx context.Context) iter.Seq2[*acd.Node, error] {
	return l.drive.Nodes.Trashed(ctx, acd.ListOptions{})
}
