// Package wire reads what the service writes: JSON values one by one ([Scanner]), and
// the many shapes of an error body ([ParseErrorBody]).
package wire

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// MaxErrorBody bounds how much of an error body is read: the longest known
// real ones are under 2 KiB, load balancers' pages under 64 KiB.
const MaxErrorBody = 64 << 10

// ErrorBody is what an error answer says, whichever of the known shapes it has.
// Every field may be empty.
type ErrorBody struct {
	Code       string // the service's own word, such as NAME_ALREADY_EXISTS
	Message    string
	LogRef     string
	ConflictID string // the id of the node in the way
}

// ParseErrorBody understands the service's JSON (with and without a code), the
// v2 upload service's, Login with Amazon's, the XML of S3 and of an unknown
// route, plain text, and nothing at all. It never fails: what it cannot read
// it leaves out.
func ParseErrorBody(contentType string, body []byte) ErrorBody {
	text := strings.TrimSpace(string(body))
	switch {
	case text == "":
		return ErrorBody{}
	case text[0] == '{':
		return parseJSON([]byte(text))
	case text[0] == '<' && !strings.Contains(contentType, "html"):
		return parseXML([]byte(text))
	case text[0] == '<':
		return ErrorBody{}
	default:
		return ErrorBody{Message: clip(text)}
	}
}

var conflictInMessage = regexp.MustCompile(`conflicting NodeId: ([A-Za-z0-9_-]{22})`)

func parseJSON(body []byte) ErrorBody {
	var v struct {
		Code, Message, LogRef string
		Info                  struct{ NodeID string }
		ErrorCode             string
		ErrorDetails          json.RawMessage
		Error                 string
		ErrorDescription      string `json:"error_description"`
	}
	// A field of an unexpected type must not hide the others: json keeps
	// decoding after one, and its error says nothing the caller needs.
	_ = json.Unmarshal(body, &v)
	e := ErrorBody{
		Code:       clip(first(v.Code, v.ErrorCode, v.Error)),
		Message:    clip(first(v.Message, v.ErrorDescription)),
		LogRef:     clip(v.LogRef),
		ConflictID: clip(v.Info.NodeID),
	}
	if e.ConflictID == "" {
		var details struct{ ConflictNodeIDs []string }
		_ = json.Unmarshal(v.ErrorDetails, &details)
		if len(details.ConflictNodeIDs) > 0 {
			e.ConflictID = clip(details.ConflictNodeIDs[0])
		} else if m := conflictInMessage.FindStringSubmatch(e.Message); m != nil {
			e.ConflictID = m[1]
		}
	}
	return e
}

// parseXML leaves out S3's ArgumentValue and the like: they echo what was sent,
// a bearer token among it.
func parseXML(body []byte) ErrorBody {
	var v struct {
		XMLName xml.Name
		Code    string
		Message string
	}
	if xml.Unmarshal(body, &v) != nil || strings.EqualFold(v.XMLName.Local, "html") {
		return ErrorBody{}
	}
	return ErrorBody{Code: clip(first(v.Code, v.XMLName.Local)), Message: clip(v.Message)}
}

func first(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

// clip keeps an error's text readable and free of line breaks, whatever a
// hostile server put there.
func clip(s string) string {
	const most = 500
	s = strings.ToValidUTF8(s, "")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// RetryAfter reads the header of that name, in seconds or as a date. A date counts from the
// answer's own Date, because the clocks of the service and of this machine may differ by hours; now
// is taken if the answer has none. A number that is too large is the largest. Zero means that there
// is no such header, or none that makes sense.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if v == "" {
		return 0
	}
	s, err := strconv.ParseInt(v, 10, 32)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return max(0, time.Duration(s)*time.Second)
	}
	t, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(0, t.Sub(now))
}
