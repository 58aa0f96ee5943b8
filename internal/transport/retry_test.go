package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"
)

// roundTripper is a function that serves as a transport.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// answer makes a response as a transport would. It also reads and closes the body that was sent.
func answer(req *http.Request, status int, body string, header ...string) *http.Response {
	if req.Body != nil {
		io.Copy(io.Discard, req.Body)
		req.Body.Close()
	}
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: req}
}

// script answers with its entries one after the other, and counts the requests.
type script struct {
	answers []any // int status, or error
	sent    []string
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	var body string
	if req.Body != nil {
		b, err := io.ReadAll(req.Body)
		req.Body.Close()
		if err != nil {
			return nil, err
		}
		body = string(b)
	}
	s.sent = append(s.sent, body)
	if len(s.answers) == 0 {
		return nil, errors.New("the script is over")
	}
	next := s.answers[0]
	s.answers = s.answers[1:]
	switch next := next.(type) {
	case int:
		return answer(&http.Request{URL: req.URL}, next, ""), nil
	case string:
		status, text, _ := strings.Cut(next, " ")
		var code int
		fmt.Sscan(status, &code)
		return answer(&http.Request{URL: req.URL}, code, text), nil
	case error:
		return nil, next
	}
	return nil, fmt.Errorf("no such entry: %T", next)
}

func chain(rt http.RoundTripper, source oauth2.TokenSource, attempts int) *Retry {
	auth := &Auth{Source: source, Next: rt}
	return &Retry{
		HTTP: &http.Client{Transport: auth}, Auth: auth, Log: slog.New(slog.DiscardHandler),
		Policy: Policy{MaxAttempts: attempts, MaxRetryAfter: time.Minute, Backoff: func(n int) time.Duration { return time.Duration(n) * time.Second }},
	}
}

func request(t *testing.T, call *Call, method string) *http.Request {
	t.Helper()
	u, err := url.Parse("https://drive.test/drive/v1/nodes")
	if err != nil {
		t.Fatal(err)
	}
	call.Hosts = []*url.URL{u}
	req, err := http.NewRequestWithContext(WithCall(t.Context(), call), method, u.String(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func textBody(s string) *Body {
	return &Body{Size: int64(len(s)), Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(s)), nil
	}}
}

// A client that retries every 400 sends an empty body the second time, because its reader has already
// been read.
func TestRetryFollowsTheTable(t *testing.T) {
	dial := &net.OpError{Op: "dial", Err: errors.New("refused")}
	reset := &net.OpError{Op: "read", Err: errors.New("reset")}
	for name, tc := range map[string]struct {
		answers  []any
		replay   bool
		attempts int
		took     time.Duration
		verdict  Verdict
		lost     bool
	}{
		"success":                           {[]any{200}, false, 1, 0, Done, false},
		"429 on a create":                   {[]any{429, 429, 201}, false, 3, 3 * time.Second, Done, false},
		"503 on a read":                     {[]any{503, 200}, true, 2, time.Second, Done, true},
		"503 on a create":                   {[]any{503}, false, 1, 0, Ambiguous, true},
		"408 on a read":                     {[]any{408, 200}, true, 2, time.Second, Done, true},
		"409 never blindly":                 {[]any{409}, true, 1, 0, Final, false},
		"404":                               {[]any{404}, true, 1, 0, Final, false},
		"plain 400":                         {[]any{`400 {"message":"Invalid filter: x"}`}, true, 1, 0, Final, false},
		"400 cannot complete":               {[]any{`400 {"message":"Cannot complete upload"}`}, false, 1, 0, Ambiguous, true},
		"plain 403":                         {[]any{`403 {"message":"Insufficient permissions granted for operation: purgeNode"}`}, true, 1, 0, Final, false},
		"sporadic 403 on a create":          {[]any{`403 {"message":"Authorization header requires 'Credential' parameter."}`, 201}, false, 2, time.Second, Done, false},
		"reset on a read":                   {[]any{reset, 200}, true, 2, time.Second, Done, true},
		"reset on a create":                 {[]any{reset}, false, 1, 0, Ambiguous, true},
		"dial failed on a create":           {[]any{dial, 201}, false, 2, time.Second, Done, false},
		"host not found":                    {[]any{&net.DNSError{Err: "no such host", IsNotFound: true}}, true, 1, 0, Final, false},
		"501":                               {[]any{501}, true, 1, 0, Final, false},
		"exhausted":                         {[]any{500, 500, 500, 500}, true, 4, 6 * time.Second, Ambiguous, true},
		"HTML from a load balancer is 5xx":  {[]any{"502 <html>bad</html>", 200}, true, 2, time.Second, Done, true},
		"a redirect that is not followed":   {[]any{304}, true, 1, 0, Final, false},
		"401 with nothing but an old token": {[]any{401}, true, 1, 0, Expired, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				call := &Call{Op: Op{Name: "Test", Replay: tc.replay}, Body: textBody("payload")}
				s := &script{answers: tc.answers}
				start := time.Now()
				resp, err := chain(s, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "t"}), 4).Do(request(t, call, "POST"), nil)
				if took := time.Since(start); took != tc.took {
					t.Errorf("took %v, want %v", took, tc.took)
				}
				if (resp != nil) != (tc.verdict == Done) {
					t.Errorf("response %v, error %v for verdict %v", resp, err, tc.verdict)
				}
				if call.Attempts != tc.attempts || call.Verdict != tc.verdict || call.Lost != tc.lost {
					t.Errorf("attempts %d, verdict %v, lost %v; want %d, %v, %v", call.Attempts, call.Verdict, call.Lost, tc.attempts, tc.verdict, tc.lost)
				}
				for i, sent := range s.sent {
					if sent != "payload" {
						t.Errorf("attempt %d sent %q", i+1, sent)
					}
				}
			})
		})
	}
}

func TestRetryAfterIsObeyedUpToTheCap(t *testing.T) {
	for _, tc := range []struct {
		header string
		want   time.Duration
	}{{"7", 7 * time.Second}, {"86400", time.Minute}, {"nonsense", time.Second}, {"-5", time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			n := 0
			rt := roundTripper(func(req *http.Request) (*http.Response, error) {
				if n++; n == 1 {
					return answer(req, 429, "", "Retry-After", tc.header), nil
				}
				return answer(req, 200, ""), nil
			})
			start := time.Now()
			if _, err := chain(rt, nil, 3).Do(request(t, &Call{}, "GET"), nil); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took != tc.want {
				t.Errorf("Retry-After %q: waited %v, want %v", tc.header, took, tc.want)
			}
		})
	}
}

// tokens returns its tokens one after the other, and records which of them were invalidated.
type tokens struct {
	list    []string
	dropped []string
}

func (s *tokens) Token() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: s.list[0]}, nil }

func (s *tokens) InvalidateToken(_ context.Context, rejected *oauth2.Token) error {
	s.dropped = append(s.dropped, rejected.AccessToken)
	if s.list[0] == rejected.AccessToken && len(s.list) > 1 {
		s.list = s.list[1:]
	}
	return nil
}

func TestRejectedTokenIsReplacedOnce(t *testing.T) {
	expired := `400 {"message":"com.amazon.clouddrive.client.exceptions.UnauthourizedAccessException: HTTP status code=[401] RequestId=[x] Token has expired"}`
	for name, tc := range map[string]struct {
		answers  []any
		attempts int
		verdict  Verdict
	}{
		"once":                {[]any{401, 201}, 2, Done},
		"hidden in a 400":     {[]any{expired, 201}, 2, Done},
		"not twice":           {[]any{401, 401}, 2, Expired},
		"does not use up one": {[]any{401, 429, 201}, 3, Done},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := &tokens{list: []string{"old", "new", "newest"}}
				call := &Call{Body: textBody("x")}
				start := time.Now()
				_, _ = chain(&script{answers: tc.answers}, src, 2).Do(request(t, call, "POST"), nil)
				if call.Attempts != tc.attempts || call.Verdict != tc.verdict {
					t.Errorf("attempts %d, verdict %v; want %d, %v", call.Attempts, call.Verdict, tc.attempts, tc.verdict)
				}
				if diff := cmp.Diff([]string{"old"}, src.dropped); diff != "" {
					t.Errorf("invalidated (-want +got):\n%s", diff)
				}
				if name == "once" && time.Since(start) != 0 {
					t.Errorf("waited %v before the second try", time.Since(start))
				}
			})
		})
	}
}

func TestDecodeFailureIsAnAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, tc := range []struct {
			replay   bool
			err      error
			attempts int
		}{
			{true, io.ErrUnexpectedEOF, 3},
			{false, io.ErrUnexpectedEOF, 1},
			{true, &PermanentError{errors.New("a date that is none")}, 1},
		} {
			call := &Call{Op: Op{Replay: tc.replay}}
			n := 0
			resp, err := chain(&script{answers: []any{200, 200, 200}}, nil, 5).Do(request(t, call, "GET"), func(resp *http.Response) error {
				if n++; n < 3 {
					return tc.err
				}
				return nil
			})
			if call.Attempts != tc.attempts || (err == nil) != (tc.attempts == 3) || (resp == nil) != (err != nil) {
				t.Errorf("%+v: attempts %d, error %v", tc, call.Attempts, err)
			}
		}
	})
}

func TestDecodeSeesNoErrorAnswer(t *testing.T) {
	call := &Call{Op: Op{Replay: true}}
	resp, err := chain(&script{answers: []any{`409 {"code":"NAME_ALREADY_EXISTS"}`}}, nil, 5).Do(request(t, call, "POST"), func(*http.Response) error {
		t.Error("decode was called")
		return nil
	})
	if resp != nil || err != nil || call.Verdict != Final || call.Attempts != 1 || call.Answer.Body.Code != "NAME_ALREADY_EXISTS" {
		t.Errorf("response %v, error %v, call %+v", resp, err, call)
	}
}

func TestCancelInBackoffKeepsTheLastAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		call := &Call{Op: Op{Replay: true}}
		req := request(t, call, "GET")
		ctx, cancel := context.WithTimeout(req.Context(), 500*time.Millisecond)
		defer cancel()
		_, err := chain(&script{answers: []any{503, 200}}, nil, 5).Do(req.WithContext(ctx), nil)
		if !errors.Is(err, context.DeadlineExceeded) || call.Answer.StatusCode != 503 {
			t.Errorf("error %v, last status %d; want the deadline and 503", err, call.Answer.StatusCode)
		}
	})
}

func TestSourceErrorIsNotRetried(t *testing.T) {
	broken := errors.New("disk on fire")
	call := &Call{Op: Op{Replay: true}, Body: &Body{Size: 10, Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("abc"), errReader{broken})), nil
	}}}
	_, err := chain(&script{answers: []any{200}}, nil, 5).Do(request(t, call, "POST"), nil)
	if !errors.Is(err, broken) || call.Attempts != 1 || call.Body.Complete() {
		t.Errorf("error %v after %d attempts, complete %v", err, call.Attempts, call.Body.Complete())
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestLogHoldsNoSecret(t *testing.T) {
	var out bytes.Buffer
	r := chain(&script{answers: []any{`500 {"message":"Internal failure"}`, &url.Error{Op: "Get", URL: "https://s3.test/?X-Amz-Signature=sig", Err: errors.New("reset")}, 200}},
		oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "sesame"}), 5)
	r.Policy.Backoff = func(int) time.Duration { return 0 }
	r.Log = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if _, err := r.Do(request(t, &Call{Op: Op{Name: "Nodes.Get", Replay: true}}, "GET"), nil); err != nil {
		t.Fatal(err)
	}
	log := out.String()
	if n := strings.Count(log, "op=Nodes.Get"); n != 3 {
		t.Errorf("%d lines for 3 attempts:\n%s", n, log)
	}
	for _, secret := range []string{"sesame", "sig", "https://"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
}

func TestFullJitterStaysInItsBounds(t *testing.T) {
	backoff := FullJitter(time.Second, 256*time.Second)
	for n, most := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 9: 256 * time.Second, 100: 256 * time.Second} {
		var highest time.Duration
		for range 2000 {
			d := backoff(n)
			if d < 0 || d >= most {
				t.Fatalf("wait %d is %v, want [0, %v)", n, d, most)
			}
			highest = max(highest, d)
		}
		if highest < most*9/10 {
			t.Errorf("wait %d never came near %v: %v", n, most, highest)
		}
	}
}
