package wire

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseErrorBodyKnowsAllShapes(t *testing.T) {
	id := "mCO-sea6SteN5FMhrZFaNg"
	for name, tc := range map[string]struct {
		contentType, body string
		want              ErrorBody
	}{
		"front end": {"application/json", `{"message":"Rate exceeded"}`, ErrorBody{Message: "Rate exceeded"}},
		"service": {"application/json", `{"logref":"91485e44","message":"Node with the name x already exists under parentId p conflicting NodeId: ` + id + `","code":"NAME_ALREADY_EXISTS","info":{"nodeId":"` + id + `"}}`,
			ErrorBody{Code: "NAME_ALREADY_EXISTS", Message: "Node with the name x already exists under parentId p conflicting NodeId: " + id, LogRef: "91485e44", ConflictID: id}},
		"conflict only in the text": {"application/json", `{"message":"x conflicting NodeId: ` + id + `","code":"NAME_ALREADY_EXISTS"}`,
			ErrorBody{Code: "NAME_ALREADY_EXISTS", Message: "x conflicting NodeId: " + id, ConflictID: id}},
		"empty":           {"", "", ErrorBody{}},
		"empty object":    {"application/json", "{}", ErrorBody{}},
		"unknown route":   {"text/xml", "<UnknownOperationException/>", ErrorBody{Code: "UnknownOperationException"}},
		"S3":              {"application/xml", `<?xml version="1.0"?><Error><Code>InvalidArgument</Code><Message>Only one auth mechanism allowed</Message><ArgumentValue>Bearer sesame</ArgumentValue></Error>`, ErrorBody{Code: "InvalidArgument", Message: "Only one auth mechanism allowed"}},
		"upload service":  {"application/json", `{"errorCode":"DuplicatesConflictError","errorDetails":{"conflictNodeIds":["` + id + `"]}}`, ErrorBody{Code: "DuplicatesConflictError", ConflictID: id}},
		"sign in":         {"application/json", `{"error":"invalid_grant","error_description":"gone"}`, ErrorBody{Code: "invalid_grant", Message: "gone"}},
		"HTML":            {"text/html", "<html><body>502</body></html>", ErrorBody{}},
		"plain text":      {"text/plain", "Authorization failed\nX: y", ErrorBody{Message: "Authorization failed X: y"}},
		"escaped":         {"application/json", `{"message":"a\u0027b\u003d"}`, ErrorBody{Message: "a'b="}},
		"odd types":       {"application/json", `{"message":["x"],"code":"C","info":null,"errorDetails":7}`, ErrorBody{Code: "C"}},
		"truncated":       {"application/json", `{"message":"x`, ErrorBody{}},
		"truncated XML":   {"application/xml", `<Error><Code>x`, ErrorBody{}},
		"very long":       {"text/plain", strings.Repeat("x", 5000), ErrorBody{Message: strings.Repeat("x", 500) + "..."}},
		"JSON, no object": {"application/json", `"just text"`, ErrorBody{Message: `"just text"`}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, ParseErrorBody(tc.contentType, []byte(tc.body))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParseErrorBody(f *testing.F) {
	f.Add("application/json", []byte(`{"message":"x","info":{"nodeId":"y"}}`))
	f.Add("application/xml", []byte(`<Error><Code>x</Code></Error>`))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		e := ParseErrorBody(contentType, body)
		for _, s := range []string{e.Code, e.Message, e.LogRef, e.ConflictID} {
			if strings.ContainsAny(s, "\r\n\x00") || len(s) > 600 {
				t.Errorf("%q", s)
			}
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2016, 5, 1, 10, 0, 0, 0, time.UTC)
	const most = math.MaxInt32 * time.Second
	for value, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, "-1": 0, "soon": 0, "1.5": 0, "99999999": 99999999 * time.Second,
		"99999999999999": most, "-99999999999999": 0,
		"Sun, 01 May 2016 10:00:30 GMT": 30 * time.Second, "Sun, 01 May 2016 09:00:00 GMT": 0,
	} {
		if got := RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

// The service's clock may be an hour behind or ahead of this machine's clock. What counts is the
// time from the response's Date to the date in the header.
func TestRetryAfterDateCountsFromTheAnswersOwnDate(t *testing.T) {
	now := time.Date(2016, 5, 1, 10, 0, 0, 0, time.UTC)
	for date, want := range map[string]time.Duration{
		"Sun, 01 May 2016 10:00:00 GMT": 30 * time.Second,
		"Sun, 01 May 2016 09:59:50 GMT": 40 * time.Second,
		"Sun, 01 May 2016 11:00:00 GMT": 0,
		"no date":                       30 * time.Second,
	} {
		h := http.Header{"Retry-After": {"Sun, 01 May 2016 10:00:30 GMT"}, "Date": {date}}
		if got := RetryAfter(h, now); got != want {
			t.Errorf("date %q: %v, want %v", date, got, want)
		}
	}
	for _, hours := range []time.Duration{-1, 1, 24 * 365} {
		theirs := now.Add(hours * time.Hour)
		h := http.Header{
			"Retry-After": {theirs.Add(7 * time.Second).Format(http.TimeFormat)},
			"Date":        {theirs.Format(http.TimeFormat)},
		}
		if got := RetryAfter(h, now); got != 7*time.Second {
			t.Errorf("a clock %v h off: %v, want 7 s", int(hours), got)
		}
	}
}
