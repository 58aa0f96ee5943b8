package photos

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

const (
	maxPasted = 1 << 20
	// maxValue is the longest cookie value that a browser keeps.
	maxValue = 4096
)

// ParseSession reads the cookies of a signed-in browser, in any of the forms in which they can be
// copied:
//
//   - the text of "Copy as cURL" (bash, cmd), "Copy as PowerShell" or "Copy as fetch (Node.js)" of
//     a browser's developer tools, or any curl command with -b, --cookie or -H
//   - the value of a Cookie header, with or without "Cookie:", or all headers of a request
//   - JSON: an object of names and values; the list that browser extensions export; the storage
//     state of Playwright or Puppeteer
//   - cookies.txt, as curl and browser extensions write it
//   - rows of the table of cookies in the developer tools
//   - lines with name=value
//
// It keeps only the cookies that a session needs. If there are cookies of several sites, it takes
// the site of which all needed cookies are there. An error says in one line which cookie is missing
// and where to find it. It never contains a cookie's value.
func ParseSession(text []byte) (*Session, error) {
	s, err := parseSession(text, time.Now())
	if err == nil {
		return s, nil
	}
	if isTerminalLimit(len(text)) {
		return nil, fmt.Errorf("photos: %w (the text is %d bytes long, where terminals cut lines off: read it from a file or the clipboard)", err, len(text))
	}
	return nil, fmt.Errorf("photos: %w", err)
}

func parseSession(text []byte, now time.Time) (*Session, error) {
	if len(text) > maxPasted {
		return nil, errors.New("the text is longer than 1 MiB: copy the cookies of one site only")
	}
	found, err := readCookies(strings.TrimSpace(decode(text)))
	if err != nil {
		return nil, err
	}
	return chooseSite(found, now)
}

// isTerminalLimit reports whether a text is as long as the longest line that a terminal passes to a
// program. Including the line end, this is 4,096 bytes on Linux and 1,024 bytes on macOS.
func isTerminalLimit(n int) bool { return slices.Contains([]int{1023, 1024, 4095, 4096}, n) }

// decode removes a byte order mark, and decodes UTF-16, which PowerShell writes into files.
func decode(text []byte) string {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return string(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf")))
	}
	var units []uint16
	for rest := text[2:]; len(rest) >= 2; rest = rest[2:] {
		units = append(units, order.Uint16(rest))
	}
	return string(utf16.Decode(units))
}

// A pasted is a cookie as it is written in a text.
type pasted struct {
	name, value string
	domain      string    // "" if the text has no domain
	expires     time.Time // zero if the text has no time, or if the cookie lasts until the browser ends
}

// errCutOff means that the end of a text is missing.
var errCutOff = errors.New("the text ends in the middle: copy all of it")

// readCookies finds out which form a text has, and reads all its cookies.
func readCookies(text string) ([]pasted, error) {
	switch {
	case text == "":
		return nil, errors.New("the text is empty: " + howToCopy("the site"))
	case strings.HasPrefix(text, "<"):
		return nil, errors.New("the text is a web page, not cookies: " + howToCopy("the site"))
	case strings.HasPrefix(text, "{"), strings.HasPrefix(text, "["):
		return cookiesOfJSON(text)
	case isScript(text):
		return cookiesOfScript(text), nil
	case isCommand(text):
		return cookiesOfCommand(text)
	}
	return cookiesOfLines(text), nil
}

// howToCopy says where to find the cookies of a host. It describes the network panel, because only
// that shows all cookies.
func howToCopy(host string) string {
	return "sign in at " + host + " in a browser, open its developer tools (F12), Network, reload, and of a request to " + host + " choose Copy as cURL"
}

// expiry returns the time at which a cookie expires. The number is in seconds since 1970, or in
// milliseconds if it is too large for seconds. Zero or less means that the cookie lasts until the
// browser ends.
func expiry(seconds float64) time.Time {
	const latest = 1e11 // in the year 5138
	switch {
	case !(seconds > 0 && seconds < latest*1000):
		return time.Time{}
	case seconds > latest:
		return time.UnixMilli(int64(seconds))
	}
	return time.Unix(int64(seconds), 0)
}

// expiryText reads the time from a table or from JSON. There the text may also be the word
// "Session", for which it returns the zero time.
func expiryText(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return at
}
