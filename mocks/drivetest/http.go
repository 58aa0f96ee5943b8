package drivetest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// maxReply bounds what is read of any answer.
const maxReply = 64 << 20

// obj is a JSON object to send.
type obj = map[string]any

// A request is one call before it is sent.
type request struct {
	query  string
	header http.Header
	body   io.Reader
	length int64 // of body; -1: unknown, sent chunked
}

type option func(*request)

// query adds parameters, given as key, value, key, value.
func query(pairs ...string) option {
	return func(r *request) {
		values := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			values.Add(pairs[i], pairs[i+1])
		}
		r.query += "&" + values.Encode()
	}
}

// rawQuery adds an already encoded query.
func rawQuery(q string) option { return func(r *request) { r.query += "&" + q } }

// filters adds a filter expression.
func filters(expr string) option { return query("filters", expr) }

func header(key, value string) option { return func(r *request) { r.header.Set(key, value) } }

// bearer replaces the token.
func bearer(token string) option { return header("Authorization", "Bearer "+token) }

// anonymous sends no credentials.
func anonymous() option {
	return func(r *request) {
		r.header.Del("Authorization")
		r.header.Del("Cookie")
	}
}

func body(b []byte) option {
	return func(r *request) { r.body, r.length = bytes.NewReader(b), int64(len(b)) }
}

func text(s string) option { return body([]byte(s)) }

// chunked sends b without saying how long it is.
func chunked(b []byte) option {
	return func(r *request) { r.body, r.length = struct{ io.Reader }{bytes.NewReader(b)}, -1 }
}

// sendJSON sends v as the body. Like several clients of the service it sends no Content-Type.
func sendJSON(v any) option { return body(encode(v)) }

// encode is only given the suite's own literals, which cannot fail.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// A reply is an answer, read to its end.
type reply struct {
	d      *drive
	call   string // for messages: method and path, no query
	status int
	header http.Header
	body   []byte
	noted  bool // its logref is in the ledger
}

// meta calls the metadata service.
func (d *drive) meta(t *testing.T, method, path string, opts ...option) *reply {
	t.Helper()
	r := d.send(t, method, d.metaURL+path, opts...)
	d.book.reply(r)
	return r
}

// content calls the content service.
func (d *drive) content(t *testing.T, method, path string, opts ...option) *reply {
	t.Helper()
	r := d.send(t, method, d.contentURL+path, opts...)
	d.book.reply(r)
	return r
}

// send sends one request with the target's token and reads the answer.
// It fails the test at once if there is none.
func (d *drive) send(t *testing.T, method, address string, opts ...option) *reply {
	t.Helper()
	r, err := d.try(t.Context(), method, address, opts...)
	if err != nil {
		t.Fatalf("%s %s: %s", method, d.short(address), d.redact(err.Error()))
	}
	return r
}

// try is send for calls that may break. The context's end is ignored, because clean-up starts after it.
func (d *drive) try(ctx context.Context, method, address string, opts ...option) (*reply, error) {
	r := &request{header: http.Header{"Authorization": {"Bearer " + d.Token}}}
	if d.Cookie != "" {
		r.header = http.Header{"Cookie": {d.Cookie}}
	}
	for _, opt := range opts {
		opt(r)
	}
	if q := strings.TrimPrefix(r.query, "&"); q != "" {
		sep := "?"
		if strings.Contains(address, "?") {
			sep = "&"
		}
		address += sep + q
	}
	req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), method, address, r.body)
	if err != nil {
		return nil, err
	}
	req.Header = r.header
	if r.body != nil {
		req.ContentLength = r.length
		if r.length == 0 {
			req.Body = http.NoBody
		}
	}
	resp, err := d.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxReply))
	if err != nil {
		return nil, err
	}
	return &reply{d: d, call: method + " " + d.short(address), status: resp.StatusCode, header: resp.Header, body: b}, nil
}

// short is an address without its query, which may be signed.
func (d *drive) short(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address
}

// redact removes the credentials from text to be printed, and cuts it.
func (d *drive) redact(s string) string {
	if d.Token != "" {
		s = strings.ReplaceAll(s, d.Token, "<token>")
	}
	for pair := range strings.SplitSeq(d.Cookie, "; ") {
		if _, value, _ := strings.Cut(pair, "="); value != "" {
			s = strings.ReplaceAll(s, value, "<cookie>")
		}
	}
	if len(s) > 600 {
		s = s[:600] + "..."
	}
	return s
}

// A ledger remembers the identifiers of all answers, to compare them at the end.
type ledger struct {
	mu         sync.Mutex
	replies    int
	missing    []string // calls answered without x-amzn-RequestId
	requestIDs map[string]int
	logrefs    map[string]int
}

func (l *ledger) reply(r *reply) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.replies++
	if id := r.header.Get("x-amzn-RequestId"); id != "" {
		l.requestIDs[id]++
	} else if len(l.missing) < 10 {
		l.missing = append(l.missing, r.call)
	}
}

func (l *ledger) logref(ref string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.logrefs[ref]++
}
