package multipart

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// An independent reader, that of the standard library, must find the parts.
func TestStandardReaderFindsTheParts(t *testing.T) {
	for name, tc := range map[string]struct {
		metadata any
		mimeType string
		content  string
		want     [][3]string
	}{
		"upload": {map[string]string{"name": "a\r\n\"你好\".txt"}, "text/plain; charset=utf-8", "hello",
			[][3]string{{"metadata", "application/json", `{"name":"a\r\n\"你好\".txt"}`}, {"content", "text/plain; charset=utf-8", "hello"}}},
		"overwrite":                          {nil, "", "hello", [][3]string{{"content", "application/octet-stream", "hello"}}},
		"empty":                              {nil, "", "", [][3]string{{"content", "application/octet-stream", ""}}},
		"content that looks like a boundary": {nil, "", "\r\n--x--\r\n", [][3]string{{"content", "application/octet-stream", "\r\n--x--\r\n"}}},
	} {
		t.Run(name, func(t *testing.T) {
			form, err := New(tc.metadata, tc.mimeType)
			if err != nil {
				t.Fatal(err)
			}
			whole, err := io.ReadAll(iotest.OneByteReader(form.Wrap(io.NopCloser(strings.NewReader(tc.content)))))
			if err != nil {
				t.Fatal(err)
			}
			if got := form.Size(int64(len(tc.content))); got != int64(len(whole)) {
				t.Errorf("announced %d bytes, wrote %d", got, len(whole))
			}
			_, params, err := mime.ParseMediaType(form.ContentType)
			if err != nil {
				t.Fatal(err)
			}
			r := multipart.NewReader(strings.NewReader(string(whole)), params["boundary"])
			var got [][3]string
			for {
				p, err := r.NextPart()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				text, err := io.ReadAll(p)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, [3]string{p.FormName(), p.Header.Get("Content-Type"), string(text)})
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("parts (-want +got):\n%s", diff)
			}
		})
	}
}

// If the content fails, the body must not be closed as if it were complete. One of the other
// clients made this mistake.
func TestBrokenContentIsNotClosedAsWhole(t *testing.T) {
	form, err := New(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	text, err := io.ReadAll(form.Wrap(io.NopCloser(io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken)))))
	if !errors.Is(err, broken) || strings.Contains(string(text), "--\r\n") {
		t.Errorf("error %v, body ends %q", err, text[len(text)-10:])
	}
}

func TestContentTypeCannotInjectAHeader(t *testing.T) {
	for _, bad := range []string{"text/plain\r\nX-Evil: 1", "no type at all", "text/"} {
		if _, err := New(nil, bad); err == nil {
			t.Errorf("%q passed", bad)
		}
	}
}
