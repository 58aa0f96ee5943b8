package acd_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
)

// hollowAnswers are bodies of a 200 that lack what every method needs in its response.
var hollowAnswers = map[string]string{
	"{}":                    `{}`,
	"null":                  `null`,
	"[]":                    `[]`,
	"a text":                `""`,
	"a number":              `0`,
	"true":                  `true`,
	"nothing":               ``,
	"blanks":                "  \n",
	"an error of the front": `{"message":"Rate exceeded"}`,
	"an error of the Drive": `{"logref":"91485e44-e730-11f1-b5be-f82def7d9967","message":"Internal failure","code":"INTERNAL"}`,
	"an error of uploads":   `{"errorCode":"InternalError","errorDetails":{}}`,
	"an error of sign-in":   `{"error":"server_error","error_description":"try later"}`,
	"null values":           `{"id":null,"data":null,"count":null,"nodes":null,"metadataUrl":null,"quota":null,"status":null}`,
	"other keys":            `{"hello":"world"}`,
	"cut off":               `{"id":"s3UjpTtKTuKEY1E3VawOzQ","data":[{"id":"s3Uj`,
	"text":                  `OK`,
	"XML":                   `<UnknownOperationException/>`,
	"data is no list":       `{"count":1,"data":{},"id":7,"quota":"x","nodes":{},"status":[],"metadataUrl":{}}`,
	"list of nothing":       `{"count":2,"data":[null,null],"nodes":[null],"id":""}`,
}

// If a response lacks the data that the method needs, the method must fail.
func TestHollowAnswersAreErrors(t *testing.T) {
	for _, m := range methods(t) {
		if m.none || strings.HasPrefix(string(m.on), "GET cdproxy") || m.name == "Changes.Watch" {
			continue // only the status counts; or the response is content; or Watch polls again
		}
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			for name, body := range hollowAnswers {
				if m.empty && (name == "{}" || name == "other keys" || name == "null values" || name == "list of nothing" || name == "data is no list") {
					continue // for this method, an empty object is a valid response
				}
				t.Run(name, func(t *testing.T) {
					s := foreign.Start(t)
					c := foreignClient(t, s)
					call := m.ready(s)
					s.Hook(foreign.Instead(m.on, foreign.Say(200, "application/json", body)))
					err := finish(t, 5*time.Second, func(ctx context.Context) error { return call(ctx, c) })
					if err == nil {
						t.Errorf("%s was a success", body)
					}
					if errors.Is(err, acd.ErrNotFound) {
						t.Errorf("%s became ErrNotFound: %v", body, err)
					}
				})
			}
		})
	}
}

// If the first response to a read is hollow, the read is retried, and the second response counts.
func TestHollowAnswersToReadsAreRetried(t *testing.T) {
	reads := append(accountMethods(), nodeReads()...)
	for _, m := range append(reads, changeMethods()...) {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			for name, body := range hollowAnswers {
				if strings.HasPrefix(m.name, "Changes") && name == "list of nothing" {
					continue // the feed skips what it cannot read, and reports it at the end
				}
				t.Run(name, func(t *testing.T) {
					s := foreign.Start(t)
					call := m.ready(s)
					s.Hook(foreign.Times(1, m.on, foreign.Instead("", foreign.Say(200, "application/json", body))))
					err := finish(t, 5*time.Second, func(ctx context.Context) error { return call(ctx, foreignClient(t, s)) })
					if err != nil {
						t.Errorf("%s once, then right: %v", body, err)
					}
				})
			}
		})
	}
}

// folderOf makes a folder with n files.
func folderOf(s *foreign.Service, n int) (folder string) {
	folder = s.AddFolder(s.Root(), "folder")
	for i := range n {
		s.Put(foreign.Doc{"kind": "FILE", "name": fmt.Sprintf("f%05d", i), "parents": []any{folder},
			"contentProperties": map[string]any{"version": 1, "size": 1, "md5": "0cc175b9c0f1b6a831c399e269772661"}})
	}
	return folder
}

const listings = "GET nodes|GET nodes/*/children|GET trash|GET search"

// noToken removes the token of the next page from listings, as Amazon Photos does.
func noToken() foreign.Hook {
	return foreign.AlterJSON(listings, func(body map[string]any) { delete(body, "nextToken") })
}

// listingMethods returns the methods that list a folder's nodes.
func listingMethods(c *acd.Client, folder string) map[string]func(context.Context) ([]*acd.Node, error) {
	return map[string]func(context.Context) ([]*acd.Node, error){
		"Children": func(ctx context.Context) ([]*acd.Node, error) {
			return collect(c.Nodes.Children(ctx, folder, acd.ListOptions{}))
		},
		"List": func(ctx context.Context) ([]*acd.Node, error) {
			return collect(c.Nodes.List(ctx, acd.ListOptions{Filter: acd.FieldParents.Is(folder)}))
		},
		"Walk": func(ctx context.Context) (nodes []*acd.Node, err error) {
			for entry, e := range c.Nodes.Walk(ctx, folder, acd.WalkOptions{}) {
				if e != nil {
					return nodes, e
				}
				nodes = append(nodes, entry.Node)
			}
			return nodes, nil
		},
	}
}

// A page without a token is not treated as the last one if more nodes can be read by offset.
func TestListingsWithoutTokensGoOnByOffset(t *testing.T) {
	for _, n := range []int{0, 1, 199, 200, 201, 399, 400, 412, 1000} {
		s := foreign.Start(t, noToken())
		c := foreignClient(t, s)
		folder := folderOf(s, n)
		for name, list := range listingMethods(c, folder) {
			nodes, err := list(t.Context())
			if err != nil || len(nodes) != n {
				t.Errorf("%s: %d nodes of %d, %v", name, len(nodes), n, err)
			}
		}
	}
}

// The trash is read page by page in the same way as other listings.
func TestTrashWithoutTokensGoesOnByOffset(t *testing.T) {
	s := foreign.Start(t, noToken())
	for i := range 3000 {
		s.Put(foreign.Doc{"kind": "FILE", "name": fmt.Sprintf("t%d", i), "status": "TRASH", "parents": []any{s.Root()}})
	}
	nodes, err := collect(foreignClient(t, s).Nodes.Trashed(t.Context(), acd.ListOptions{}))
	if err != nil || len(nodes) != 3000 {
		t.Errorf("%d nodes of 3000, %v", len(nodes), err)
	}
}

// offsetHook replaces the response to a request for a page by offset.
func offsetHook(behave func(w http.ResponseWriter, r *http.Request, next http.Handler)) foreign.Hook {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("offset") == "" || r.URL.Query().Get("offset") == "0" {
				next.ServeHTTP(w, r)
				return
			}
			behave(w, r, next)
		})
	}
}

// If the service refuses or ignores offsets, nothing shows that the listing is complete. It must
// end with ErrIncomplete, after all nodes that came.
func TestListingsThatCannotGoOnAreIncomplete(t *testing.T) {
	refused := foreign.SayJSON(400, map[string]any{"message": "Offset + limit cannot be greater than 9999"})
	tests := map[string]foreign.Hook{
		"offset is refused": offsetHook(func(w http.ResponseWriter, r *http.Request, _ http.Handler) { refused(w, r) }),
		"offset is ignored": offsetHook(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			q := r.URL.Query()
			q.Del("offset")
			r.URL.RawQuery = q.Encode()
			next.ServeHTTP(w, r)
		}),
	}
	for name, hook := range tests {
		t.Run(name, func(t *testing.T) {
			s := foreign.Start(t, hook, noToken())
			c := foreignClient(t, s)
			folder := folderOf(s, 412)
			for way, list := range listingMethods(c, folder) {
				var nodes []*acd.Node
				err := finish(t, 5*time.Second, func(ctx context.Context) (err error) { nodes, err = list(ctx); return err })
				if !errors.Is(err, acd.ErrIncomplete) {
					t.Errorf("%s: %d nodes of 412 and %v, want ErrIncomplete", way, len(nodes), err)
				}
				if len(nodes) != 200 && way != "Walk" { // Walk yields the nodes of a folder only after all of them came
					t.Errorf("%s: %d nodes came before the end, want 200", way, len(nodes))
				}
			}
		})
	}
}

// The service refuses offset + limit > 9999. All nodes that came before must be yielded.
func TestListingsBeyondTheOffsetLimitAreIncomplete(t *testing.T) {
	limit := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var offset, limit int
			fmt.Sscan(r.URL.Query().Get("offset"), &offset)
			fmt.Sscan(r.URL.Query().Get("limit"), &limit)
			if offset+limit > 9999 {
				foreign.SayJSON(400, map[string]any{"message": "Offset + limit cannot be greater than 9999"})(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	s := foreign.Start(t, limit, noToken())
	folder := folderOf(s, 10200)
	nodes, err := collect(foreignClient(t, s).Nodes.Children(t.Context(), folder, acd.ListOptions{}))
	if !errors.Is(err, acd.ErrIncomplete) || len(nodes) < 9800 {
		t.Errorf("%d nodes and %v, want 9800 or more and ErrIncomplete", len(nodes), err)
	}
}

// A wrong count is not an error if the end of the listing is certain: the offset after the last
// node gives no nodes, or only known ones. Real drives have such counts.
func TestCountsThatNeverFitAreNoErrors(t *testing.T) {
	for _, off := range []int{-412, -200, -1, 1, 7, 200, 5000} {
		for _, tokens := range []bool{true, false} {
			s := foreign.Start(t, foreign.AlterJSON(listings, func(body map[string]any) {
				var n int
				fmt.Sscan(fmt.Sprint(body["count"]), &n)
				body["count"] = n + off
			}))
			if !tokens {
				s.Hook(noToken())
			}
			folder := folderOf(s, 412)
			nodes, err := collect(foreignClient(t, s).Nodes.Children(t.Context(), folder, acd.ListOptions{}))
			if err != nil || len(nodes) != 412 {
				t.Errorf("count off by %d, tokens %v: %d nodes of 412, %v", off, tokens, len(nodes), err)
			}
		}
	}
}

// If nodes are repeated, each must be yielded once. They are repeated within a page, over several
// pages, or because page one comes twice.
func TestRepeatedNodesAreYieldedOnce(t *testing.T) {
	double := func(body map[string]any) {
		data := body["data"].([]any)
		body["data"] = append(append([]any{}, data...), data...)
	}
	tests := map[string]foreign.Hook{
		"within a page": foreign.AlterJSON(listings, double),
		"page one twice": func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				q := r.URL.Query()
				switch q.Get("startToken") {
				case "page-200":
					q.Set("startToken", "page-0")
				case "":
				default:
					var at int
					fmt.Sscanf(q.Get("startToken"), "page-%d", &at)
					q.Set("startToken", fmt.Sprintf("page-%d", at-200))
				}
				r.URL.RawQuery = q.Encode()
				next.ServeHTTP(w, r)
			})
		},
	}
	for name, hook := range tests {
		s := foreign.Start(t, hook)
		if name == "page one twice" { // each page names the page after the next, so that all nodes come
			s.Hook(foreign.Only(listings, func(call int64) bool { return call == 2 },
				foreign.AlterJSON("", func(body map[string]any) { body["nextToken"] = "page-400" })))
		}
		folder := folderOf(s, 390)
		nodes, err := collect(foreignClient(t, s).Nodes.Children(t.Context(), folder, acd.ListOptions{}))
		seen := map[string]int{}
		for _, n := range nodes {
			seen[n.ID]++
		}
		if err != nil || len(nodes) != len(seen) || len(seen) != 390 {
			t.Errorf("%s: %d nodes, %d different of 390, %v", name, len(nodes), len(seen), err)
		}
	}
}

// If a listing breaks in the middle and starts again, each node must be yielded once. The nodes of
// all runs together decide whether the listing is complete.
func TestListingThatBeginsAnewIsWhole(t *testing.T) {
	var calls atomic.Int64
	s := foreign.Start(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("startToken") != "" && calls.Add(1) == 3 {
				foreign.SayJSON(400, map[string]any{"logref": "x", "message": "Next token is expired"})(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	})
	folder := folderOf(s, 1500)
	nodes, err := collect(foreignClient(t, s).Nodes.Children(t.Context(), folder, acd.ListOptions{}))
	if err != nil || len(nodes) != 1500 {
		t.Errorf("%d nodes of 1500, %v", len(nodes), err)
	}
}

// The nodes of all runs together decide whether a listing is complete. In this test, the run that
// reaches the end does not show some nodes that the run before it brought.
func TestNodesOfAllRunsCount(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"token expired": foreign.SayJSON(400, map[string]any{"message": "Next token is expired"}),
		"429":           foreign.SayJSON(429, map[string]any{"message": "Rate exceeded"}),
		"502":           foreign.Say(502, "text/html", "<html></html>"),
	} {
		var broken atomic.Bool
		s := foreign.Start(t)
		folder := folderOf(s, 1000)
		s.Hook(func(next http.Handler) http.Handler {
			fewer := foreign.AlterJSON("", func(body map[string]any) { body["data"] = body["data"].([]any)[50:] })(next)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch token := r.URL.Query().Get("startToken"); {
				case token == "page-800" && !broken.Swap(true):
					answer(w, r)
				case token == "page-200" && broken.Load():
					fewer.ServeHTTP(w, r)
				default:
					next.ServeHTTP(w, r)
				}
			})
		})
		nodes, err := collect(foreignClient(t, s).Nodes.Children(t.Context(), folder, acd.ListOptions{}))
		if err != nil || len(nodes) != 1000 {
			t.Errorf("%s: %d nodes of 1000, %v", name, len(nodes), err)
		}
	}
}

// The same must hold if each run loses another page for good, as after a 429 in the middle of a
// listing.
func TestNodesOfAllRunsCountThoughEachLostAPage(t *testing.T) {
	for _, pages := range [][]string{{"page-200", "page-600"}, {"page-400", "page-200", "page-600"}} {
		var failures atomic.Int64
		s := foreign.Start(t)
		folder := folderOf(s, 1000)
		s.Hook(func(next http.Handler) http.Handler {
			empty := foreign.AlterJSON("", func(body map[string]any) { body["data"] = []any{} })(next)
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				run := int(failures.Load())
				token := r.URL.Query().Get("startToken")
				switch {
				case token == "page-800" && run < len(pages)-1:
					failures.Add(1)
					foreign.SayJSON(400, map[string]any{"message": "Next token is expired"})(w, r)
				case token != "" && token == pages[min(run, len(pages)-1)]:
					empty.ServeHTTP(w, r)
				default:
					next.ServeHTTP(w, r)
				}
			})
		})
		nodes, err := collect(foreignClient(t, s).Nodes.Children(t.Context(), folder, acd.ListOptions{}))
		if len(nodes) == 1000 && err != nil {
			t.Errorf("%v: all nodes came over the runs, and then %v", pages, err)
		}
		if len(nodes) < 1000 && err == nil {
			t.Errorf("%v: %d nodes of 1000 and no error", pages, len(nodes))
		}
	}
}

// A listing must end if its tokens lead nowhere: the same token for ever, or empty pages for ever.
func TestEndlessPagesEnd(t *testing.T) {
	var n atomic.Int64
	tests := map[string]foreign.Hook{
		"the same token": foreign.AlterJSON(listings, func(body map[string]any) { body["nextToken"] = "page-0" }),
		"empty pages with new tokens": foreign.Instead(listings, func(w http.ResponseWriter, r *http.Request) {
			foreign.SayJSON(200, map[string]any{"count": 5, "data": []any{}, "nextToken": fmt.Sprintf("t%d", n.Add(1))})(w, r)
		}),
		"two tokens in turn": foreign.AlterJSON(listings, func(body map[string]any) { body["nextToken"] = fmt.Sprintf("page-%d", n.Add(1)%2) }),
	}
	for name, hook := range tests {
		t.Run(name, func(t *testing.T) {
			s := foreign.Start(t, hook)
			folder := folderOf(s, 5)
			c := foreignClient(t, s)
			err := finish(t, 3*time.Second, func(ctx context.Context) error {
				_, err := collect(c.Nodes.Children(ctx, folder, acd.ListOptions{}))
				return err
			})
			if requests := len(s.Requests("")); requests > 100 {
				t.Errorf("%d requests, %v", requests, err)
			}
		})
	}
}

// Ids are compared exactly as they are written. Some decoders treat two different ids as equal,
// because the last of 22 characters carries four bits that base64 does not use. Here they must stay
// two ids.
func TestDistinctIDsStayDistinct(t *testing.T) {
	kinds := map[string][]string{
		"unused bits": {},
		"case":        {"s3UjpTtKTuKEY1E3VawOzQ", "S3UjpTtKTuKEY1E3VawOzQ", "s3ujpTtKTuKEY1E3VawOzQ", "s3UjpTtKTuKEY1E3VawOzq"},
		"padding":     {"s3UjpTtKTuKEY1E3VawOzQ", "s3UjpTtKTuKEY1E3VawOzQA", "s3UjpTtKTuKEY1E3VawOz", "s3UjpTtKTuKEY1E3VawOzQAA"},
		"alphabets":   {"-3UjpTtKTuKEY1E3VawOzQ", "_3UjpTtKTuKEY1E3VawOzQ", "A3UjpTtKTuKEY1E3VawOzQ"},
		"numbers":     {"0000000000000000000001", "0000000000000000000002", "0000000000000000000003", "0000000000000000000010"},
	}
	for _, last := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef0123456789-_" {
		kinds["unused bits"] = append(kinds["unused bits"], "s3UjpTtKTuKEY1E3VawOz"+string(last))
	}
	for kind, ids := range kinds {
		for _, pageSize := range []int{0, 1, 3} {
			s := foreign.Start(t)
			folder := s.AddFolder(s.Root(), "folder")
			for i, id := range ids {
				s.Put(foreign.Doc{"id": id, "kind": "FILE", "name": fmt.Sprintf("f%d", i), "parents": []any{folder}})
			}
			nodes, err := collect(foreignClient(t, s).Nodes.Children(t.Context(), folder, acd.ListOptions{PageSize: pageSize}))
			if err != nil || len(nodes) != len(ids) {
				t.Errorf("%s in pages of %d: %d nodes of %d, %v", kind, pageSize, len(nodes), len(ids), err)
			}
		}
	}
}

// For a bulk call, each id must be either in a batch that succeeded or in Failed.
func TestBulkCallsAccountForEveryID(t *testing.T) {
	calls := map[string]func(context.Context, *acd.Client, []string) error{
		"TrashAll":   func(ctx context.Context, c *acd.Client, ids []string) error { return c.Nodes.TrashAll(ctx, ids) },
		"RestoreAll": func(ctx context.Context, c *acd.Client, ids []string) error { return c.Nodes.RestoreAll(ctx, ids) },
		"PurgeAll":   func(ctx context.Context, c *acd.Client, ids []string) error { return c.Nodes.PurgeAll(ctx, ids) },
	}
	done := map[string]string{"TrashAll": "TRASH", "RestoreAll": "AVAILABLE", "PurgeAll": "PURGED"}
	before := map[string]string{"TrashAll": "AVAILABLE", "RestoreAll": "TRASH", "PurgeAll": "TRASH"}
	answers := map[string]http.HandlerFunc{
		"400":       foreign.SayJSON(400, foreign.ErrorBody("", "1 validation error detected", "")),
		"403":       foreign.SayJSON(403, foreign.ErrorBody("", "Insufficient permissions", "")),
		"404":       foreign.SayJSON(404, foreign.ErrorBody("NODE_NOT_FOUND", "gone", "")),
		"409":       foreign.SayJSON(409, foreign.ErrorBody("", "conflict", "")),
		"500":       foreign.SayJSON(500, foreign.ErrorBody("", "Internal failure", "")),
		"429":       foreign.SayJSON(429, foreign.ErrorBody("", "Rate exceeded", "")),
		"HTML":      foreign.Say(200, "text/html", "<html></html>"),
		"an error":  foreign.Say(200, "application/json", `{"message":"Internal failure","code":"INTERNAL"}`),
		"reset":     func(w http.ResponseWriter, _ *http.Request) { foreign.Reset(w) },
		"cut off":   foreign.Say(200, "application/json", `{"errorMap":{"a`),
		"no object": foreign.Say(200, "application/json", `[]`),
	}
	for call, fn := range calls {
		for name, answer := range answers {
			for _, refused := range []int{1, 2, 4} {
				t.Run(fmt.Sprintf("%s/%s in batch %d", call, name, refused), func(t *testing.T) {
					t.Parallel()
					s := foreign.Start(t)
					var ids []string
					for i := range 170 {
						ids = append(ids, s.Put(foreign.Doc{"kind": "FILE", "name": fmt.Sprintf("f%d", i), "parents": []any{s.Root()}, "status": before[call]}))
					}
					// All attempts of one batch are handled in the same way. The batch is
					// recognized by its first id.
					first := ids[(refused-1)*50]
					s.Hook(insteadOfBatch(first, answer))
					err := fn(t.Context(), foreignClient(t, s), ids)
					var bulk *acd.BulkError
					if !errors.As(err, &bulk) {
						t.Fatalf("got %v, want a *BulkError", err)
					}
					var lost int
					for _, id := range ids {
						failed := bulk.Failed[id] != nil
						if applied := s.Doc(id)["status"] == done[call]; !applied && !failed {
							lost++
						}
					}
					if lost > 0 {
						t.Errorf("%d of 170 ids were neither done nor reported; %d reported", lost, len(bulk.Failed))
					}
				})
			}
		}
	}
}

func insteadOfBatch(id string, answer http.HandlerFunc) foreign.Hook {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			if slices.Contains([]string{"PATCH", "POST"}, r.Method) && bytes.Contains(body, []byte(id)) {
				answer(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// If the service's response lists an id as failed, the id must be in Failed, in whatever form the
// reason is given.
func TestBulkErrorMapsAreBelieved(t *testing.T) {
	s := foreign.Start(t)
	a, b := s.AddFile(s.Root(), "a", "a"), s.AddFile(s.Root(), "b", "b")
	for name, body := range map[string]string{
		"numbers": `{"errorMap":{"` + a + `":404,"AAAAAAAAAAAAAAAAAAAAAA":500}}`,
		"texts":   `{"errorMap":{"` + a + `":"NODE_NOT_FOUND"}}`,
		"objects": `{"errorMap":{"` + a + `":{"code":"NODE_NOT_FOUND"}}}`,
		"null":    `{"errorMap":{"` + a + `":null}}`,
	} {
		s := foreign.Start(t, foreign.Instead("PATCH trash", foreign.Say(200, "application/json", body)))
		err := foreignClient(t, s).Nodes.TrashAll(t.Context(), []string{a, b})
		var bulk *acd.BulkError
		if !errors.As(err, &bulk) || bulk.Failed[a] == nil {
			t.Errorf("%s: got %v, want a failed id", name, err)
		} else if bulk.Failed[b] != nil && name != "texts" && name != "objects" { // the map cannot be read: both ids may be reported
			t.Errorf("%s: a node that did not fail is reported: %v", name, err)
		}
	}
}
