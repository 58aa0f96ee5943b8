package drivetest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func tokens(t *testing.T, d *drive) {
	const none = "No Auth Method Provided"
	t.Run("a request without a token is refused", func(t *testing.T) {
		d.meta(t, "GET", "nodes/"+d.home, anonymous()).front(t, 401, none)
		d.content(t, "GET", "nodes/"+d.home+"/content", anonymous()).front(t, 401, none)
		d.meta(t, "POST", "nodes", anonymous(), sendJSON(folderIn(d.home, "x"))).front(t, 401, none)
	})
	t.Run("an unknown token is refused", func(t *testing.T) {
		for _, opts := range [][]option{
			{bearer("Atza|drivetest-made-this-up")},
			{anonymous(), header("x-amz-access-token", "Atza|drivetest-made-this-up")},
		} {
			r := d.meta(t, "GET", "nodes/"+d.home, opts...).want(t, 401)
			if d.Fake {
				r.front(t, 401, none)
			}
		}
	})
	t.Run("another scheme than Bearer is refused", func(t *testing.T) {
		d.meta(t, "GET", "nodes/"+d.home, header("Authorization", "Basic "+d.Token)).want(t, 401)
		d.meta(t, "GET", "nodes/"+d.home, header("Authorization", d.Token)).want(t, 401)
	})
	t.Run("both token headers are accepted if equal", func(t *testing.T) {
		d.meta(t, "GET", "nodes/"+d.home, header("x-amz-access-token", d.Token)).want(t, 200)
	})
	t.Run("both token headers are refused if different", func(t *testing.T) {
		d.meta(t, "GET", "nodes/"+d.home, header("x-amz-access-token", "Atza|drivetest-made-this-up")).want(t, 401)
		d.meta(t, "GET", "nodes/"+d.home, bearer("Atza|drivetest-made-this-up"), header("x-amz-access-token", d.Token)).want(t, 401)
	})
}

func expiredTokens(t *testing.T, d *drive) {
	const message = "Token has expired"
	expired := func(t *testing.T, d *drive) option {
		t.Helper()
		if d.Expired == nil {
			t.Skip("the target has no expired token (Target.Expired)")
		}
		return bearer(d.Expired(t))
	}
	t.Run("an expired token is told so", func(t *testing.T) {
		d.meta(t, "GET", "nodes/"+d.home, expired(t, d)).front(t, 401, message)
		d.content(t, "GET", "nodes/"+d.home+"/content", expired(t, d)).front(t, 401, message)
	})
	t.Run("changes answers an expired token with an empty body", func(t *testing.T) {
		r := d.meta(t, "POST", "changes", expired(t, d), text("{}")).want(t, 401)
		if len(r.body) != 0 {
			t.Errorf("body %q, want none", d.redact(string(r.body)))
		}
	})
	t.Run("an upload with an expired token is refused", func(t *testing.T) {
		r := d.upload(t, fileIn(d.home, "late"), unique(20), expired(t, d)).want(t, 400, 401)
		if !strings.Contains(string(r.body), message) {
			t.Errorf("body %q, want %q in it", d.redact(string(r.body)), message)
		}
	})
	t.Run("an upload's expired token may come as a wrapped 400", func(t *testing.T) {
		d := d.fresh(t, Variant{WrapExpired: true})
		r := d.upload(t, fileIn(d.home, "late"), unique(20), expired(t, d)).want(t, 400)
		r.front(t, 400, "")
		for _, text := range []string{"UnauthourizedAccessException: HTTP status code=[401]", message} {
			if !strings.Contains(decoded(t, r), text) {
				t.Errorf("body %q, want %q in it", d.redact(string(r.body)), text)
			}
		}
	})
}

// decoded returns the message in an error body.
func decoded(t *testing.T, r *reply) string {
	t.Helper()
	var f fault
	r.json(t, &f)
	return f.Message
}

func scopes(t *testing.T, d *drive) {
	issue := func(t *testing.T, scopes ...string) option {
		t.Helper()
		if d.Issue == nil {
			t.Skip("the target issues no other tokens (Target.Issue)")
		}
		return bearer(d.Issue(t, scopes...))
	}
	t.Run("a token that cannot write changes nothing", func(t *testing.T) {
		reader := issue(t, "clouddrive:read_all")
		n := d.some(t, d.dir(t), "a")
		d.meta(t, "GET", "nodes/"+n.ID, reader).want(t, 200)
		d.meta(t, "POST", "changes", reader, text("{}")).want(t, 200)
		d.meta(t, "POST", "nodes", reader, sendJSON(folderIn(d.home, "no"))).front(t, 403, "")
		d.meta(t, "PATCH", "nodes/"+n.ID, reader, text(`{"name":"no"}`)).front(t, 403, "")
		d.meta(t, "PUT", "trash/"+n.ID, reader).front(t, 403, "")
		d.meta(t, "POST", "trash/"+n.ID+"/restore", reader).front(t, 403, "")
		d.meta(t, "PUT", "nodes/"+d.home+"/children/"+n.ID, reader).front(t, 403, "")
		d.meta(t, "PUT", "nodes/"+n.ID+"/properties/"+d.owner+"/k", reader, text(`{"value":"v"}`)).front(t, 403, "")
		d.upload(t, fileIn(d.home, "no"), unique(20), reader).front(t, 403, "")
		d.content(t, "PUT", "nodes/"+n.ID+"/content", reader, formType(), body(form(contentPart(unique(20))))).front(t, 403, "")
	})
	t.Run("a token that can only write reads no content", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a.bin")
		d.content(t, "GET", "nodes/"+n.ID+"/content", issue(t, "clouddrive:write")).front(t, 403, "")
	})
	contents := map[string]struct {
		name    string
		content []byte
	}{
		"clouddrive:read_image":    {"a.png", picture(t)},
		"clouddrive:read_video":    {"a.mp4", unique(40)},
		"clouddrive:read_document": {"a.pdf", unique(40)},
		"clouddrive:read_other":    {"a.bin", unique(40)},
	}
	for scope := range contents {
		t.Run(scope+" lists everything and downloads its own types", func(t *testing.T) {
			d.settled(t)
			only := issue(t, scope)
			dir := d.dir(t)
			for other, file := range contents {
				n := d.file(t, dir, file.name, file.content)
				d.meta(t, "GET", "nodes/"+n.ID, only).want(t, 200)
				r := d.content(t, "GET", "nodes/"+n.ID+"/content", only)
				if other == scope {
					r.want(t, 200)
				} else {
					r.front(t, 403, "")
				}
			}
		})
	}
}

func rateLimit(t *testing.T, d *drive) {
	for name, wait := range map[string]time.Duration{"silent": 0, "with the time to wait": 7 * time.Second} {
		t.Run("above the rate the answer is 429, "+name, func(t *testing.T) {
			d := d.later(t, Variant{Rate: 1, Burst: 20, RetryAfter: wait})
			var limited *reply
			for range 30 {
				if r := d.meta(t, "GET", "nodes/"+d.home).want(t, 200, 429); r.status == 429 {
					limited = r
					break
				}
			}
			if limited == nil {
				t.Fatal("30 requests at once are answered although 20 are allowed")
			}
			if len(limited.body) > 0 {
				limited.fields(t)
			}
			if got := limited.header.Get("Retry-After"); (got == "7") != (wait > 0) || wait == 0 && got != "" {
				t.Errorf("Retry-After %q, want the %v asked for", got, wait)
			}
			d.Advance(time.Minute)
			d.meta(t, "GET", "nodes/"+d.home).want(t, 200)
		})
	}
}

func routes(t *testing.T, d *drive) {
	t.Run("an unknown path is an unknown operation", func(t *testing.T) {
		for _, path := range []string{"nonsense", "account", "account/nonsense", "nodes/" + d.home + "/nonsense", "trash/" + d.home + "/nonsense", "bulk/nodes"} {
			d.meta(t, "GET", path).noRoute(t)
		}
		d.content(t, "GET", "nonsense").noRoute(t)
		d.content(t, "GET", "nodes/"+d.home+"/nonsense").noRoute(t)
	})
	t.Run("a known path with the wrong verb is not allowed", func(t *testing.T) {
		for _, call := range []string{
			"DELETE account/info", "PUT nodes", "GET changes", "DELETE trash", "POST nodes/" + d.home,
			"GET trash/" + d.home, "GET trash/" + d.home + "/restore", "PUT nodes/" + d.home + "/children",
			"GET nodes/" + d.home + "/children/" + d.home, "GET bulk/nodes/purge",
			"POST nodes/" + d.home + "/properties/" + d.owner + "/k",
		} {
			method, path, _ := strings.Cut(call, " ")
			d.meta(t, method, path).want(t, 405)
		}
		d.content(t, "DELETE", "nodes/"+d.home+"/content").want(t, 405)
		d.content(t, "POST", "nodes/"+d.home+"/content", text("x")).want(t, 405)
	})
}

func lengths(t *testing.T, d *drive) {
	for _, call := range []string{"PUT trash/" + absentID(), "POST nodes", "PATCH nodes/" + absentID(), "POST changes"} {
		t.Run("no length and not chunked is refused: "+strings.Fields(call)[0]+" "+strings.Split(strings.Fields(call)[1], "/")[0], func(t *testing.T) {
			if d.NoSockets {
				t.Skip("net/http always sends a length, and this target has no socket to write to (Target.NoSockets)")
			}
			method, path, _ := strings.Cut(call, " ")
			if status := d.bare(t, method, d.metaURL+path); status != 411 {
				t.Errorf("%s: status %d, want 411", call, status)
			}
		})
	}
}

// bare sends a request without a body and without a length. The client of net/http would add a
// length.
func (d *drive) bare(t *testing.T, method, address string) int {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	port := u.Port()
	if port == "" {
		port = u.Scheme // net.Dial accepts the service names "http" and "https" as ports
	}
	host := net.JoinHostPort(u.Hostname(), port)
	var conn net.Conn
	if u.Scheme == "https" {
		conn, err = tls.Dial("tcp", host, &tls.Config{ServerName: u.Hostname()})
	} else {
		conn, err = net.Dial("tcp", host)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: close\r\n\r\n", method, u.RequestURI(), u.Host, d.Token)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

func jsonBodies(t *testing.T, d *drive) {
	calls := []string{
		"POST nodes", "PATCH nodes/{id}", "POST nodes/{id}/children", "PUT nodes/{id}/properties/{owner}/k",
		"POST changes", "POST bulk/nodes/purge", "PATCH trash",
	}
	for _, call := range calls {
		t.Run("a body that is not a JSON object is refused: "+call, func(t *testing.T) {
			d := d
			if strings.HasPrefix(call, "POST bulk") && !d.FirstParty {
				d = d.fresh(t, Variant{FirstParty: true})
			}
			method, path, _ := strings.Cut(call, " ")
			path = strings.NewReplacer("{id}", d.home, "{owner}", d.owner).Replace(path)
			for _, bad := range []string{`{"name":`, `[]`, `"name"`, `null`, `name=x`, `{} {}`} {
				d.meta(t, method, path, text(bad)).want(t, 400)
			}
		})
	}
}

func foreignIDs(t *testing.T, d *drive) {
	ids := map[string]string{
		"unknown": absentID(), "too short": "abc", "too long": strings.Repeat("A", 23), "of other characters": strings.Repeat("~", 22),
	}
	calls := []string{
		"GET nodes/{id}", "PATCH nodes/{id}", "GET nodes/{id}/children", "PUT trash/{id}", "POST trash/{id}/restore",
		"GET nodes/{id}/properties/{owner}", "PUT nodes/{id}/properties/{owner}/k",
	}
	for name, id := range ids {
		t.Run("an id that is "+name+" is not found", func(t *testing.T) {
			for _, call := range calls {
				method, path, _ := strings.Cut(call, " ")
				path = strings.NewReplacer("{id}", id, "{owner}", d.owner).Replace(path)
				var opts []option
				switch method {
				case "PATCH":
					opts = []option{text(`{"description":"x"}`)}
				case "PUT":
					opts = []option{text(`{"value":"x"}`)}
				}
				d.meta(t, method, path, opts...).refused(t, 404, "NODE_NOT_FOUND", "")
			}
			d.content(t, "GET", "nodes/"+id+"/content").refused(t, 404, "NODE_NOT_FOUND", "")
		})
	}
}

func hosts(t *testing.T, d *drive) {
	t.Run("the content service answers no metadata calls", func(t *testing.T) {
		for _, path := range []string{"account/info", "nodes/" + d.home + "/children", "trash"} {
			d.content(t, "GET", path).noRoute(t)
		}
		d.content(t, "POST", "changes", text("{}")).noRoute(t)
	})
	t.Run("hosts of their own answer only their own calls", func(t *testing.T) {
		meta, err := url.Parse(d.metaURL)
		if err != nil {
			t.Fatal(err)
		}
		content, err := url.Parse(d.contentURL)
		if err != nil {
			t.Fatal(err)
		}
		if meta.Host == content.Host {
			t.Skip("one host serves all")
		}
		meta.Host, content.Host = content.Host, meta.Host
		d.send(t, "GET", meta.String()+"nodes/"+d.home).noRoute(t)
		d.send(t, "GET", content.String()+"nodes/"+d.some(t, d.dir(t), "a").ID+"/content").noRoute(t)
	})
	t.Run("the metadata service answers no content calls", func(t *testing.T) {
		n := d.some(t, d.dir(t), "a")
		d.meta(t, "GET", "nodes/"+n.ID+"/content").noRoute(t)
		d.meta(t, "PUT", "nodes/"+n.ID+"/content", formType(), body(form(contentPart(unique(20))))).noRoute(t)
		d.meta(t, "GET", "resume", query("localId", "x")).noRoute(t)
	})
}
