package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	peer "github.com/ncw/go-acd"
	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
)

// repository is the path from the report's working directory to the root of the repository.
const repository = ".."

// nodeText returns the node in testdata/node.json, which has all fields.
func nodeText() ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(repository, "testdata", "node.json"))
	if err != nil {
		return nil, fmt.Errorf("run it with go -C benchmarks run ./report: %w", err)
	}
	return bytes.TrimSpace(text), nil
}

// A listingService answers every listing with the same pages of 200 nodes, and every request for
// changes with the same sets.
type listingService struct {
	*httptest.Server
	ours   *acd.Client
	theirs *peer.Client
	raw    *http.Client
	pages  int
	one    []byte
	ids    []int     // the offsets of the node ids in a page
	free   sync.Pool // pages that are not in use
}

const pageSize = 200

func newListingService(pages int) (*listingService, error) {
	text, err := nodeText()
	if err != nil {
		return nil, err
	}
	var id struct{ ID string }
	if err := json.Unmarshal(text, &id); err != nil {
		return nil, err
	}
	var page []byte
	s := &listingService{one: bytes.Replace(text, []byte(id.ID), fmt.Appendf(nil, "%022d", 0), 1), pages: pages}
	for range pageSize {
		if len(page) > 0 {
			page = append(page, ',')
		}
		s.ids = append(s.ids, len(page)+bytes.Index(text, []byte(id.ID)))
		page = append(page, text...)
	}
	s.free.New = func() any { copied := bytes.Clone(page); return &copied }
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasSuffix(r.URL.Path, "/changes"):
			for n := range pages {
				fmt.Fprintf(w, `{"checkpoint":"c%d","reset":false,"statusCode":200,"nodes":[`, n)
				s.writeNodes(w, n)
				_, _ = io.WriteString(w, "]}\n")
			}
			_, _ = io.WriteString(w, `{"end":true}`+"\n")
		case strings.HasSuffix(r.URL.Path, "/nodes"):
			n, _ := strconv.Atoi(r.URL.Query().Get("startToken"))
			fmt.Fprintf(w, `{"count":%d,`, pages*pageSize)
			if n+1 < pages {
				fmt.Fprintf(w, `"nextToken":"%d",`, n+1)
			}
			_, _ = io.WriteString(w, `"data":[`)
			s.writeNodes(w, n)
			_, _ = io.WriteString(w, "]}")
		default:
			w.Header().Set("Content-Length", strconv.Itoa(len(s.one)))
			_, _ = w.Write(s.one)
		}
	}))
	s.raw = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}
	s.ours, err = acd.NewClient(context.Background(), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "token"}),
		acd.WithHTTPClient(s.raw), acd.WithEndpoints(acd.Endpoints{MetadataURL: s.URL + "/", ContentURL: s.URL + "/"}))
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(s.URL + "/")
	if err != nil {
		return nil, err
	}
	s.theirs = peer.NewClient(s.raw)
	s.theirs.MetadataURL, s.theirs.ContentURL = base, base
	return s, nil
}

// writeNodes writes the nodes of page n. The service runs in the same process as the client. So
// writeNodes takes little time, makes no garbage, and its memory does not grow with the account.
func (s *listingService) writeNodes(w io.Writer, n int) {
	page := s.free.Get().(*[]byte)
	defer s.free.Put(page)
	for i, at := range s.ids {
		id := (*page)[at : at+22]
		rest := n*pageSize + i
		for digit := len(id) - 1; digit >= 0; digit-- {
			id[digit] = '0' + byte(rest%10)
			rest /= 10
		}
	}
	_, _ = w.Write(*page)
}

func (s *listingService) listOurs() error {
	for _, err := range s.ours.Nodes.List(context.Background(), acd.ListOptions{}) {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *listingService) listTheirs() error {
	_, _, err := s.theirs.Nodes.GetAllNodes(&peer.NodeListOptions{Limit: pageSize}) //nolint:bodyclose // go-acd closes it
	return err
}

// listRaw gets the same pages and drops them.
func (s *listingService) listRaw(pages int) error {
	for n := range pages {
		resp, err := s.raw.Get(s.URL + "/nodes?startToken=" + strconv.Itoa(n))
		if err != nil {
			return err
		}
		if err := drain(resp.Body); err != nil {
			return err
		}
		resp.Body.Close()
	}
	return nil
}

func (s *listingService) feedOurs() error {
	for _, err := range s.ours.Changes.Since(context.Background(), "", acd.ChangesOptions{}) {
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *listingService) feedTheirs() error {
	_, err := s.theirs.Changes.GetChangesFunc(&peer.ChangesOptions{}, func(_ *peer.ChangeSet, err error) error { return err }) //nolint:bodyclose // go-acd closes it
	return err
}

func (s *listingService) getOurs() error {
	for range pageSize {
		if _, err := s.ours.Nodes.Get(context.Background(), fmt.Sprintf("%022d", 0)); err != nil {
			return err
		}
	}
	return nil
}

// getBare does the least work that any client must do for the same node: it sends the request,
// reads the response and decodes it with the standard library.
func (s *listingService) getBare() error {
	for range pageSize {
		req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, s.URL+"/nodes/"+fmt.Sprintf("%022d", 0), nil)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer token")
		resp, err := s.raw.Do(req)
		if err != nil {
			return err
		}
		var n acd.Node
		err = json.NewDecoder(resp.Body).Decode(&n)
		resp.Body.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// listings measures listings, the change feed and single nodes.
func listings(s settings) ([]row, error) {
	pages := 50
	if s.quick {
		pages = 5
	}
	service, err := newListingService(pages)
	if err != nil {
		return nil, err
	}
	defer service.Close()
	n := pages * pageSize
	took, err := s.interleave(s.rounds(),
		work{"list and decode, a node", service.listOurs},
		work{"go-acd, a third of the fields", service.listTheirs},
		work{"raw GET of the same pages", func() error { return service.listRaw(pages) }},
		work{"change feed, a node", service.feedOurs},
		work{"go-acd: change feed", service.feedTheirs},
		work{"one Get", service.getOurs},
		work{"net/http and encoding/json", service.getBare},
	)
	if err != nil {
		return nil, err
	}
	wire := limit("listing against the wire alone", "raw GET of the same pages", took.per("list and decode, a node", n).String(),
		float64(took.per("list and decode, a node", n))/float64(took.per("raw GET of the same pages", n)), 8)
	wire.peer = took.per("raw GET of the same pages", n).String()
	extra := took.per("one Get", pageSize) - took.per("net/http and encoding/json", pageSize)
	get := limit("one Get: µs more", "net/http and encoding/json", took.per("one Get", pageSize).String(), float64(extra)/float64(time.Microsecond), 8)
	get.peer = took.per("net/http and encoding/json", pageSize).String()
	oursAllocs, bareAllocs := allocations(service.getOurs, pageSize), allocations(service.getBare, pageSize)
	allocs := limit("one Get: allocations more", "net/http and encoding/json", fmt.Sprintf("%.0f", oursAllocs), oursAllocs-bareAllocs, 25)
	allocs.peer = fmt.Sprintf("%.0f", bareAllocs)
	listed := limit("allocations of a listed node", "", "", allocations(service.listOurs, n), 6)
	listed.peer = fmt.Sprintf("%.1f", allocations(service.listTheirs, n))
	listed.against, listed.value = "go-acd, a third of the fields", fmt.Sprintf("%.1f", listed.ratio)
	return []row{
		took.compare("list and decode, a node", "go-acd, a third of the fields", perThing(n), 3.5),
		listed,
		took.compare("change feed, a node", "go-acd: change feed", perThing(n), 3),
		wire, get, allocs,
	}, nil
}

// allocations returns the allocations for one of the n things that f does. They include the
// allocations of the service, which runs in the same process.
func allocations(f func() error, n int) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := f(); err != nil {
		return -1
	}
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(n)
}
