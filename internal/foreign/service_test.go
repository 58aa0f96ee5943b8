package foreign

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
)

// ask sends one request, as a client that knows nothing but the wire reference would.
func ask(t *testing.T, method, url, contentType string, body io.Reader) (status int, answer map[string]any, raw string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+Token)
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	w, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = json.Unmarshal(b, &answer)
	return w.StatusCode, answer, string(b)
}

func form(t *testing.T, metadata, content string) (contentType string, body io.Reader) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, part := range [][2]string{{"metadata", metadata}, {"content", content}} {
		p, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + part[0] + `"; filename="x"`}})
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(p, part[1])
	}
	_ = w.Close()
	return w.FormDataContentType(), &b
}

// The examples of the wire reference, sent exactly as written, get the responses that the reference
// shows.
func TestServiceSpeaksTheWireReference(t *testing.T) {
	s := Start(t)
	meta, content := s.URL+"/drive/v1/", s.URL+"/cdproxy/"

	status, folder, _ := ask(t, "POST", meta+"nodes", "", strings.NewReader(`{"name":"Reports","kind":"FOLDER"}`))
	if status != 201 || folder["status"] != "AVAILABLE" {
		t.Fatalf("create: %d %v", status, folder)
	}
	id := folder["id"].(string)
	kind, body := form(t, `{"name":"sun (1).txt","kind":"FILE","parents":["`+id+`"]}`, "light")
	status, file, _ := ask(t, "POST", content+"nodes?suppress=deduplication", kind, body)
	if status != 201 || file["contentProperties"].(map[string]any)["md5"] != "2ac43aa43bf473f9a9c09b4b608619d3" {
		t.Fatalf("upload: %d %v", status, file)
	}
	kind, body = form(t, `{"name":"SUN (1).txt","kind":"FILE","parents":["`+id+`"]}`, "dark")
	status, taken, _ := ask(t, "POST", content+"nodes", kind, body)
	if status != 409 || taken["code"] != "NAME_ALREADY_EXISTS" || taken["info"].(map[string]any)["nodeId"] != file["id"] {
		t.Fatalf("taken name: %d %v", status, taken)
	}
	filter := url.QueryEscape(`parents:"` + id + `" AND name:"sun\ \(1\).txt"`)
	status, page, _ := ask(t, "GET", meta+"nodes?filters="+filter, "", nil)
	if status != 200 || page["count"] != 1.0 {
		t.Fatalf("search: %d %v", status, page)
	}
	if status, _, raw := ask(t, "GET", content+"nodes/"+file["id"].(string)+"/content", "", nil); status != 200 || raw != "light" {
		t.Fatalf("download: %d %q", status, raw)
	}
	if status, trashed, _ := ask(t, "PUT", meta+"trash/"+file["id"].(string), "", nil); status != 200 || trashed["status"] != "TRASH" {
		t.Fatalf("trash: %d %v", status, trashed)
	}
	if status, page, _ := ask(t, "GET", meta+"trash?limit=200", "", nil); status != 200 || page["count"] != 1.0 {
		t.Fatalf("trash listing: %d %v", status, page)
	}
	if _, _, raw := ask(t, "POST", meta+"changes", "", strings.NewReader(`{}`)); !strings.HasSuffix(raw, "{\"end\":true}\n") {
		t.Fatalf("changes: %s", raw)
	}
}

// A client can page by token or by offset. In both ways the pages together hold every node once.
func TestServicePagesByTokenAndByOffset(t *testing.T) {
	s := Start(t)
	folder := s.AddFolder(s.Root(), "many")
	for i := range 450 {
		s.AddFile(folder, strings.Repeat("x", i+1)[:min(i+1, 280)]+string(rune('a'+i%26))+newID(), "")
	}
	for _, way := range []string{"startToken", "offset"} {
		next, total := "", 0
		for range 5 {
			_, page, _ := ask(t, "GET", s.URL+"/drive/v1/nodes/"+folder+"/children?limit=200&"+next, "", nil)
			total += len(page["data"].([]any))
			token, more := page["nextToken"].(string)
			if !more {
				break
			}
			next = way + "=" + strings.TrimPrefix(token, map[string]string{"offset": "page-"}[way])
		}
		if total != 450 {
			t.Errorf("by %s: %d nodes of 450", way, total)
		}
	}
}
