package mocks

import (
	"bufio"
	"bytes"
	"io"
	"regexp"
	"strings"
)

// maxHead is the largest size in bytes of the header of one part.
const maxHead = 16 << 10

// partName finds the name of a part in its Content-Disposition. It ignores the rest of that line.
// Real clients put the name of the file there without quotes or with any characters in it, and the
// service reads only the name of the part.
var partName = regexp.MustCompile(`(?i)^content-disposition:\s*form-data\s*;\s*name="?([a-z0-9_-]+)"?(?:\s*;|\s*$)`)

var partType = regexp.MustCompile(`(?i)^content-type:\s*([\x21-\x7e][\x20-\x7e]*)$`)

// plainHeads returns a multipart body in which the headers of the parts are simple enough for every
// reader: it keeps only the name and the type of each part. It rewrites only the first two headers,
// because no part follows the content.
func plainHeads(body io.Reader, boundary string) io.Reader {
	src := bufio.NewReaderSize(body, maxHead)
	var plain bytes.Buffer
	name, ok := plainHead(src, &plain, boundary)
	if ok && name == "metadata" && copyLines(src, &plain, boundary) {
		plainHead(src, &plain, boundary)
	}
	return io.MultiReader(&plain, src)
}

// plainHead rewrites a boundary and the header after it. If there is no valid header, it reports
// false, and plain holds the bytes that were read.
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

// copyLines copies the lines before the next boundary. It reports false if there is no boundary
// within the largest length of metadata.
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
