package foreignphotos

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"image/jpeg"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// Each redirection leads to the original bytes if the client sends what the target host needs.
func TestContentRedirection(t *testing.T) {
	for name, tc := range map[string]struct {
		to      Redirection
		host    string
		cookies bool // whether the host needs the cookies
	}{
		"content host":  {ToContentHost, "https://content-eu.drive.amazonaws.com/cdproxy/", true},
		"download host": {ToDownloadHost, "https://download-photos.amazon.de/v2/download/signed/", true},
		"signed URL":    {ToSignedURL, "https://cd-eu-prod-content.s3.amazonaws.com/", false},
		"outside":       {ToOutside, "https://cdn.example.net/", false},
		"look-alike":    {ToLookAlike, "https://content-eu.drive.amazonaws.com.example.net/", false},
	} {
		t.Run(name, func(t *testing.T) {
			s, b := open(t, WithRedirection(tc.to))
			id := s.AddMedia("a b.jpg", "the original", nil)
			ask := func() string {
				return b.get("nodes/"+id+"/contentRedirection", "querySuffix=%3Fdownload%3Dtrue").want(t, 302, "").header.Get("Location")
			}
			to := ask()
			if !strings.HasPrefix(to, tc.host) {
				t.Fatalf("leads to %s", to)
			}
			r := b.request("GET", to, "")
			bare := r.Clone(r.Context())
			bare.Header = http.Header{}
			if tc.cookies {
				b.do(bare).want(t, 401, "No Auth Method Provided")
			} else {
				r = bare
			}
			a := b.do(r).want(t, 200, "the original")
			sum := md5.Sum([]byte(a.body))
			if hex.EncodeToString(sum[:]) != text(s.Doc(id), "contentProperties.md5") {
				t.Error("another MD5")
			}
			if got := a.header.Get("Content-Disposition"); got != `attachment; filename="a b.jpg"` {
				t.Errorf("disposition %q", got)
			}
			s.Check(t)
			if !tc.cookies {
				bare.Header.Set("Authorization", "Bearer x")
				b.do(bare).want(t, 400, "InvalidArgument")
				s.ExpireLinks()
				bare.Header.Del("Authorization")
				b.do(bare).want(t, 403, "Request has expired")
			}
		})
	}
	s, b := open(t, WithRedirection(ToItself))
	id := s.AddMedia("a.jpg", "x", nil)
	circle := b.get("nodes/"+id+"/contentRedirection", "").header.Get("Location")
	b.do(b.request("GET", circle, "")).want(t, 302, "")
	s.Redirect(ToPlainHTTP)
	if to := b.get("nodes/"+id+"/contentRedirection", "").header.Get("Location"); !strings.HasPrefix(to, "http://content-eu") {
		t.Errorf("leads to %s", to)
	}
	b.get("nodes/"+id+"/contentRedirection", "querySuffix=download%3Dtrue").want(t, 400, "querySuffix")
	b.get("nodes/"+s.Web()+"/contentRedirection", "").want(t, 404, "NODE_NOT_FOUND")
}

func TestContentHost(t *testing.T) {
	s, b := open(t)
	id := s.AddMedia("a.jpg", "0123456789", nil)
	link := text(b.get("nodes/"+id, "tempLink=true").json, "tempLink")
	if link != "https://content-eu.drive.amazonaws.com/cdproxy/nodes/"+id {
		t.Fatalf("tempLink %s", link)
	}
	b.do(b.request("GET", link, "")).want(t, 200, "0123456789")
	b.do(b.request("GET", strings.Replace(link, "content-eu", "content-na", 1), "")).want(t, 401, `"message":"No Auth Method Provided"`)
	r := b.request("GET", link, "")
	r.Header.Set("Range", "bytes=4-")
	if a := b.do(r).want(t, 206, "456789"); a.header.Get("Content-Range") != "bytes 4-9/10" {
		t.Errorf("range %q", a.header.Get("Content-Range"))
	}
	s.Hook(OtherRange("GET content/*/*"))
	b.do(r).want(t, 206, "0123456789")

	s, b = open(t, WithRangeIgnored())
	id = s.AddMedia("a.jpg", "0123456789", nil)
	r = b.request("GET", "https://content-eu.drive.amazonaws.com/cdproxy/nodes/"+id+"/content?resourceVersion=V2", "")
	r.Header.Set("Range", "bytes=4-")
	b.do(r).want(t, 200, "0123456789")
}

func TestRenditionsAreNotOriginals(t *testing.T) {
	s, b := open(t)
	id := s.AddMedia("a.jpg", "original", nil)
	to := b.get("nodes/"+id+"/contentRedirection", "querySuffix=%3FviewBox%3D10000").header.Get("Location")
	for _, address := range []string{to, "https://thumbnails-photos.amazon.de/v1/thumbnail/" + id + "?viewBox=200&ownerId=" + s.Owner()} {
		a := b.do(b.request("GET", address, "")).want(t, 200, "")
		if _, err := jpeg.Decode(strings.NewReader(a.body)); err != nil || strings.Contains(a.body, "original") {
			t.Errorf("%v: %q", err, a.body)
		}
	}
	to = b.get("nodes/"+id+"/contentRedirection", "querySuffix=%3FvideoTranscodeView%3Dtrue%26y%3D720").header.Get("Location")
	b.do(b.request("GET", to, "")).want(t, 200, "transcoded")
}

func TestUploads(t *testing.T) {
	s, b := open(t)
	raw := "https://content-eu.drive.amazonaws.com/cdproxy/nodes?resourceVersion=V2&kind=FILE&parentNodeId=" + s.Web() + "&name="
	v2 := "https://upload-photos.amazon.de/v2/upload?parentNodeId=" + s.Web()
	a := b.do(b.request("POST", raw+"a.jpg", "first")).want(t, 201, `"md5":"8b04d5e3775d298e78455efc5ca404d5"`)
	if a.json["createdDate"] == nil || text(a.json, "contentProperties.contentDate") != "" {
		t.Errorf("dates of %v", a.json)
	}
	b.do(b.request("POST", raw+"b.jpg", "first")).want(t, 409, `"DuplicatesConflictError","errorDetails":{"conflictNodeIds":["`+text(a.json, "id"))
	b.do(b.request("POST", raw+"A.jpg", "second")).want(t, 409, "NAME_ALREADY_EXISTS")
	b.do(b.request("POST", v2+"&name=a.jpg&fileSize=6&conflictResolution=RENAME&contentDate=2019-01-02T03:04:05.000Z", "second")).
		want(t, 201, `"name":"a (1).jpg"`).want(t, 201, `"contentDate":"2019-01-02T03:04:05.000Z"`)
	b.do(b.request("POST", v2+"&name=c.jpg&fileSize=7", "third")).want(t, 400, "size")
	b.do(b.request("POST", v2+"&name=c.jpg", "third")).want(t, 400, "fileSize")
	r := b.request("POST", v2+"&name=c.jpg&fileSize=5", "third")
	r.Header.Set("x-amzn-file-md5", strings.Repeat("0", 32))
	b.do(r).want(t, 400, "MD5")
	b.do(b.request("POST", raw[:strings.Index(raw, "&parentNodeId")]+"&parentNodeId=nobody&name=d.jpg", "fourth")).want(t, 400, "parentId")
	b.do(b.request("POST", strings.Replace(raw, "content-eu", "content-na", 1)+"e.jpg", "fifth")).want(t, 401, "")
	if got := b.get("nodes", filters("kind:FILE")).count(); got != 2 {
		t.Errorf("%d files", got)
	}
	s.Hook(Instead("POST */v2/upload", Forbidden("InsufficientStorage")), Instead("POST content/nodes", NotRegistered))
	b.do(b.request("POST", v2+"&name=f.jpg&fileSize=1", "f")).want(t, 403, "InsufficientStorage")
	b.do(b.request("POST", raw+"g.jpg", "g")).want(t, 403, "Not Registered")
}

// The hooks work as documented, without a socket and over one.
func TestRudeAnswers(t *testing.T) {
	for way, transport := range map[string]func(*testing.T, *Service) http.RoundTripper{
		"in memory": func(_ *testing.T, s *Service) http.RoundTripper { return s },
		"over TLS":  func(t *testing.T, s *Service) http.RoundTripper { return s.OverTLS(t) },
	} {
		t.Run(way, func(t *testing.T) {
			s, b := open(t)
			b.by = transport(t, s)
			id := s.AddMedia("a.jpg", strings.Repeat("0123456789", 1000), nil)
			content := b.request("GET", "https://content-eu.drive.amazonaws.com/cdproxy/nodes/"+id+"/content?resourceVersion=V2", "")
			s.Hook(
				Times(1, "GET www/nodes", Halve("GET www/nodes")),
				Only("GET www/nodes", func(n int64) bool { return n == 2 }, Instead("", BotDefence)),
				Only("GET www/nodes", func(n int64) bool { return n == 3 }, Instead("", TooMany(15*time.Second))),
				Only("GET www/nodes", func(n int64) bool { return n == 4 }, AlterJSON("", func(body Doc) { body["count"] = 7 })),
				Times(1, "GET content/nodes/*/content", Instead("", SignInPage)),
				Only("GET content/nodes/*/content", func(n int64) bool { return n == 2 }, Cut("", 100)),
				Only("GET content/nodes/*/content", func(n int64) bool { return n == 3 }, Corrupt("")),
				Times(1, "PUT www/trash/*", Lose("")),
			)
			if a := b.get("nodes", ""); a.status != 200 || a.json != nil || a.err != nil {
				t.Errorf("halved: %d %.40q %v", a.status, a.body, a.err)
			}
			b.get("nodes", "").want(t, 503, "<html>")
			if a := b.get("nodes", "").want(t, 429, ""); a.header.Get("Retry-After") != "15" {
				t.Error("no Retry-After")
			}
			b.get("nodes", "").want(t, 200, `"count":7`)
			b.get("nodes", "").want(t, 200, `"count":4`)
			b.do(content).want(t, 200, "<title>Sign in")
			if a := b.do(content); a.status != 200 || len(a.body) != 100 || !errors.Is(a.err, io.ErrUnexpectedEOF) {
				t.Errorf("cut: %d, %d bytes, %v", a.status, len(a.body), a.err)
			}
			if a := b.do(content); len(a.body) != 10000 || a.body[:2] != "11" {
				t.Errorf("corrupt: %d bytes", len(a.body))
			}
			b.do(content).want(t, 200, "0123456789")
			if _, err := b.by.RoundTrip(b.request("PUT", "https://www.amazon.de/drive/v1/trash/"+id+"?resourceVersion=V2", "")); err == nil {
				t.Error("an answer that was lost arrives")
			}
			if s.Doc(id)["status"] != "TRASH" {
				t.Error("the lost call was not done")
			}
			if _, err := b.by.RoundTrip(b.request("POST", "https://www.amazon.de/drive/v1/trash/"+id+"/restore?resourceVersion=V2", "")); err != nil {
				t.Error(err)
			}
		})
	}
}

// Slow responses take no real time in the virtual time of synctest. They end when their request
// ends.
func TestSlowAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := open(t, WithHooks(Drip("GET www/nodes", time.Minute), Instead("GET www/trash", Hang), Instead("GET www/search", Drop)))
		start := time.Now()
		if a := b.get("nodes", "").want(t, 200, "count"); time.Since(start) != time.Duration(len(a.body))*time.Minute {
			t.Errorf("took %v", time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := s.RoundTrip(b.request("GET", "https://www.amazon.de/drive/v1/trash?resourceVersion=V2", "").WithContext(ctx)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("hang: %v", err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		res, err := s.RoundTrip(b.request("GET", "https://www.amazon.de/drive/v1/nodes?resourceVersion=V2", "").WithContext(ctx))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if got, err := io.ReadAll(res.Body); len(got) != 1 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("drip: %q, %v", got, err)
		}
		if _, err := s.RoundTrip(b.request("GET", "https://www.amazon.de/drive/v1/search?resourceVersion=V2", "")); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("drop: %v", err)
		}
	})
}

// A client may leave a response unread and send the next request.
func TestAnswersMayBeLeftUnread(t *testing.T) {
	s, b := open(t, WithHooks(Before("GET www/nodes", func(*http.Request) {})))
	s.AddMany(200)
	res, err := s.RoundTrip(b.request("GET", "https://www.amazon.de/drive/v1/nodes?resourceVersion=V2", ""))
	if err != nil {
		t.Fatal(err)
	}
	b.get("nodes", "").want(t, 200, "")
	if err := res.Body.Close(); err != nil {
		t.Error(err)
	}
	r := b.request("HEAD", "https://content-eu.drive.amazonaws.com/cdproxy/nodes/"+s.AddMedia("a.jpg", "12345", nil)+"/content?resourceVersion=V2", "")
	head, err := s.RoundTrip(r)
	if err != nil || head.ContentLength != 5 {
		t.Fatalf("%v %v", head, err)
	}
	defer head.Body.Close()
	if b, err := io.ReadAll(head.Body); len(b) > 0 || err != nil {
		t.Errorf("%q %v", bytes.TrimSpace(b), err)
	}
}

// A response that is shorter than its Content-Length ends with an error, as on a real connection.
func TestAnswersThatEndEarly(t *testing.T) {
	s, b := open(t, WithHooks(Instead("GET www/nodes", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		_, _ = io.WriteString(w, "123")
	})))
	for way, by := range map[string]http.RoundTripper{"in memory": s, "over TLS": s.OverTLS(t)} {
		b.by = by
		if a := b.get("nodes", ""); a.body != "123" || !errors.Is(a.err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: %q, %v", way, a.body, a.err)
		}
	}
}
