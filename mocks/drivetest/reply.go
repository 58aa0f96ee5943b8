package drivetest

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// anyCode accepts every code. It is used where the service's own code is not known.
const anyCode = "*"

var logrefShape = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// want fails the test at once unless the status is one of these.
func (r *reply) want(t *testing.T, status ...int) *reply {
	t.Helper()
	if !slices.Contains(status, r.status) {
		t.Fatalf("%s: status %d, want %v; body %s", r.call, r.status, status, r.d.redact(string(r.body)))
	}
	return r
}

// json decodes the body, which must be one JSON value.
func (r *reply) json(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal(r.body, v); err != nil {
		t.Fatalf("%s: %d with a body that is not the expected JSON: %v; body %s", r.call, r.status, err, r.d.redact(string(r.body)))
	}
}

// fields decodes the body as an object. The values are not decoded.
func (r *reply) fields(t *testing.T) map[string]json.RawMessage {
	t.Helper()
	var m map[string]json.RawMessage
	r.json(t, &m)
	return m
}

// has checks that the body is an object with these keys, in exactly this spelling.
func (r *reply) has(t *testing.T, keys ...string) *reply {
	t.Helper()
	fields := r.fields(t)
	for _, key := range keys {
		if _, ok := fields[key]; !ok {
			t.Errorf("%s: no %q in %s", r.call, key, r.d.redact(string(r.body)))
		}
	}
	return r
}

func (r *reply) node(t *testing.T) node {
	t.Helper()
	var n node
	r.json(t, &n)
	if n.ID == "" {
		t.Fatalf("%s: answered without a node: %s", r.call, r.d.redact(string(r.body)))
	}
	return n
}

func (r *reply) list(t *testing.T) list {
	t.Helper()
	var l list
	r.json(t, &l)
	return l
}

// A fault is an error body of the service.
type fault struct {
	Logref  string `json:"logref"`
	Message string `json:"message"`
	Code    string `json:"code"`
	Info    struct {
		NodeID string `json:"nodeId"`
	} `json:"info"`
}

// refused checks for an error of the Drive service: this status, a logref, a message that contains
// text, and this code.
func (r *reply) refused(t *testing.T, status int, code, text string) fault {
	t.Helper()
	r.want(t, status)
	var f fault
	r.json(t, &f)
	if f.Message == "" {
		t.Errorf("%s: %d without a message: %s", r.call, r.status, r.d.redact(string(r.body)))
	}
	if !strings.Contains(f.Message, text) {
		t.Errorf("%s: %d with message %q, want %q in it", r.call, r.status, f.Message, text)
	}
	if code != anyCode && f.Code != code {
		t.Errorf("%s: %d with code %q, want %q", r.call, r.status, f.Code, code)
	}
	if f.Logref != "" && !r.noted {
		r.d.book.logref(f.Logref)
		r.noted = true
	}
	if r.d.Fake && !logrefShape.MatchString(f.Logref) {
		t.Errorf("%s: %d with logref %q, want a version 1 UUID", r.call, r.status, f.Logref)
	}
	return f
}

// badFilter checks for the error of a list request with a bad filter, limit or sort order.
func (r *reply) badFilter(t *testing.T) {
	t.Helper()
	f := r.refused(t, 400, anyCode, "")
	if !strings.HasPrefix(f.Message, "Invalid filter:") {
		t.Errorf("%s: message %q, want it to begin with %q", r.call, f.Message, "Invalid filter:")
	}
}

// conflict checks for the error if a name is taken: in parent, by the node with this id.
func (r *reply) conflict(t *testing.T, name, parent, id string) {
	t.Helper()
	f := r.refused(t, 409, "NAME_ALREADY_EXISTS", "")
	if f.Info.NodeID != id {
		t.Errorf("%s: info.nodeId %q, want the existing node %q", r.call, f.Info.NodeID, id)
	}
	want := "Node with the name " + strings.ToLower(name) + " already exists under parentId " + parent + " conflicting NodeId: " + id
	if f.Message != want {
		t.Errorf("%s: message\n%q, want\n%q", r.call, f.Message, want)
	}
}

// front checks for an error of the front end: its body has only a message. An empty text accepts
// every message.
func (r *reply) front(t *testing.T, status int, text string) {
	t.Helper()
	r.want(t, status)
	var message string
	for key, raw := range r.fields(t) {
		if key != "message" {
			t.Errorf("%s: %d with a %q, want only a message", r.call, r.status, key)
			continue
		}
		if err := json.Unmarshal(raw, &message); err != nil {
			t.Errorf("%s: message is not a string: %v", r.call, err)
		}
	}
	if message == "" || text != "" && message != text {
		t.Errorf("%s: %d with message %q, want %q", r.call, r.status, message, text)
	}
}

// noRoute checks for the error of a path that does not exist.
func (r *reply) noRoute(t *testing.T) {
	t.Helper()
	r.want(t, 404)
	if !bytes.Contains(r.body, []byte("<UnknownOperationException/>")) {
		t.Errorf("%s: 404 with body %q, want <UnknownOperationException/>", r.call, r.d.redact(string(r.body)))
	}
}

// storage checks for an error of the storage service, which serves redirects and links.
func (r *reply) storage(t *testing.T, status int, code, text string) {
	t.Helper()
	r.want(t, status)
	b := string(r.body)
	if !strings.Contains(b, "<Error>") || !strings.Contains(b, "<Code>"+code) || !strings.Contains(b, text) {
		t.Errorf("%s: %d with body %s, want XML with code %q and %q", r.call, r.status, r.d.redact(b), code, text)
	}
}

// located checks the Location header of a response that made or changed something.
func (r *reply) located(t *testing.T, suffix string) {
	t.Helper()
	if got := r.header.Get("Location"); !strings.HasSuffix(got, suffix) {
		t.Errorf("%s: Location %q, want it to end with %q", r.call, got, suffix)
	}
}
