package mocks_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/acd-sdk/acd/mocks"
)

// Clients write the name of the file into the header of the content part in many forms. The drive
// must ignore it and read only the name of the part.
func TestHeadsOfPartsAreReadLeniently(t *testing.T) {
	const boundary = "b0undary"
	for name, disposition := range map[string]string{
		"quoted":              `form-data; name="content"; filename="a.txt"`,
		"none":                `form-data; name="content"`,
		"name unquoted":       `form-data; name=content; filename=a.txt`,
		"space":               `form-data; name="content"; filename=a b.txt`,
		"brackets":            `form-data; name="content"; filename=harbour (1).jpg`,
		"umlauts":             `form-data; name="content"; filename=äö.txt`,
		"quote inside":        `form-data; name="content"; filename=""a"b.txt"`,
		"empty":               `form-data; name="content"; filename=`,
		"semicolon":           `form-data; name="content"; filename=a; name="metadata"`,
		"control characters":  "form-data; name=\"content\"; filename=\"a\x01\x1fb\x7f.txt\"",
		"line break":          "form-data; name=\"content\"; filename=\"a\nb.txt\"",
		"not UTF-8":           "form-data; name=\"content\"; filename=\"a\xff.txt\"",
		"upper case":          `FORM-DATA; NAME="content"; FILENAME="a.txt"`,
		"two lines":           "form-data; name=\"content\"; filename=\"a.txt\"\r\nContent-Transfer-Encoding: binary",
		"a file name's own 名": `form-data; name="content"; filename*=UTF-8''%E5%90%8D.txt`,
	} {
		t.Run(name, func(t *testing.T) {
			drive := mocks.NewDrive(mocks.WithToken("token"))
			body := "--" + boundary + "\r\nContent-Disposition: form-data; name=\"metadata\"\r\n\r\n" +
				fmt.Sprintf(`{"name":"f","kind":"FILE","parents":[%q]}`, drive.RootID()) +
				"\r\n--" + boundary + "\r\nContent-Disposition: " + disposition + "\r\nContent-Type: text/plain\r\n\r\nhello\r\nthere" +
				"\r\n--" + boundary + "--\r\n"
			req := httptest.NewRequest(http.MethodPost, "https://content.test/cdproxy/nodes", strings.NewReader(body))
			req.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
			req.Header.Set("Authorization", "Bearer token")
			resp, err := drive.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			text, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != http.StatusCreated || !strings.Contains(string(text), `"size":12`) {
				t.Errorf("%d %s", resp.StatusCode, text)
			}
		})
	}
}
