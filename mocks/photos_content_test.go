package mocks_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/mocks"
)

// contentRedirection leads to the original: on a host that needs the cookies or, with
// WithSignedRedirection, on a host where no cookie may go.
func TestPhotosRedirection(t *testing.T) {
	b := newBrowser(t)
	id := b.write("evening.jpg", mocks.Photo{Width: 4000, Height: 3000})
	redirect := func(b *browser, id, suffix string) string {
		res := b.call("GET", wwwDE+"nodes/"+id+"/contentRedirection?"+v2+"&ownerId="+b.drive.CustomerID()+"&querySuffix="+suffix, "")
		if res.status != 302 {
			t.Fatalf("%d %s", res.status, res.body)
		}
		return res.header.Get("Location")
	}
	at := redirect(b, id, "%3Fdownload%3Dtrue")
	if !strings.HasPrefix(at, contentEU) {
		t.Errorf("to %s", at)
	}
	res := b.call("GET", at, "")
	if res.body != "content of evening.jpg" || !strings.Contains(res.header.Get("Content-Disposition"), "evening.jpg") {
		t.Errorf("%q %v", res.body, res.header)
	}
	b.wants(401, "GET", at, "", "Cookie", "")
	if got := b.call("GET", redirect(b, id, "%3FviewBox%3D10000"), ""); got.header.Get("Content-Type") != "image/jpeg" || got.body == res.body {
		t.Errorf("%v", got.header)
	}
	mocks.AssertNoLeaks(t, b.drive)

	s := newBrowser(t, mocks.WithSignedRedirection())
	id = s.write("evening.jpg", mocks.Photo{})
	at = redirect(s, id, "%3Fdownload%3Dtrue")
	if !strings.Contains(at, "X-Amz-Signature") || !strings.Contains(at, "amazonaws.com/s3/") {
		t.Errorf("to %s", at)
	}
	if got := s.call("GET", at, "", "Cookie", ""); got.body != "content of evening.jpg" {
		t.Errorf("%d %s", got.status, got.body)
	}
	mocks.AssertNoLeaks(t, s.drive)
	s.call("GET", at, "")
	var l tally
	if mocks.AssertNoLeaks(&l, s.drive); len(l.texts) != 1 {
		t.Errorf("cookies at the storage: %q", l.texts)
	}
	if at := redirect(s, id, "%3FviewBox%3D100"); !strings.HasPrefix(at, contentEU) {
		t.Errorf("a rendition at %s", at)
	}
}

func TestPhotosRanges(t *testing.T) {
	for _, ignored := range []bool{false, true} {
		var opts []mocks.Option
		if ignored {
			opts = append(opts, mocks.WithoutRanges())
		}
		b := newBrowser(t, opts...)
		id := b.write("p.jpg", mocks.Photo{})
		for _, address := range []string{contentEU + "nodes/" + id + "/content", "https://download-photos.amazon.de/v2/download/signed/" + id} {
			res := b.call("GET", address, "", "Range", "bytes=3-5")
			if ignored && (res.status != 200 || res.body != "content of p.jpg" || res.header.Get("Accept-Ranges") != "") {
				t.Errorf("ignored: %d %q", res.status, res.body)
			}
			if !ignored && (res.status != 206 || res.body != "ten") {
				t.Errorf("%d %q", res.status, res.body)
			}
		}
	}
}

// A rendition has other bytes than the original, and the renditions of two pictures differ.
func TestRenditions(t *testing.T) {
	b := newBrowser(t)
	one, two := b.write("a.heic", mocks.Photo{Width: 4000, Height: 3000}), b.write("b.heic", mocks.Photo{Width: 4000, Height: 3000})
	thumbnail := func(id string) string {
		res := b.call("GET", "https://thumbnails-photos.amazon.de/v1/thumbnail/"+id+"?viewBox=200&ownerId="+b.drive.CustomerID(), "")
		if w, h := jpegSize(t, res.body); w != 200 || h != 150 {
			t.Errorf("%d x %d", w, h)
		}
		return res.body
	}
	if thumbnail(one) == thumbnail(two) {
		t.Error("two pictures look the same")
	}
	video := b.write("v.mp4", mocks.Photo{})
	res := b.call("GET", contentEU+"nodes/"+video+"/content?videoTranscodeView=true&y=720", "")
	if res.status != 200 || res.body == "content of v.mp4" || res.header.Get("Content-Type") != "video/mp4" {
		t.Errorf("%d %v", res.status, res.header)
	}
	b.wants(400, "GET", contentEU+"nodes/"+one+"/content?videoTranscodeView=true", "")
}

func TestPhotosUploads(t *testing.T) {
	b := newBrowser(t)
	folder, err := b.drive.Mkdir("Pictures/Web")
	if err != nil {
		t.Fatal(err)
	}
	at := uploadDE + "?kind=FILE&parentNodeId=" + folder
	n := b.wants(201, "POST", at+"&name=a.jpg&fileSize=4&contentDate=2019-08-12T10:11:12.000Z", "four", "x-amzn-file-md5", sum("four"))
	if got := n["contentProperties"].(map[string]any); got["md5"] != sum("four") || got["contentDate"] != "2019-08-12T10:11:12.000Z" || n["parents"].([]any)[0] != folder {
		t.Errorf("%v", n)
	}
	b.wants(404, "GET", wwwDE+"nodes/"+n["id"].(string), "") // made by Photos, so it is found only with resourceVersion=V2
	for name, tt := range map[string]struct {
		query, body, md5 string
		status           int
		code             string
	}{
		"duplicate":     {"&name=b.jpg&fileSize=4", "four", sum("four"), 409, "DuplicatesConflictError"},
		"wrong size":    {"&name=c.jpg&fileSize=5", "five5x", sum("five5x"), 400, "InvalidParameter"},
		"wrong md5":     {"&name=c.jpg&fileSize=4", "fivX", sum("other"), 400, "InvalidParameter"},
		"no md5":        {"&name=c.jpg&fileSize=4", "fivY", "", 400, "InvalidParameter"},
		"no date":       {"&name=c.jpg&fileSize=4&contentDate=yesterday", "fivZ", sum("fivZ"), 400, "InvalidParameter"},
		"name taken":    {"&name=A.JPG&fileSize=5", "other", sum("other"), 409, "DuplicatesConflictError"},
		"name resolved": {"&name=a.jpg&fileSize=5&conflictResolution=RENAME", "third", sum("third"), 201, ""},
	} {
		got := b.wants(tt.status, "POST", at+tt.query, tt.body, "x-amzn-file-md5", tt.md5)
		code, _ := got["errorCode"].(string)
		if code != tt.code {
			t.Errorf("%s: %v", name, got)
		}
		if tt.status == 409 {
			details := got["errorDetails"].(map[string]any)
			if got["message"] == "" || !cmp.Equal(details["conflictNodeIds"], any([]any{n["id"]})) {
				t.Errorf("%s: %v", name, got)
			}
		}
	}
	// The raw upload of the web site refuses the same content with the same error code.
	if got := b.wants(409, "POST", contentEU+"nodes?name=z.jpg&kind=FILE&parentNodeId="+folder, "four"); got["errorCode"] != "DuplicatesConflictError" {
		t.Errorf("%v", got)
	}
	for body, want := range map[string]float64{`{"digestList":["` + sum("four") + `","` + sum("none") + `"],"digestType":"MD5"}`: 1, `{"digestList":["` + sum("none") + `"],"digestType":"md5"}`: 0} {
		if got := b.wants(200, "POST", wwwDE+"bulk/nodeByDigest?"+v2, body); got["count"] != want || want == 1 && data(got)[0]["id"] != n["id"] {
			t.Errorf("%v", got)
		}
	}
	b.wants(400, "POST", wwwDE+"bulk/nodeByDigest?"+v2, `{"digestList":["x"],"digestType":"MD5"}`)
	b.wants(400, "POST", wwwDE+"bulk/nodeByDigest?"+v2, `{"digestList":[],"digestType":"CRC"}`)
}

func TestPhotosUploadRefusals(t *testing.T) {
	b := newBrowser(t, mocks.WithoutSubscription())
	b.wants(201, "POST", contentEU+"nodes?name=a.jpg&kind=FILE", "picture")
	if got := b.wants(403, "POST", contentEU+"nodes?name=a.mp4&kind=FILE", "video"); got["errorCode"] != "NoActiveSubscriptionFound" {
		t.Errorf("%v", got)
	}
	b = newBrowser(t, mocks.WithQuota(10))
	if got := b.wants(403, "POST", uploadDE+"?name=a.jpg&fileSize=11", "eleven byte", "x-amzn-file-md5", sum("eleven byte")); got["errorCode"] != "InsufficientStorage" {
		t.Errorf("%v", got)
	}
	b.drive.Inject(mocks.NotRegistered())
	if got := b.wants(403, "POST", contentEU+"nodes?name=b.jpg&kind=FILE", "x"); got["message"] != "Not Registered" {
		t.Errorf("%v", got)
	}
}

// In a multiform upload, the query and the metadata part describe the file in the same way.
func TestPhotosMultiform(t *testing.T) {
	b := newBrowser(t)
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	w.WriteField("metadata", `{"name":"a.jpg","kind":"FILE"}`)
	p, _ := w.CreateFormFile("file", "a.jpg")
	p.Write([]byte("four"))
	w.Close()
	b.wants(201, "POST", uploadDE+"/multiform-upload?name=a.jpg&kind=FILE&fileSize=4", body.String(), "Content-Type", w.FormDataContentType(), "x-amzn-file-md5", sum("four"))
	if got, err := b.drive.ReadFile("a.jpg"); err != nil || string(got) != "four" {
		t.Errorf("%q %v", got, err)
	}
}

// A large file is uploaded in parts, in any order, and becomes one node.
func TestUploadInParts(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b := newBrowser(t, mocks.WithPartSize(4), mocks.WithPending(time.Hour), mocks.WithClock(func() time.Time { return now }))
	const whole = "0123456789"
	start := uploadDE + "/multipart-upload"
	u := b.wants(201, "POST", start+"?name=v.mp4&kind=FILE&fileSize=10", "")
	if u["partSize"] != 4.0 || u["totalNumberOfParts"] != 3.0 {
		t.Fatalf("%v", u)
	}
	at := start + "/" + u["nodeId"].(string)
	part := func(status, n int, text, md5 string) {
		t.Helper()
		b.wants(status, "PUT", fmt.Sprintf("%s/parts/%d?uploadId=%s&partSize=%d", at, n, u["uploadId"], len(text)), text, "x-amzn-part-md5", md5)
	}
	part(200, 3, whole[8:], sum(whole[8:]))
	part(200, 1, whole[:4], sum(whole[:4]))
	part(400, 2, whole[4:8], sum("other"))
	part(400, 2, whole[4:7], sum(whole[4:7]))
	part(400, 4, whole[4:8], sum(whole[4:8]))
	part(400, 0, whole[4:8], sum(whole[4:8]))
	b.wants(404, "PUT", at+"/parts/2?uploadId=other", whole[4:8], "x-amzn-part-md5", sum(whole[4:8]))
	b.wants(400, "POST", at+"/complete?uploadId="+u["uploadId"].(string), "")
	part(200, 2, whole[4:8], sum(whole[4:8]))
	b.wants(200, "POST", at+"/complete?uploadId="+u["uploadId"].(string), "")
	if got := b.wants(200, "GET", at, ""); got["uploadState"] != "UPLOAD_IN_PROGRESS" {
		t.Errorf("%v", got)
	}
	now = now.Add(time.Hour)
	if got := b.wants(200, "GET", at, ""); got["uploadState"] != "UPLOAD_SUCCEEDED" {
		t.Errorf("%v", got)
	}
	n := b.wants(200, "GET", wwwDE+"nodes/"+u["nodeId"].(string)+"?"+v2, "")
	if got := n["contentProperties"].(map[string]any); n["name"] != "v.mp4" || got["md5"] != sum(whole) {
		t.Errorf("%v", n)
	}
	b.wants(200, "POST", at+"/complete", "") // as if the first response was lost

	other := b.wants(201, "POST", start+"?name=w.mp4&fileSize=10", "")
	b.wants(204, "DELETE", start+"/"+other["nodeId"].(string), "")
	b.wants(404, "GET", start+"/"+other["nodeId"].(string), "")
	b.wants(400, "POST", start+"?name=w.mp4&fileSize=0", "")
	b.wants(400, "POST", start+"?name=&fileSize=9", "")
}

// Everybody who has a public link can see what is shared, but no originals.
func TestShares(t *testing.T) {
	b := newBrowser(t)
	day := func(i int) mocks.Photo { return mocks.Photo{Uploaded: time.Date(2024, 1, i, 0, 0, 0, 0, time.UTC)} }
	one, two, secret := b.write("1.jpg", day(1)), b.write("2.jpg", day(2)), b.write("3.jpg", day(3))
	album, err := b.drive.WriteAlbum(mocks.Album{Name: "Trip"}, one, two)
	if err != nil {
		t.Fatal(err)
	}
	share, err := b.drive.ShareAlbum(album)
	if err != nil {
		t.Fatal(err)
	}
	group, token, err := b.drive.ShareGroup("Friends", two)
	if err != nil {
		t.Fatal(err)
	}
	open := func(status int, url string) result {
		t.Helper()
		res := b.call("GET", url, "", "Cookie", "")
		if res.status != status {
			t.Errorf("%s: %d, want %d: %s", url, res.status, status, res.body)
		}
		return res
	}
	if got := open(200, wwwDE+"shares/"+share).json(t); got["nodeInfo"].(map[string]any)["id"] != album {
		t.Errorf("%v", got)
	}
	list := data(open(200, wwwDE+"nodes/"+album+"/children?offset=0&shareId="+share).json(t))
	if len(list) != 2 || list[0]["id"] != two || list[1]["id"] != one {
		t.Errorf("%v", list)
	}
	thumbnail := "https://thumbnails-photos.amazon.de/v1/thumbnail/"
	open(200, thumbnail+one+"?viewBox=10&shareId="+share)
	open(200, thumbnail+two+"?viewBox=10&groupShareToken="+token)
	open(404, thumbnail+secret+"?viewBox=10&shareId="+share)
	open(404, thumbnail+one+"?viewBox=10&groupShareToken="+token)
	open(404, wwwDE+"nodes/"+secret+"?shareId="+share)
	open(401, wwwDE+"nodes/"+album+"/children?shareId=nonsense")
	open(401, wwwDE+"nodes?shareId="+share)
	open(401, contentEU+"nodes/"+one+"/content?shareId="+share)
	open(404, wwwDE+"shares/nonsense")
	if got := open(200, "https://www.amazon.de/cdrs/drive/v2/photosGroups/shares/"+token).json(t); got["name"] != "Friends" || got["groupId"] != group {
		t.Errorf("%v", got)
	}
	found := data(open(200, wwwDE+"search/groups/"+group+"?searchContext=groups&groupShareToken="+token).json(t))
	if len(found) != 1 || found[0]["id"] != two {
		t.Errorf("%v", found)
	}
	open(404, wwwDE+"search/groups/other?groupShareToken="+token)
	open(401, wwwDE+"search/groups/"+group)
	if got := b.wants(200, "GET", "https://www.amazon.de/cdrs/drive/v2/photosGroups", ""); got["count"] != 1.0 {
		t.Errorf("%v", got)
	}
	for _, r := range b.drive.Journal() {
		if text := fmt.Sprint(r); strings.Contains(text, share) || strings.Contains(text, token) {
			t.Errorf("the journal has the secret of a link: %s", text)
		}
	}
	for _, err := range []error{errOf(b.drive.ShareAlbum("nobody")), func() error { _, _, err := b.drive.ShareGroup("x", "nobody"); return err }()} {
		if err == nil {
			t.Error("what is not there was shared")
		}
	}
}

func errOf(_ string, err error) error { return err }

// A program that expects JSON may get a page for people instead.
func TestPagesForPeople(t *testing.T) {
	b := newBrowser(t)
	for name, tt := range map[string]struct {
		fault  mocks.Fault
		status int
		text   string
	}{
		"sign-in page": {mocks.SignInPage(), 200, "signIn"},
		"bot defence":  {mocks.BotDefence(), 503, "Sorry"},
	} {
		injected := b.drive.Inject(tt.fault)
		res := b.call("GET", wwwDE+"nodes?"+v2, "")
		if res.status != tt.status || !strings.HasPrefix(res.header.Get("Content-Type"), "text/html") || !strings.Contains(res.body, tt.text) {
			t.Errorf("%s: %d %v %q", name, res.status, res.header, res.body)
		}
		injected.Remove()
	}
	redirect := mocks.SignInRedirect()
	redirect.Nth = 1
	b.drive.Inject(redirect)
	b.hc.CheckRedirect = nil
	if res := b.call("GET", wwwDE+"nodes?"+v2, ""); res.status != 200 || !strings.Contains(res.body, "signIn") {
		t.Errorf("%d %q", res.status, res.body)
	}
	mocks.AssertNoLeaks(t, b.drive)
}

// The download host answers a request for a large file itself. The content host redirects it.
func TestPhotosDownloadNeverRedirects(t *testing.T) {
	b := newBrowser(t, mocks.WithRedirectFrom(4))
	id := b.write("p.jpg", mocks.Photo{})
	b.wants(307, "GET", contentEU+"nodes/"+id+"/content", "")
	if res := b.call("GET", "https://download-photos.amazon.de/v2/download/signed/"+id, ""); res.body != "content of p.jpg" {
		t.Errorf("%d", res.status)
	}
}
