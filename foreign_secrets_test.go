package acd_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreign"
)

// These must never be in an error or a log: the token, the cookie, and the secret parts of a signed
// URL.
const (
	secretCookie    = "at-main-cookie-secret-9876543210"
	secretSignature = "f00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeedf00dfeed"
	secretSession   = "FwoGZXIvYXdzEBYaDKsecretsession"
)

func signedURL(base string) string {
	return base + "/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAFOREIGNSECRET%2F20160601&X-Amz-Security-Token=" +
		secretSession + "&X-Amz-Signature=" + secretSignature
}

// tells returns the secrets that a text contains, in any form: plain, or encoded as in a URL or in
// JSON.
func tells(text string) (secrets []string) {
	forms := map[string][]string{
		"token":      {foreign.Token, url.QueryEscape(foreign.Token), url.PathEscape(foreign.Token), "foreign-secret-token", base64.StdEncoding.EncodeToString([]byte(foreign.Token))},
		"cookie":     {secretCookie},
		"signature":  {secretSignature},
		"session":    {secretSession},
		"credential": {"AKIAFOREIGNSECRET"},
		"tempLink":   {"mAdEuPtEmPlInK"},
	}
	for name, all := range forms {
		for _, form := range all {
			if strings.Contains(text, form) {
				secrets = append(secrets, name)
				break
			}
		}
	}
	return secrets
}

// echoes are responses that contain a secret: something that the client sent, or something that the
// service should not show.
func echoes() map[string]http.HandlerFunc {
	inJSON := func(status int, key string) func(secret string) http.HandlerFunc {
		return func(secret string) http.HandlerFunc {
			body := map[string]any{"message": "denied", "code": "SOME_CODE", "logref": "ref"}
			body[key] = "was " + secret
			return foreign.SayJSON(status, body)
		}
	}
	inHead := func(status int, key string) func(string) http.HandlerFunc {
		return func(secret string) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set(key, secret)
				answer := foreign.SayJSON(status, map[string]any{"message": "denied"})
				if key == "Content-Type" {
					answer = foreign.Say(status, "text/plain; was="+secret, "denied")
				}
				answer(w, r)
			}
		}
	}
	body := func(status int, contentType, format string) func(string) http.HandlerFunc {
		return func(secret string) http.HandlerFunc {
			return foreign.Say(status, contentType, fmt.Sprintf(format, secret))
		}
	}
	raw := func(format string) func(string) http.HandlerFunc {
		return func(secret string) http.HandlerFunc { return foreign.Raw(fmt.Sprintf(format, secret)) }
	}
	shapes := map[string]func(string) http.HandlerFunc{
		"message":           inJSON(400, "message"),
		"message of a 403":  inJSON(403, "message"),
		"message of a 500":  inJSON(500, "message"),
		"message of a 429":  inJSON(429, "message"),
		"Message":           inJSON(401, "Message"),
		"code":              inJSON(400, "code"),
		"errorCode":         inJSON(409, "errorCode"),
		"logref":            inJSON(400, "logref"),
		"error_description": inJSON(400, "error_description"),
		"conflict id": func(s string) http.HandlerFunc {
			return foreign.SayJSON(409, foreign.ErrorBody("NAME_ALREADY_EXISTS", "x", s))
		},
		"request id":              inHead(400, "x-amzn-RequestId"),
		"error type":              inHead(403, "x-amzn-ErrorType"),
		"content type":            inHead(400, "Content-Type"),
		"content type of a 200":   inHead(200, "Content-Type"),
		"Retry-After":             inHead(503, "Retry-After"),
		"WWW-Authenticate":        inHead(401, "WWW-Authenticate"),
		"XML":                     body(400, "application/xml", "<Error><Code>InvalidArgument</Code><Message>no</Message><ArgumentValue>Bearer %s</ArgumentValue></Error>"),
		"XML message":             body(400, "application/xml", "<Error><Code>InvalidArgument</Code><Message>Bearer %s</Message></Error>"),
		"XML code":                body(403, "application/xml", "<Error><Code>%s</Code></Error>"),
		"HTML":                    body(502, "text/html", "<html><title>%s</title></html>"),
		"text":                    body(400, "text/plain", "cannot serve %s"),
		"text without a type":     body(403, "", "%s"),
		"answer that is no JSON":  body(200, "application/json", "%s"),
		"odd value in an answer":  body(200, "application/json", `{"id":"s3UjpTtKTuKEY1E3VawOzQ","kind":"FILE","name":"a","status":"AVAILABLE","createdDate":"%s","version":"%[1]s"}`),
		"odd key in an answer":    body(200, "application/json", `{"id":{"%s":1},"data":{"%[1]s":1},"nodes":{"%[1]s":2},"%[1]s":3}`),
		"status text":             raw("HTTP/1.1 403 was %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
		"malformed status line":   raw("HTTP/1.1 was %s\r\n\r\n"),
		"malformed header":        raw("HTTP/1.1 200 OK\r\nbad header %s\r\n\r\n"),
		"malformed length":        raw("HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n"),
		"transfer encoding":       raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\n"),
		"Location":                raw("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/%s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
		"Location, unparsable":    raw("HTTP/1.1 307 Temporary Redirect\r\nLocation: https://bucket.example:port/%%zz?%s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
		"Location, other scheme":  raw("HTTP/1.1 302 Found\r\nLocation: ftp://127.0.0.1/%s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
		"Location, user and host": raw("HTTP/1.1 302 Found\r\nLocation: http://%s@127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
		"Location, no host":       raw("HTTP/1.1 302 Found\r\nLocation: http:///%s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
		"Content-Range":           raw("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
	}
	secrets := map[string]string{
		"token":      foreign.Token,
		"signed URL": signedURL("https://bucket.s3.example"),
		"cookie":     "at-main=" + secretCookie,
	}
	all := map[string]http.HandlerFunc{}
	for shape, answer := range shapes {
		for kind, secret := range secrets {
			if strings.Contains(secret, "%") && strings.Contains(shape, "user and host") {
				secret = strings.ReplaceAll(secret, "%", "")
			}
			all[shape+"/"+kind] = answer(secret)
		}
	}
	return all
}

// secretClient returns a client that sends a token and a cookie and logs everything.
func secretClient(t *testing.T, s *foreign.Service, opts ...acd.Option) (*acd.Client, *memoryLog) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	home, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	jar.SetCookies(home, []*http.Cookie{{Name: "at-main", Value: secretCookie}})
	log := &memoryLog{}
	return foreignClient(t, s, append([]acd.Option{log.option(), acd.WithHTTPClient(&http.Client{Jar: jar})}, opts...)...), log
}

// allOf returns every form in which a program may print an error.
func allOf(err error) string {
	fields, _ := json.Marshal(err)
	return fmt.Sprintf("%v\n%+v\n%#v\n%s", err, err, err, fields) + unwrapped(err)
}

func unwrapped(err error) (all string) {
	switch e := err.(type) {
	case nil:
	case interface{ Unwrap() error }:
		all = fmt.Sprintf("\n%#v", e) + unwrapped(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			all += unwrapped(one)
		}
	}
	if e, ok := err.(*acd.Error); ok {
		all += fmt.Sprintf("\n%+v", *e)
	}
	return all
}

// The service may send a secret back in any part of its response. No error and no log line may
// contain it.
func TestEchoedSecretsAreNotTold(t *testing.T) {
	for name, answer := range echoes() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := foreign.Start(t)
			file := s.AddFile(s.Root(), "file.jpg", "some content")
			s.Hook(foreign.Instead("* nodes|* nodes/*|* nodes/*/children|* cdproxy/nodes|* cdproxy/nodes/*/content|* changes|PATCH trash", answer))
			c, log := secretClient(t, s, quickRetries(2))
			calls := map[string]func(ctx context.Context) error{
				"Get":          func(ctx context.Context) error { _, err := c.Nodes.Get(ctx, file); return err },
				"Children":     func(ctx context.Context) error { return seqErr(c.Nodes.Children(ctx, s.Root(), acd.ListOptions{})) },
				"CreateFolder": func(ctx context.Context) error { _, err := c.Nodes.CreateFolder(ctx, s.Root(), "a"); return err },
				"TrashAll":     func(ctx context.Context) error { return c.Nodes.TrashAll(ctx, []string{file}) },
				"Upload": func(ctx context.Context) error {
					_, err := c.Content.Upload(ctx, s.Root(), "a", strings.NewReader("x"))
					return err
				},
				"Download": func(ctx context.Context) error { return c.Content.Download(ctx, fileNode(file), atWriter{}) },
				"Since":    func(ctx context.Context) error { return seqErr(c.Changes.Since(ctx, "", acd.ChangesOptions{})) },
			}
			for call, fn := range calls {
				err := finish(t, 5*time.Second, fn)
				if secrets := tells(allOf(err)); len(secrets) > 0 {
					t.Errorf("%s: the error tells %v: %v", call, secrets, err)
				}
			}
			if secrets := tells(log.String()); len(secrets) > 0 {
				t.Errorf("the log tells %v", secrets)
			}
		})
	}
}

// A tempLink is a secret too, whatever happens to the download that uses it.
func TestTempLinksAreNotTold(t *testing.T) {
	links := map[string]string{
		"refused":      "/cdproxy/templink/mAdEuPtEmPlInK?X-Amz-Signature=" + secretSignature,
		"unparsable":   "http://127.0.0.1:port/mAdEuPtEmPlInK%zz?X-Amz-Signature=" + secretSignature,
		"no server":    "http://127.0.0.1:1/mAdEuPtEmPlInK?X-Amz-Signature=" + secretSignature,
		"other scheme": "ftp://127.0.0.1/mAdEuPtEmPlInK?X-Amz-Signature=" + secretSignature,
		"plain http":   "http://bucket.example/mAdEuPtEmPlInK?X-Amz-Signature=" + secretSignature,
		"relative":     "mAdEuPtEmPlInK?X-Amz-Signature=" + secretSignature,
	}
	for name, link := range links {
		t.Run(name, func(t *testing.T) {
			s := foreign.Start(t)
			if strings.HasPrefix(link, "/") {
				link = s.URL + link
			}
			file := s.AddFile(s.Root(), "file.jpg", "some content")
			s.Hook(foreign.AlterJSON("GET nodes/*", func(body map[string]any) { body["tempLink"] = link }),
				foreign.Instead("* cdproxy/templink/*", foreign.Say(403, "application/xml", "<Error><Code>AccessDenied</Code><Message>"+link+"</Message></Error>")))
			c, log := secretClient(t, s, acd.WithTempLinkThreshold(0))
			err := finish(t, 5*time.Second, func(ctx context.Context) error { return c.Content.Download(ctx, fileNode(file), atWriter{}) })
			if err == nil {
				t.Error("no error")
			}
			if secrets := tells(allOf(err)); len(secrets) > 0 {
				t.Errorf("the error tells %v: %v", secrets, err)
			}
			if secrets := tells(log.String()); len(secrets) > 0 {
				t.Errorf("the log tells %v", secrets)
			}
		})
	}
}
