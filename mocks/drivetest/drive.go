package drivetest

import (
	"crypto/md5"
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// A drive is a target whose hosts are known, with a folder in which the tests work.
type drive struct {
	Target
	client     *http.Client
	book       *ledger
	metaURL    string
	contentURL string
	uploadURL  string // the v2 upload service
	root       string
	home       string // everything that a test makes is below this folder
	owner      string // the owner of the token's own properties
}

// open asks for the target's hosts and makes the folder to work in.
func open(t *testing.T, target Target, book *ledger) *drive {
	t.Helper()
	client := http.Client{}
	if target.HTTPClient != nil {
		client = *target.HTTPClient
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	d := &drive{Target: target, client: &client, book: book}

	var endpoint struct{ MetadataURL, ContentURL, UploadServiceURL string }
	d.send(t, "GET", target.DiscoveryURL).want(t, 200).json(t, &endpoint)
	d.metaURL = slashed(endpoint.MetadataURL)
	d.contentURL = slashed(endpoint.ContentURL)
	d.uploadURL = slashed(endpoint.UploadServiceURL)
	if endpoint.UploadServiceURL == "" {
		d.uploadURL = d.contentURL
	}

	roots := d.meta(t, "GET", "nodes", filters("isRoot:true")).want(t, 200).list(t)
	if len(roots.Data) != 1 {
		t.Fatalf("the drive has %d roots, want 1", len(roots.Data))
	}
	d.root = roots.Data[0].ID
	home := d.folder(t, d.root, "drivetest-"+rand.Text())
	d.home, d.owner = home.ID, home.CreatedBy
	d.trashAtEnd(t, home.ID)
	return d
}

func slashed(u string) string { return strings.TrimRight(u, "/") + "/" }

// settled skips the test if the target is not a fake: the wire reference defines what follows only
// for fakes.
func (d *drive) settled(t *testing.T) {
	t.Helper()
	if !d.Fake {
		t.Skip("the service's answer is unknown; the wire reference settles it for fakes only (Target.Fake)")
	}
}

// fresh returns another drive with these settings. If the target cannot make one, the test is
// skipped.
func (d *drive) fresh(t *testing.T, v Variant) *drive {
	t.Helper()
	if d.Fresh == nil {
		t.Skip("the target cannot make another drive (Target.Fresh)")
	}
	return open(t, d.Fresh(t, v), d.book)
}

// later returns another drive whose clock can be moved. If the target cannot make one, the test is
// skipped.
func (d *drive) later(t *testing.T, v Variant) *drive {
	t.Helper()
	f := d.fresh(t, v)
	if f.Advance == nil {
		t.Skip("the target's clock cannot be moved (Target.Advance)")
	}
	return f
}

// trashAtEnd moves a node to the trash after the test, unless the test has already done so.
func (d *drive) trashAtEnd(t *testing.T, id string) {
	t.Cleanup(func() {
		r, err := d.try(t.Context(), "PUT", d.metaURL+"trash/"+id)
		if err != nil {
			t.Errorf("trashing %s: %s", id, d.redact(err.Error()))
		} else if r.status != 200 && r.status != 404 && r.status != 409 {
			t.Errorf("%s: status %d: %s", r.call, r.status, d.redact(string(r.body)))
		}
	})
}

// dir makes a folder for one test.
func (d *drive) dir(t *testing.T) string {
	t.Helper()
	return d.folder(t, d.home, "dir-"+rand.Text()).ID
}

// folder makes a folder.
func (d *drive) folder(t *testing.T, parent, name string) node {
	t.Helper()
	return d.create(t, obj{"name": name, "kind": "FOLDER", "parents": []string{parent}}).want(t, 201).node(t)
}

// create sends the request for a folder and returns the response.
func (d *drive) create(t *testing.T, metadata obj, opts ...option) *reply {
	t.Helper()
	return d.meta(t, "POST", "nodes", append([]option{sendJSON(metadata)}, opts...)...)
}

// file uploads a file, even if another file has the same content.
func (d *drive) file(t *testing.T, parent, name string, content []byte) node {
	t.Helper()
	return d.upload(t, obj{"name": name, "kind": "FILE", "parents": []string{parent}}, content,
		query("suppress", "deduplication")).want(t, 201).node(t)
}

// some uploads a small file. No other file has its content.
func (d *drive) some(t *testing.T, parent, name string) node {
	t.Helper()
	return d.file(t, parent, name, unique(20))
}

// get reads a node by its id.
func (d *drive) get(t *testing.T, id string) node {
	t.Helper()
	return d.meta(t, "GET", "nodes/"+id).want(t, 200).node(t)
}

// trash moves a node to the trash.
func (d *drive) trash(t *testing.T, id string) {
	t.Helper()
	d.meta(t, "PUT", "trash/"+id).want(t, 200).node(t)
}

// all reads every page of a listing.
func (d *drive) all(t *testing.T, path string, opts ...option) []node {
	t.Helper()
	var nodes []node
	token := ""
	for range 10000 {
		page := opts
		if token != "" {
			page = append(slices.Clone(opts), query("startToken", token))
		}
		l := d.meta(t, "GET", path, page...).want(t, 200).list(t)
		nodes = append(nodes, l.Data...)
		if l.NextToken == "" || len(l.Data) == 0 {
			return nodes
		}
		token = l.NextToken
	}
	t.Fatalf("GET %s: the pages do not end", path)
	return nil
}

// finds checks that a listing has exactly these nodes, in any order. It repeats the listing until
// this is true or d.Settle has passed.
func (d *drive) finds(t *testing.T, path string, opt option, want ...string) {
	t.Helper()
	var got []string
	if !d.eventually(t, d.Settle, func() bool {
		got = list{Data: d.all(t, path, opt)}.ids()
		return sameSet(got, want)
	}) {
		r := &request{}
		opt(r)
		t.Errorf("GET %s?%s: found %v, want %v", path, strings.TrimPrefix(r.query, "&"), got, want)
	}
}

// eventually repeats check until it returns true or patience has passed. It reports whether check
// returned true.
func (d *drive) eventually(t *testing.T, patience time.Duration, check func() bool) bool {
	t.Helper()
	deadline := time.Now().Add(patience)
	pause := 10 * time.Millisecond
	for !check() {
		if !time.Now().Before(deadline) {
			return false
		}
		select {
		case <-time.After(pause):
		case <-t.Context().Done():
			return false
		}
		pause = min(2*pause, time.Second)
	}
	return true
}

// unique returns n bytes. For n of 20 or more, no other file has this content.
func unique(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

func md5Hex(b []byte) string {
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])
}

// absentID returns a well-formed id that no node has.
func absentID() string {
	return "AAAA" + rand.Text()[:18]
}
