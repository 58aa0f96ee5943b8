package oauth

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/oauth2"
)

const (
	maxAnswer      = 64 << 10 // bytes of a token server's response
	attemptTimeout = 30 * time.Second
	maxAttempts    = 5
	baseDelay      = time.Second
	maxDelay       = time.Minute // the longest wait that a Retry-After may ask for
)

const (
	opSignIn  = "sign in"
	opRefresh = "refresh"
)

// server is the token server.
type server struct {
	conf *oauth2.Config
	http *http.Client
}

func newServer(ctx context.Context, cfg Config) (*server, error) {
	conf, err := cfg.oauth2()
	if err != nil {
		return nil, err
	}
	base := cfg.HTTPClient
	if base == nil {
		base, _ = ctx.Value(oauth2.HTTPClient).(*http.Client)
	}
	next := http.DefaultTransport
	if base != nil && base.Transport != nil {
		next = base.Transport
	}
	return &server{conf, &http.Client{
		Transport: bounded{next},
		// A followed redirect would send the keys to the host that the redirect names.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// exchange turns an authorization code into a token.
func (s *server) exchange(ctx context.Context, conf *oauth2.Config, code, verifier string) (*oauth2.Token, error) {
	t, err := s.ask(ctx, opSignIn, maxAttempts, []string{code, verifier}, func(ctx context.Context) (*oauth2.Token, error) {
		return conf.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	})
	if err == nil && t.RefreshToken == "" {
		return nil, &Error{Op: opSignIn, StatusCode: http.StatusOK, Attempts: 1, Err: errors.New("the answer holds no refresh token")}
	}
	return t, err
}

// refresh sends a refresh token and returns the new token.
func (s *server) refresh(ctx context.Context, refreshToken string, attempts int) (*oauth2.Token, error) {
	return s.ask(ctx, opRefresh, attempts, []string{refreshToken}, func(ctx context.Context) (*oauth2.Token, error) {
		return s.conf.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
	})
}

func (s *server) ask(ctx context.Context, op string, attempts int, secrets []string, send func(context.Context) (*oauth2.Token, error)) (*oauth2.Token, error) {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, s.http)
	basic := url.QueryEscape(s.conf.ClientID) + ":" + url.QueryEscape(s.conf.ClientSecret)
	secrets = append(secrets, s.conf.ClientSecret, base64.StdEncoding.EncodeToString([]byte(basic)))
	for n := 1; ; n++ {
		attempt, cancel := context.WithTimeout(ctx, attemptTimeout)
		t, err := send(attempt)
		cancel()
		if err == nil {
			err = checkAnswer(t)
		}
		if err == nil {
			return t, nil
		}
		e, again := failure(op, n, err, secrets)
		if ctx.Err() != nil {
			e.Err = context.Cause(ctx)
			return nil, e
		}
		if !again || n == attempts {
			return nil, e
		}
		select {
		case <-time.After(delay(n, err)):
		case <-ctx.Done():
			return nil, fmt.Errorf("%w; before that: %w", context.Cause(ctx), e)
		}
	}
}

// answerError describes a response of status 200 that holds no usable token.
type answerError string

func (e answerError) Error() string { return string(e) }

func checkAnswer(t *oauth2.Token) error {
	if checkToken(t) != nil {
		return answerError("the answer holds a malformed token")
	}
	if !t.Expiry.IsZero() && !time.Now().Before(t.Expiry) {
		return answerError("the answer holds an expired token")
	}
	return nil
}

// failure returns an error that says what went wrong and holds no secret, and reports whether the
// request should be retried. It does not keep a cause that may hold the body of the response.
func failure(op string, attempts int, err error, secrets []string) (e *Error, again bool) {
	e = &Error{Op: op, Attempts: attempts}
	if answer, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		if answer.Response != nil {
			e.StatusCode = answer.Response.StatusCode
		}
		e.Code = cleanCode(answer.ErrorCode, secrets)
		e.Description = clean(answer.ErrorDescription, secrets)
		again = mayMend(e.StatusCode, e.Code)
		if e.Code == "invalid_grant" && !again {
			e.Err = ErrSignInAgain
		}
		if e.Code == "" {
			e.Err = errors.New("the answer is not an OAuth error")
		}
		return e, again
	}
	if network, ok := errors.AsType[*url.Error](err); ok {
		e.Err = network.Err // without the URL
		if text := network.Err.Error(); clean(text, secrets) != text {
			e.Err = errors.New("the exchange with the token server failed")
		}
		return e, true
	}
	e.StatusCode = http.StatusOK
	e.Err = answerError("the answer is not a token")
	if answer, ok := errors.AsType[answerError](err); ok {
		e.Err = answer
	}
	return e, true
}

// mayMend reports whether a retry may help. An overloaded or failing server is retried, and so is a
// response that is not OAuth, such as an HTML page. Any other OAuth error is final.
func mayMend(status int, code string) bool {
	switch {
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		return true
	case code == "server_error", code == "temporarily_unavailable", code == "slow_down":
		return true
	case code != "":
		return false
	}
	// The response is no OAuth error. It probably comes from a load balancer or an overloaded
	// proxy, and is retried. 403, 404, 405 and 410 are final: the URL or the keys are wrong. A
	// redirect (3xx) is final, too.
	switch status {
	case http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone:
		return false
	}
	return status < 300 || status >= 400
}

// delay returns how long to wait after the nth failure. The base is 1 s, doubled each time. The
// wait is a random time between half the base and the whole base. If the server's Retry-After asks
// for more, the wait is that long, up to maxDelay.
func delay(n int, err error) time.Duration {
	d := baseDelay << (n - 1)
	d = d/2 + rand.N(d/2)
	if answer, ok := errors.AsType[*oauth2.RetrieveError](err); ok && answer.Response != nil {
		if s, err := strconv.Atoi(answer.Response.Header.Get("Retry-After")); err == nil && s > 0 {
			d = max(d, min(time.Duration(min(s, 3600))*time.Second, maxDelay))
		}
	}
	return d
}

// bounded reads the whole body of a response, up to maxAnswer. If the body is a JSON object with
// another content type, bounded sets the type to JSON.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	_ = resp.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	if len(body) > maxAnswer {
		return nil, errors.New("the answer is too long")
	}
	if bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		resp.Header.Set("Content-Type", "application/json")
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	resp.ContentLength = int64(len(body))
	return resp, nil
}
