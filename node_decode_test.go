package acd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// testPage returns a page of 200 nodes like the one in the file; it can also be a response of the
// change feed. Each node has its own id, name and MD5, and is in one of four folders.
func testPage(tb testing.TB, file string) []byte {
	tb.Helper()
	node, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	var b bytes.Buffer
	b.WriteString(`{"count":200,"nextToken":"AAAA","data":[`)
	for i := range maxPage {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strings.NewReplacer(
			"s3UjpTtKTuKEY1E3VawOzQ", fmt.Sprintf("s%03dpTtKTuKEY1E3VawOzQ", i),
			"harbour.jpg", fmt.Sprintf("harbour %03d.jpg", i),
			"99d03c5c689002aae5e79c4458ed3bfa", fmt.Sprintf("99d03c5c689002aae5e79c4458e%05x", i),
			"XZbPfyZbTamPDCbvQkPtUg", fmt.Sprintf("XZbPfyZbTamPDCbvQkPtU%d", i%4),
		).Replace(string(bytes.TrimSpace(node))))
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

// plainPage is a page for encoding/json.
type plainPage struct {
	Count     int64   `json:"count"`
	NextToken string  `json:"nextToken"`
	Data      []*Node `json:"data"`
}

var testPages = []struct {
	name, file string
	allocs     float64 // most allocations for a node
}{
	{"as given", "testdata/node.json", 6},
	{"with labels and properties", "testdata/node_tagged.json", 12},
}

func TestDecodedPageIsThatOfEncodingJSON(t *testing.T) {
	for _, p := range testPages {
		text := testPage(t, p.file)
		var want plainPage
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		var got nodePage
		if err := got.decode(new(Client).borrowDecoder(), text); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, plainPage{got.Count, got.NextToken, got.Nodes}); diff != "" || len(got.Nodes) != maxPage || len(got.Unreadable) > 0 {
			t.Errorf("%s: (-want +got):\n%s", p.name, diff)
		}
	}
}

func TestDecodingAllocatesLittle(t *testing.T) {
	for _, p := range testPages {
		text := testPage(t, p.file)
		d := new(Client).borrowDecoder()
		allocs := testing.AllocsPerRun(10, func() {
			var page nodePage
			if err := page.decode(d, text); err != nil {
				t.Fatal(err)
			}
		}) / maxPage
		if t.Logf("%s: %.2f allocations for a node", p.name, allocs); allocs > p.allocs {
			t.Errorf("%s: want at most %v", p.name, p.allocs)
		}
	}
}

// A node must not keep its page or its decoder in memory.
func TestDecodedTextsAreCopies(t *testing.T) {
	text := testPage(t, "testdata/node_tagged.json")
	d := new(Client).borrowDecoder()
	var page nodePage
	if err := page.decode(d, text); err != nil {
		t.Fatal(err)
	}
	before, err := json.Marshal(page.Nodes)
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		text[i] = ' '
	}
	if err := new(nodePage).decode(d, testPage(t, "testdata/node.json")); err != nil {
		t.Fatal(err)
	}
	if after, err := json.Marshal(page.Nodes); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the nodes changed with the text: %v", err)
	}
}

// BenchmarkDecodePage also prints how many times longer encoding/json takes for the same text.
func BenchmarkDecodePage(b *testing.B) {
	for _, p := range testPages {
		text := testPage(b, p.file)
		var ours time.Duration // for one page
		b.Run(p.name+"/decoder", func(b *testing.B) {
			d := new(Client).borrowDecoder()
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if err := new(nodePage).decode(d, text); err != nil {
					b.Fatal(err)
				}
			}
			ours = b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(ours.Nanoseconds())/maxPage, "ns/node")
		})
		b.Run(p.name+"/encoding-json", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if err := json.Unmarshal(text, new(plainPage)); err != nil {
					b.Fatal(err)
				}
			}
			theirs := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(theirs.Nanoseconds())/maxPage, "ns/node")
			if ours > 0 {
				b.ReportMetric(float64(theirs)/float64(ours), "times-the-decoder")
			}
		})
	}
}

// pageTransport answers each listing request with the next page, and any other call with the change
// feed.
type pageTransport struct {
	pages [][]byte
	feed  []byte
	sent  int
}

// newPageTransport makes up to 50 pages. Each page has its own ids, and each except the last has a
// token.
func newPageTransport(tb testing.TB, pages int) *pageTransport {
	page := testPage(tb, "testdata/node.json")
	nodes := page[bytes.IndexByte(page, '[')+1 : bytes.LastIndexByte(page, ']')]
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	p := &pageTransport{feed: []byte(`{"checkpoint":"1","reset":true,"nodes":[`)}
	for i := range pages {
		replace := strings.NewReplacer(`"id":"s`, fmt.Sprintf(`"id":"%c`, alphabet[i]), `"nextToken":"AAAA"`, fmt.Sprintf(`"nextToken":"%d"`, i))
		p.pages = append(p.pages, []byte(replace.Replace(string(page))))
		if i > 0 {
			p.feed = append(p.feed, ',')
		}
		p.feed = append(p.feed, replace.Replace(string(nodes))...)
	}
	last := &p.pages[pages-1]
	*last = bytes.Replace(*last, fmt.Appendf(nil, `"nextToken":"%d"`, pages-1), []byte(`"nextToken":""`), 1)
	p.feed = append(p.feed, `],"statusCode":200}{"end":true}`...)
	return p
}

func (p *pageTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	text := p.feed
	if req.Method == http.MethodGet {
		text = p.pages[p.sent%len(p.pages)]
		p.sent++
	}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(text)), ContentLength: int64(len(text)), Request: req}, nil
}

func (p *pageTransport) client(tb testing.TB) *Client {
	tb.Helper()
	c, err := NewClient(tb.Context(), nil, WithHTTPClient(&http.Client{Transport: p}), WithEndpoints(Endpoints{MetadataURL: "https://meta.test/", ContentURL: "https://content.test/"}))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// BenchmarkListAndChanges prints the time for each node, from the call until the caller has the
// node, in a listing of 50 pages and in a change feed of the same number of nodes. It also prints
// how many times longer that is than decoding alone with encoding/json.
func BenchmarkListAndChanges(b *testing.B) {
	const pages = 50
	transport := newPageTransport(b, pages)
	client := transport.client(b)
	perNode := func(b *testing.B) time.Duration { return b.Elapsed() / time.Duration(b.N*pages*maxPage) }
	var list, changes time.Duration
	b.Run("list", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			came := 0
			for _, err := range client.Nodes.List(b.Context(), ListOptions{}) {
				if err != nil {
					b.Fatal(err)
				}
				came++
			}
			if came != pages*maxPage {
				b.Fatal(came)
			}
		}
		list = perNode(b)
		b.ReportMetric(float64(list.Nanoseconds()), "ns/node")
	})
	b.Run("changes", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			came := 0
			for set, err := range client.Changes.Since(b.Context(), "", ChangesOptions{}) {
				if err != nil {
					b.Fatal(err)
				}
				came += len(set.Nodes)
			}
			if came != pages*maxPage {
				b.Fatal(came)
			}
		}
		changes = perNode(b)
		b.ReportMetric(float64(changes.Nanoseconds()), "ns/node")
	})
	b.Run("encoding-json", func(b *testing.B) {
		for b.Loop() {
			for _, page := range transport.pages {
				if err := json.Unmarshal(page, new(plainPage)); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(float64(perNode(b).Nanoseconds()), "ns/node")
		if list > 0 && changes > 0 {
			b.ReportMetric(float64(perNode(b))/float64(list), "times-the-listing")
			b.ReportMetric(float64(perNode(b))/float64(changes), "times-the-changes")
		}
	})
}

// oneField returns one JSON text for each field of Node and of its parts. Each text is a node that
// has only its id and that field. The keys are the texts up to the field's value.
func oneField(t *testing.T) map[string]string {
	fields := map[string]string{}
	var add func(typ reflect.Type, before, after string)
	add = func(typ reflect.Type, before, after string) {
		for f := range typ.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			start := fmt.Sprintf("%s%q:", before, name)
			switch {
			case name == "":
				t.Errorf("field %s of %v has no json tag", f.Name, typ)
			case name == "-", name == "id":
			case f.Name == "Assets":
				fields[start] = start + `[{"id":"asset","name":"x","contentProperties":{"size":1}}]` + after
			case inner.Kind() == reflect.Struct && inner != reflect.TypeFor[time.Time]():
				add(inner, start+"{", "}"+after)
			default:
				fields[start] = start + exampleOf(t, inner) + after
			}
		}
	}
	add(reflect.TypeFor[Node](), `{"id":"x",`, "}")
	return fields
}

func exampleOf(t *testing.T, typ reflect.Type) string {
	switch typ {
	case reflect.TypeFor[time.Time]():
		return `"2016-05-01T10:00:00.25+02:00"`
	case reflect.TypeFor[[]string]():
		return `["one","two"]`
	case reflect.TypeFor[[]Cover]():
		return `[{"id":"c","ownerId":"o","isDefault":true}]`
	case reflect.TypeFor[[]AssetKind]():
		return `[{"assetType":"LIVE_VIDEO"}]`
	case reflect.TypeFor[map[string]map[string]string]():
		return `{"app":{"key":"value"}}`
	}
	switch typ.Kind() {
	case reflect.String:
		return `"text"`
	case reflect.Bool:
		return "true"
	case reflect.Int64:
		return "42"
	case reflect.Float64:
		return "12.5"
	}
	t.Errorf("no example of a %v", typ)
	return "null"
}

func TestDecoderKnowsEveryField(t *testing.T) {
	fields := oneField(t)
	if len(fields) < 70 {
		t.Fatalf("only %d fields", len(fields))
	}
	d := new(Client).borrowDecoder()
	for name, text := range fields {
		var empty, want, got Node
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		empty.ID = want.ID
		if err := got.decode(d, []byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" || reflect.DeepEqual(got, empty) {
			t.Errorf("%s: (-want +got):\n%s", name, diff)
		}
		// The result must be the same if the name of the field is in capitals.
		upper := strings.Replace(strings.ToUpper(name), `{"ID":"X",`, `{"id":"x",`, 1) + strings.TrimPrefix(text, name)
		var folded Node
		if err := folded.decode(d, []byte(upper)); err != nil || !cmp.Equal(want, folded) {
			t.Errorf("%s: %v, %+v", upper, err, folded)
		}
	}
}

// If encoding/json can read a node, the decoder must read it too, with the same result.
func FuzzDecoderAgreesWithEncodingJSON(f *testing.F) {
	for _, p := range testPages {
		text, err := os.ReadFile(p.file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	for _, text := range []string{
		`{"id":"a","assets":[{"id":"b","contentProperties":{"video":{"duration":1e3,"width":-1}}}],"contentProperties":{"document":{"authors":["x",""]}}}`,
		`{"ID":"a","Kind":"FILE","id":"b","labels":[],"properties":{},"createdDate":"2016-02-29T23:59:59.123456789-11:30"}`,
		`{"id":"\u0061\ud83d\ude00\ud800","name":"` + "\xff\xc3" + `","createdDate":"0001-01-01T00:00:00Z","version":9223372036854775807}`,
		`{"id":"a","id":"b","contentProperties":{"size":1},"contentProperties":{"md5":"x"},"parents":["p"],"parents":[]}`,
		`{"id":"a","properties":{"o":{"k":"v","k":"w"},"o":{"l":""},"":{}},"isRoot":true,"isRoot":null,"x":[{"y":1}]}`,
		`{"id":"a","contentProperties":{"image":{"make":"x"},"image":null,"video":{},"size":-1}}`, `null`, `{}`, `[]`, `{"id":"a"}}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var want, got Node
		jsonErr := json.Unmarshal([]byte(text), &want)
		err := got.decode(new(Client).borrowDecoder(), []byte(text))
		if jsonErr == nil && err != nil && want.ID != "" && want.Size() >= 0 && !strings.Contains(text, "null") {
			t.Fatalf("%q: encoding/json reads it, the decoder says %v", text, err)
		}
		if err == nil && !json.Valid([]byte(text)) {
			t.Fatalf("%q: read, and it is no JSON", text)
		}
		if jsonErr != nil || err != nil || strings.Contains(text, "null") || hasUnicodeFold(text) || repeatsList(text) || namesAlbums(text) {
			return
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: (-want +got):\n%s", text, diff)
		}
	})
}

// hasUnicodeFold reports whether a text may contain "ſ" or the Kelvin sign. encoding/json treats
// these as the ASCII letters s and k; the decoder does not.
func hasUnicodeFold(text string) bool {
	return strings.ContainsAny(text, "ſK") || strings.Contains(text, `\u`)
}

// repeatsList reports whether a list may occur twice in a text. encoding/json then mixes the fields
// of the elements of both lists.
func repeatsList(text string) bool {
	text = strings.ToLower(text)
	return strings.Count(text, "assets") > 1 || strings.Count(text, "covers") > 1 || strings.Count(text, "childassettypeinfo") > 1
}

// namesAlbums reports whether a text may name albums. The decoder joins the albums of all such
// fields, each once; encoding/json does not.
func namesAlbums(text string) bool {
	text = strings.ToLower(text)
	return strings.Contains(text, "xaccntparents") || strings.Contains(text, "parentmap")
}

// If a program stores a node as JSON and reads it again, the node must be the same, with this
// decoder and with encoding/json.
func TestNodeKeptAsJSONComesBack(t *testing.T) {
	var n Node
	text, err := os.ReadFile("testdata/node_tagged.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.decode(new(Client).borrowDecoder(), text); err != nil {
		t.Fatal(err)
	}
	kept, err := json.Marshal(n)
	if err != nil {
		t.Fatal(err)
	}
	var byJSON, byDecoder Node
	if err := json.Unmarshal(kept, &byJSON); err != nil {
		t.Fatal(err)
	}
	if err := byDecoder.decode(new(Client).borrowDecoder(), kept); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(n, byJSON) + cmp.Diff(n, byDecoder); diff != "" {
		t.Error(diff)
	}
}
