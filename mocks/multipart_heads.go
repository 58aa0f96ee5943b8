package mocks

import (
	"bufio"
	"bytes"
	"io"
	"regexp"
	"strings"
)

// maxHead bounds the head of one part.
const maxHead = 16 << 10

// partName finds the name of a part, whatever else its disposition says and however badly: real clients put the
// file's own name there, unquoted or with anything in it, and the service looks at the name of the part alone.
var partName = regexp.MustCompile(`(?i)^content-disposition:\s*form-data\s*;\s*name="?([a-z0-9_-]+)"?(?:\s*;|\s*$)`)

var partType = regexp.MustCompile(`(?i)^content-type:\s*([\x21-\x7e][\x20-\x7e]*)$`)

// plainHeads is a multipart body whose parts have heads that every reader understands: of each the part's name and
// its type are kept. Only the first two heads are rewritten, since there is nothing behind the content.
func plainHeads(body io.Reader, boundary string) io.Reader {
	src := bufio.NewReaderSize(body, maxHead)
	var plain bytes.Buffer
	name, ok := plainHead(src, &plain, boundary)
	if ok && name == "metadata" && copyLines(src, &plain, boundary) {
		plainHead(src, &plain, boundary)
	}
	return io.MultiReader(&plain, src)
}

// plainHead rewrites a boundary and the head behind it. It is not ok if there is none: plain then holds what was read.
func plainHead(src *bufio.Reader, plain *bytes.Buffer, boundary string) (name string, ok bool) {
	var raw bytes.Buffer
	var kept []string
	for raw.Len() < maxHead {
		line, err := src.ReadString('\n')
		raw.WriteString(line)
		text := strings.TrimRight(line, "\r\n")
		switch {
		case err != nil:
			plain.Write(raw.Bytes())
			return "", false
		case text == "" && name != "":
			for _, l := range append(kept, "") {
				plain.WriteString(l + "\r\n")
			}
			return name, true
		case text == "--"+boundary:
			kept = append(kept, text)
		default:
			if m := partName.FindStringSubmatch(text); m != nil && name == "" {
				name = m[1]
				kept = append(kept, `Content-Disposition: form-data; name="`+name+`"; filename="content"`)
			} else if partType.MatchString(text) {
				kept = append(kept, text)
			}
		}
	}
	plain.Write(raw.Bytes())
	return "", false
}

// copyLines copies up to the next boundary, which the metadata's length bounds.
func copyLines(src *bufio.Reader, plain *bytes.Buffer, boundary string) bool {
	for plain.Len() < maxJSON+2*maxHead {
		ahead, _ := src.Peek(len(boundary) + 2)
		if string(ahead) == "--"+boundary {
			return true
		}
		line, err := src.ReadSlice('\n')
		plain.Write(line)
		if err != nil && err != bufio.ErrBufferFull { //nolint:errorlint // ReadSlice returns it as it is
			return false
		}
	}
	return false
}
