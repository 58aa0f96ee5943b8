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

// maxReply is the largest number of bytes that is read of a response.
const maxReply = 64 << 20

// obj is a JSON object for a request body.
type obj = map[string]any

// A request is a request that is not sent yet.
type request struct {
	query  string
	header http.Header
	body   io.Reader
	length int64 // of body; -1: unknown, so the body is sent chunked
}

type option func(*request)

// query adds parameters to the query. pairs is a list of key, value, key, value.
func query(pairs ...string) option {
	return func(r *request) {
		values := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			values.Add(pairs[i], pairs[i+1])
		}
		r.query += "&" + values.Encode()
	}
}

// rawQuery adds a query that is already encoded.
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

// chunked sends b without a Content-Length.
func chunked(b []byte) option {
	return func(r *request) { r.body, r.length = struct{ io.Reader }{bytes.NewReader(b)}, -1 }
}

// sendJSON sends v as the body, without a Content-Type. Several clients of the service also send
// none.
func sendJSON(v any) option { return body(encode(v)) }

// encode returns v as JSON. Only literals of this suite are given to it, and these cannot fail.
func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// A reply is a response whose body was read to its end.
type reply struct {
	d      *drive
	call   string // method and path without the query, for messages
	status int
	header http.Header
	body   []byte
	noted  bool // its logref is already in the ledger
}

// meta sends a request to the metadata service.
func (d *drive) meta(t *testing.T, method, path string, opts ...option) *reply {
	t.Helper()
	r := d.send(t, method, d.metaURL+path, opts...)
	d.book.reply(r)
	return r
}

// content sends a request to the content service.
func (d *drive) content(t *testing.T, method, path string, opts ...option) *reply {
	t.Helper()
	r := d.send(t, method, d.contentURL+path, opts...)
	d.book.reply(r)
	return r
}

// send sends one request with the target's token or cookies and reads the response. If there is no
// response, the test fails at once.
func (d *drive) send(t *testing.T, method, address string, opts ...option) *reply {
	t.Helper()
	r, err := d.try(t.Context(), method, address, opts...)
	if err != nil {
		t.Fatalf("%s %s: %s", method, d.short(address), d.redact(err.Error()))
	}
	return r
}

// try does the same as send, but returns an error if there is no response. It ignores the end of
// the context, because clean-up runs after the context has ended.
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

// short returns an address without its query. The query may contain a signature, which must not be
// printed.
func (d *drive) short(address string) string {
	address, _, _ = strings.Cut(address, "?")
	return address
}

// redact removes the credentials from a text that will be printed, and cuts the text.
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

// A ledger keeps the ids of all responses. They are compared at the end.
type ledger struct {
	mu         sync.Mutex
	replies    int
	missing    []string // calls whose response had no x-amzn-RequestId
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
