// Package wire reads what the service sends: JSON values one by one ([Scanner]), and the many forms
// of an error body ([ParseErrorBody]).
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

// MaxErrorBody limits how many bytes of an error body are read. The longest known real bodies are
// under 2 KiB, and the pages of load balancers under 64 KiB.
const MaxErrorBody = 64 << 10

// ErrorBody is the content of an error response, in whichever known form it came. Every field may
// be empty.
type ErrorBody struct {
	Code       string // the service's own code, such as NAME_ALREADY_EXISTS
	Message    string
	LogRef     string
	ConflictID string // the id of the node that caused the conflict
}

// ParseErrorBody reads these forms: the service's JSON (with and without a code), the JSON of the
// v2 upload service and of Login with Amazon, the XML of S3 and of an unknown route, plain text,
// and an empty body. It never fails: it leaves out what it cannot read.
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
	// A field of an unexpected type must not hide the others. json decodes the others all the same,
	// and the caller does not need its error.
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

// parseXML leaves out S3's ArgumentValue and similar elements, because they repeat what was sent,
// for example a bearer token.
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

// clip makes an error's text short and free of line breaks, even if a hostile server sent it.
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

// RetryAfter reads the header Retry-After, in seconds or as a date. A date counts from the
// response's own Date, because the clocks of the service and of this machine may differ by hours.
// If the response has no Date, a date counts from now. If the number is too large, it is read as
// the largest int32. Zero means that there is no such header, or that it makes no sense.
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
