package acd_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
)

// amongOthers returns a client that gets the given nodes, unchanged, from a listing and from a
// change feed.
func amongOthers(t *testing.T, nodes ...string) *acd.Client {
	t.Helper()
	list := strings.Join(nodes, ",")
	return newClientWith(t, roundTripperFunc(func(req *http.Request) (*http.Response, error) {
		text := fmt.Sprintf(`{"count":%d,"data":[%s]}`, len(nodes), list)
		if req.Method == http.MethodPost {
			text = fmt.Sprintf(`{"checkpoint":"after","nodes":[%s],"statusCode":200}`, list) + theEnd
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(text)), Request: req}, nil
	}), oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken}), acd.WithEndpoints(testEndpoints), acd.WithRetryPolicy(atOnce))
}

type roundTripperFunc func(*http.Request) (*http.Response, error)

func (f roundTripperFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

const (
	goodBefore = `{"id":"before","name":"b","kind":"FILE","status":"AVAILABLE","version":1}`
	goodAfter  = `{"id":"after","name":"a","kind":"FILE","status":"AVAILABLE","version":1}`
)

// oddNode returns a complete node with one more field. If the node has a field of that name
// already, the added one counts.
func oddNode(field string) string {
	return `{"id":"odd","name":"o","kind":"FILE","status":"AVAILABLE","version":1,"contentProperties":{"version":1,"size":5,"md5":"m"},` + field + `}`
}

// everyWay reads the nodes from a listing and from the change feed.
func everyWay(t *testing.T, nodes ...string) map[string]struct {
	nodes []*acd.Node
	err   error
	set   *acd.ChangeSet
} {
	t.Helper()
	type result = struct {
		nodes []*acd.Node
		err   error
		set   *acd.ChangeSet
	}
	var list, feed result
	client := amongOthers(t, nodes...)
	for n, err := range client.Nodes.List(t.Context(), acd.ListOptions{AllStatuses: true}) {
		if err != nil {
			list.err = err
			break
		}
		list.nodes = append(list.nodes, n)
	}
	for set, err := range client.Changes.Since(t.Context(), "", acd.ChangesOptions{}) {
		if err != nil {
			feed.err = err
			break
		}
		if !set.End {
			feed.set = set
		}
		feed.nodes = append(feed.nodes, set.Nodes...)
	}
	return map[string]result{"listing": list, "feed": feed}
}

func utc(year int, month time.Month, hour, nanos int) time.Time {
	return time.Date(year, month, 1, hour, 0, 0, nanos, time.UTC)
}

// If a field that only decorates has an odd value, at most that field is lost. The value is
// converted if its meaning is clear. If not, it is left out, with a warning.
func TestOddDecorations(t *testing.T) {
	date := func(n *acd.Node) any { return n.CreatedDate.UTC() }
	content := func(n *acd.Node) any { return n.ContentProperties.ContentDate.UTC() }
	image := func(n *acd.Node) any { return n.ContentProperties.Image }
	video := func(n *acd.Node) any { return n.ContentProperties.Video }
	props := func(n *acd.Node) any { return n.Properties }
	inContent := func(s string) string { return `"contentProperties":{"size":5,` + s + `}` }
	var none time.Time
	for field, tc := range map[string]struct {
		get     func(*acd.Node) any
		want    any
		warning string // the beginning of the warning, or "" for none
	}{
		// Dates.
		`"createdDate":""`:                                    {date, none, "createdDate: text where a date is due"},
		`"createdDate":"0000-00-00"`:                          {date, none, "createdDate: text"},
		`"createdDate":"0000-00-00T00:00:00.000Z"`:            {date, none, "createdDate: text"},
		`"createdDate":"yesterday"`:                           {date, none, "createdDate: text"},
		`"createdDate":"2016-02-30T10:00:00Z"`:                {date, none, "createdDate: text"},
		`"createdDate":"2016-05-01T25:00:00Z"`:                {date, none, "createdDate: text"},
		`"createdDate":"2016-05-01T10:00:00.Z"`:               {date, none, "createdDate: text"},
		`"createdDate":"2016-05-01T10:00:00+25:00"`:           {date, none, "createdDate: text"},
		`"createdDate":"2016-05-01T10:00:00Zulu"`:             {date, none, "createdDate: text"},
		`"createdDate":1462096800000`:                         {date, none, "createdDate: a number where a date is due"},
		`"createdDate":{"time":1}`:                            {date, none, "createdDate: an object"},
		`"createdDate":null`:                                  {date, none, ""},
		`"createdDate":"2016-05-01"`:                          {date, utc(2016, 5, 0, 0), ""},
		`"createdDate":"2016-05-01T10:00:00"`:                 {date, utc(2016, 5, 10, 0), ""},
		`"createdDate":"2016-05-01T10:00:00.25"`:              {date, utc(2016, 5, 10, 250_000_000), ""},
		`"createdDate":"2016-05-01 10:00:00Z"`:                {date, utc(2016, 5, 10, 0), ""},
		`"createdDate":"2016-05-01t10:00:00z"`:                {date, utc(2016, 5, 10, 0), ""},
		`"createdDate":" 2016-05-01T10:00:00Z "`:              {date, utc(2016, 5, 10, 0), ""},
		`"createdDate":"2016-05-01T10:00:00+0200"`:            {date, utc(2016, 5, 8, 0), ""},
		`"createdDate":"2016-05-01T10:00:00-02"`:              {date, utc(2016, 5, 12, 0), ""},
		`"createdDate":"2016-05-01T10:00:00.1234567891234Z"`:  {date, utc(2016, 5, 10, 123_456_789), ""},
		`"createdDate":"2016-12-31T23:59:60Z"`:                {date, utc(2017, 1, 0, 0), ""},
		inContent(`"contentDate":""`):                         {content, none, "contentProperties.contentDate: text where a date is due"},
		inContent(`"contentDate":"2016-12-31T23:59:60.000Z"`): {content, utc(2017, 1, 0, 0), ""},
		inContent(`"contentDate":[2016,5,1]`):                 {content, none, "contentProperties.contentDate: a list"},
		// Numbers.
		inContent(`"image":{"width":"4032","height":3024}`):    {image, &acd.Image{Width: 4032, Height: 3024}, ""},
		inContent(`"image":{"width":4032.0,"height":"3e3"}`):   {image, &acd.Image{Width: 4032, Height: 3000}, ""},
		inContent(`"image":{"width":"4032 px","make":"ACME"}`): {image, &acd.Image{Make: "ACME"}, "contentProperties.image.width: text where a whole number is due"},
		inContent(`"image":{"width":"","height":1}`):           {image, &acd.Image{Height: 1}, "contentProperties.image.width: text"},
		inContent(`"image":{"width":12.5}`):                    {image, &acd.Image{}, "contentProperties.image.width: a number where a whole number is due"},
		inContent(`"image":{"width":99999999999999999999}`):    {image, &acd.Image{}, "contentProperties.image.width: a number"},
		inContent(`"image":{"width":true}`):                    {image, &acd.Image{}, "contentProperties.image.width: true or false"},
		inContent(`"video":{"duration":"12.5","bitrate":1e3}`): {video, &acd.Video{Duration: 12.5, Bitrate: 1000}, ""},
		inContent(`"video":{"duration":"12,5","width":1}`):     {video, &acd.Video{Width: 1}, "contentProperties.video.duration: text where a number is due"},
		inContent(`"video":{"duration":1e999}`):                {video, &acd.Video{}, "contentProperties.video.duration: a number"},
		inContent(`"video":{"duration":"NaN"}`):                {video, &acd.Video{}, "contentProperties.video.duration: text"},
		inContent(`"video":{"duration":{}}`):                   {video, &acd.Video{}, "contentProperties.video.duration: an object"},
		// Texts.
		inContent(`"image":{"orientation":1}`):          {image, &acd.Image{Orientation: "1"}, ""},
		inContent(`"image":{"flash":false}`):            {image, &acd.Image{Flash: "false"}, ""},
		inContent(`"image":{"location":{"lat":1}}`):     {image, &acd.Image{}, "contentProperties.image.location: an object where text is due"},
		inContent(`"contentType":["image/jpeg"]`):       {func(n *acd.Node) any { return n.ContentProperties.ContentType }, "", "contentProperties.contentType: a list where text is due"},
		inContent(`"extension":7`):                      {func(n *acd.Node) any { return n.ContentProperties.Extension }, "7", ""},
		`"description":{}`:                              {func(n *acd.Node) any { return n.Description }, "", "description: an object"},
		`"eTagResponse":12`:                             {func(n *acd.Node) any { return n.ETag }, "12", ""},
		`"ownerId":[]`:                                  {func(n *acd.Node) any { return n.OwnerID }, "", "ownerId: a list"},
		`"tempLink":{"url":"https://secret.test/?sig"}`: {func(n *acd.Node) any { return n.TempLink }, "", "tempLink: an object where text is due"},
		// Booleans.
		`"settings":{"favorite":"true","hidden":"FALSE"}`: {func(n *acd.Node) any { return n.Settings }, acd.Settings{Favorite: true}, ""},
		`"settings":{"favorite":1,"hidden":"0"}`:          {func(n *acd.Node) any { return n.Settings }, acd.Settings{Favorite: true}, ""},
		`"settings":{"favorite":"maybe"}`:                 {func(n *acd.Node) any { return n.Settings }, acd.Settings{}, "settings.favorite: text where true or false is due"},
		`"settings":[]`:                                   {func(n *acd.Node) any { return n.Settings }, acd.Settings{}, "settings: a list where an object is due"},
		`"isShared":"yes"`:                                {func(n *acd.Node) any { return n.IsShared }, false, "isShared: text"},
		`"restricted":"true"`:                             {func(n *acd.Node) any { return n.Restricted }, true, ""},
		// Objects and lists.
		inContent(`"image":"none"`):                                          {image, (*acd.Image)(nil), "contentProperties.image: text where an object is due"},
		inContent(`"document":[1]`):                                          {func(n *acd.Node) any { return n.ContentProperties.Document }, (*acd.Document)(nil), "contentProperties.document: a list"},
		inContent(`"document":{"authors":"me"}`):                             {func(n *acd.Node) any { return n.ContentProperties.Document }, &acd.Document{}, "contentProperties.document.authors: text where a list of texts is due"},
		`"labels":"holiday"`:                                                 {func(n *acd.Node) any { return n.Labels }, []string(nil), "labels: text"},
		`"labels":["a",1,null,{"b":1},true]`:                                 {func(n *acd.Node) any { return n.Labels }, []string{"a", "1", "true"}, "labels: an object where text is due"},
		`"properties":{"app":{"n":5,"t":true,"s":"x"}}`:                      {props, map[string]map[string]string{"app": {"n": "5", "t": "true", "s": "x"}}, ""},
		`"properties":{"app":{"n":[5],"s":"x"}}`:                             {props, map[string]map[string]string{"app": {"s": "x"}}, "properties: a list where text is due"},
		`"properties":{"app":"x","other":{"s":"x"}}`:                         {props, map[string]map[string]string{"other": {"s": "x"}}, "properties: text where an object is due"},
		`"properties":[]`:                                                    {props, map[string]map[string]string(nil), "properties: a list"},
		`"assets":["a1","a2"]`:                                               {func(n *acd.Node) any { return n.Assets }, []acd.Node{}, "assets: text where a node is due"},
		`"assets":"none"`:                                                    {func(n *acd.Node) any { return n.Assets }, []acd.Node(nil), "assets: text where a list of nodes is due"},
		`"assets":[{"id":7},{"id":"a","contentProperties":{"size":"3"}}]`:    {func(n *acd.Node) any { return n.Assets }, []acd.Node{{ID: "a", ContentProperties: acd.ContentProperties{Size: 3}}}, "assets.id: a number where text is due"},
		`"assets":[{"id":"a","contentProperties":{"contentDate":"","x":1}}]`: {func(n *acd.Node) any { return n.Assets }, []acd.Node{{ID: "a"}}, "assets.contentProperties.contentDate: text"},
		`"isRoot":"true"`:                                                    {func(n *acd.Node) any { return n.IsRoot }, true, ""},
		// A number that identifies may be written as text. A kind or status that the service
		// invents is kept.
		`"version":"7"`:            {func(n *acd.Node) any { return n.Version }, int64(7), ""},
		inContent(`"size":"4032"`): {func(n *acd.Node) any { return n.Size() }, int64(4032), ""},
		`"kind":"HOLOGRAM"`:        {func(n *acd.Node) any { return n.Kind }, acd.Kind("HOLOGRAM"), ""},
		`"status":"FROZEN"`:        {func(n *acd.Node) any { return n.Status }, acd.Status("FROZEN"), ""},
		`"status":"Available"`:     {func(n *acd.Node) any { return n.Status }, acd.StatusAvailable, ""},
		`"kind":""`:                {func(n *acd.Node) any { return n.Kind }, acd.Kind(""), ""},
	} {
		for way, got := range everyWay(t, goodBefore, oddNode(field), goodAfter) {
			if got.err != nil || len(got.nodes) != 3 {
				t.Errorf("%s, %s: %d nodes, error %v", way, field, len(got.nodes), got.err)
				continue
			}
			n := got.nodes[1]
			if diff := cmp.Diff(tc.want, tc.get(n)); diff != "" || n.ID != "odd" || n.Name != "o" {
				t.Errorf("%s, %s: (-want +got):\n%s", way, field, diff)
			}
			if warned := strings.Join(n.Warnings, "\n"); (tc.warning == "") != (warned == "") || !strings.HasPrefix(warned, tc.warning) || strings.Contains(warned, "secret") {
				t.Errorf("%s, %s: warnings %q, want %q", way, field, n.Warnings, tc.warning)
			}
			if got.nodes[0].Warnings != nil || got.nodes[2].Warnings != nil {
				t.Errorf("%s, %s: the neighbours have warnings", way, field)
			}
		}
	}
}

// If a field that identifies has an odd value, that node is lost. All other nodes come, followed by
// an error that names the node and the field.
func TestOddIdentities(t *testing.T) {
	for node, want := range map[string]acd.NodeError{
		oddNode(`"id":7`):                                   {Field: "id"},
		oddNode(`"id":""`):                                  {Field: "id"},
		`{"name":"o","kind":"FILE"}`:                        {Field: "id"},
		`{"id":null,"name":"o"}`:                            {Field: "id"},
		`null`:                                              {},
		`"node"`:                                            {},
		`[1]`:                                               {},
		oddNode(`"name":{"x":1}`):                           {ID: "odd", Field: "name"},
		oddNode(`"name":2016`):                              {ID: "odd", Field: "name"},
		oddNode(`"kind":1`):                                 {ID: "odd", Field: "kind"},
		oddNode(`"status":true`):                            {ID: "odd", Field: "status"},
		oddNode(`"parents":"root"`):                         {ID: "odd", Field: "parents"},
		oddNode(`"parents":[1]`):                            {ID: "odd", Field: "parents"},
		oddNode(`"parents":[null]`):                         {ID: "odd", Field: "parents"},
		oddNode(`"version":"seven"`):                        {ID: "odd", Field: "version"},
		oddNode(`"version":1.5`):                            {ID: "odd", Field: "version"},
		oddNode(`"version":99999999999999999999`):           {ID: "odd", Field: "version"},
		oddNode(`"contentProperties":[]`):                   {ID: "odd", Field: "contentProperties"},
		oddNode(`"contentProperties":{"size":-1}`):          {ID: "odd", Field: "contentProperties.size"},
		oddNode(`"contentProperties":{"size":"-1"}`):        {ID: "odd", Field: "contentProperties.size"},
		oddNode(`"contentProperties":{"size":"5 MB"}`):      {ID: "odd", Field: "contentProperties.size"},
		oddNode(`"contentProperties":{"size":{}}`):          {ID: "odd", Field: "contentProperties.size"},
		oddNode(`"contentProperties":{"md5":7}`):            {ID: "odd", Field: "contentProperties.md5"},
		oddNode(`"contentProperties":{"version":"1.x"}`):    {ID: "odd", Field: "contentProperties.version"},
		`{"version":"x","contentProperties":{},"id":"odd"}`: {ID: "odd", Field: "version"},
	} {
		for way, got := range everyWay(t, goodBefore, node, goodAfter) {
			var bad *acd.NodeError
			if len(got.nodes) != 2 || got.nodes[1].ID != "after" || !errors.Is(got.err, acd.ErrIncomplete) || !errors.As(got.err, &bad) {
				t.Errorf("%s, %s: %d nodes, error %v", way, node, len(got.nodes), got.err)
				continue
			}
			if bad.ID != want.ID || bad.Field != want.Field || bad.Reason == "" {
				t.Errorf("%s, %s: %#v, want %#v", way, node, bad, want)
			}
			if text := got.err.Error(); !strings.Contains(text, want.ID) || !strings.Contains(text, want.Field) {
				t.Errorf("%s, %s: error %q", way, node, text)
			}
			if way == "feed" && (len(got.set.Unreadable) != 1 || got.set.Checkpoint != "after") {
				t.Errorf("%s: set %+v", node, got.set)
			}
		}
	}
}

// A node without a kind is returned with an empty Kind, not dropped, so that a caller that skips it
// knows about it.
func TestNodeWithoutKindIsYielded(t *testing.T) {
	for way, got := range everyWay(t, `{"id":"x","name":"x","status":"AVAILABLE"}`, `{"id":"y","name":"y","status":"AVAILABLE","kind":null}`) {
		if got.err != nil || len(got.nodes) != 2 || got.nodes[0].Kind != "" || got.nodes[1].Kind != "" {
			t.Errorf("%s: %v, %v", way, got.nodes, got.err)
		}
	}
}

func TestWarningsAreBoundedAndLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	odd := strings.NewReplacer(`"odd"`, `"odd%d"`).Replace(oddNode(`"createdDate":"sesame","modifiedDate":"sesame","labels":{},"description":[],"settings":1,"isShared":"sesame","restricted":"x",` +
		`"exclusivelyTrashed":[],"recursivelyTrashed":[],"eTagResponse":[],"createdBy":[],"ownerId":[],"tempLink":["https://sesame.test/?sesame"],"properties":{"sesame":{"sesame":["sesame"]}},` +
		`"assets":["sesame"],"contentProperties":{"contentDate":"x","image":1,"video":2,"document":3,"contentType":[],"extension":[]}`))
	var nodes []string
	for i := range 50 {
		nodes = append(nodes, fmt.Sprintf(odd, i))
	}
	page := `{"count":50,"data":[` + strings.Join(nodes, ",") + `]}`
	client := newClientWith(t, roundTripperFunc(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(page)), Request: req}, nil
	}), nil, acd.WithEndpoints(testEndpoints), acd.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))))
	for range 2 {
		for n, err := range client.Nodes.List(t.Context(), acd.ListOptions{}) {
			if err != nil {
				t.Fatal(err)
			}
			if len(n.Warnings) != 16 || strings.Contains(fmt.Sprint(n.Warnings), "sesame") || len(fmt.Sprint(n.Warnings)) > 2000 {
				t.Fatalf("warnings %q", n.Warnings)
			}
		}
	}
	if lines := strings.Count(log.String(), "\n"); lines != 16 || strings.Contains(log.String(), "sesame") {
		t.Errorf("%d lines logged:\n%s", lines, log.String())
	}
}

// If a response is not a page, or not a node, the attempt has failed and is retried. If the
// response is a single node that cannot be read, the call fails with an error that names the node,
// without a retry.
func TestAnswersThatAreNone(t *testing.T) {
	for body, want := range map[string]struct {
		list, get int // requests
	}{
		`{}`:                            {3, 3},
		`null`:                          {3, 3},
		`[]`:                            {3, 3},
		`"text"`:                        {3, 3},
		``:                              {3, 3},
		`{"message":"not now"}`:         {3, 3},
		`{"count":1,"data":{"id":"x"}}`: {3, 3},
		`{"count":1,"data":[{"id":"x"`:  {3, 3},
		`{"data":[],"nextToken":{}}`:    {3, 3},
		`{"data":[]} x`:                 {3, 3},
		`{"id":"x","version":"y"}`:      {3, 1},
		`{"id":7}`:                      {3, 3},
	} {
		requests := 0
		client := newClientWith(t, roundTripperFunc(func(req *http.Request) (*http.Response, error) {
			requests++
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), Request: req}, nil
		}), nil, acd.WithEndpoints(testEndpoints), acd.WithRetryPolicy(atOnce))
		var listErr error
		for n, err := range client.Nodes.List(t.Context(), acd.ListOptions{AllStatuses: true}) {
			if listErr = err; err == nil {
				t.Errorf("%s: node %+v", body, n)
			}
		}
		if listErr == nil || requests != want.list {
			t.Errorf("List, %s: error %v after %d requests, want %d", body, listErr, requests, want.list)
		}
		requests = 0
		if n, err := client.Nodes.Get(t.Context(), "x"); err == nil || requests != want.get {
			t.Errorf("Get, %s: %+v, error %v after %d requests, want %d", body, n, err, requests, want.get)
		}
	}
}
