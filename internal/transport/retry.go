package transport

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Policy says how often a call is tried and how long it waits between attempts. Every field must be
// set.
type Policy struct {
	MaxAttempts   int
	MaxRetryAfter time.Duration
	// Backoff returns the wait after the nth failed attempt; n begins at 1.
	Backoff func(n int) time.Duration
}

// clamp limits the wait that a Retry-After may ask for; nothing else does. The call itself waits
// that long after the response. The limiter holds all other calls until the same moment. The two
// waits run at the same time, so no call waits twice.
func (p Policy) clamp(retryAfter time.Duration) time.Duration {
	return min(retryAfter, p.MaxRetryAfter)
}

// FullJitter returns a function that returns a random wait in [0, base x 2^(n-1)). The wait is
// always below most.
func FullJitter(base, most time.Duration) func(n int) time.Duration {
	return func(n int) time.Duration {
		ceiling := most
		if shift := n - 1; shift < 32 && base<<shift > 0 {
			ceiling = min(most, base<<shift)
		}
		if ceiling <= 0 {
			return 0
		}
		return rand.N(ceiling)
	}
}

// Retry is the top layer. It repeats attempts that may be repeated.
type Retry struct {
	HTTP   *http.Client // the layers below; it follows redirects for GET and HEAD only
	Auth   *Auth
	Policy Policy
	Log    *slog.Logger
}

// Do sends req until it has a result. The context of req must carry its [Call]. decode reads a
// successful response. If decode fails, the attempt has failed, and may be repeated unless the
// error is a [PermanentError]. If decode is nil, the caller reads and closes the body. If the call
// fails, the response is nil, and call.Answer says why it failed.
func (r *Retry) Do(req *http.Request, decode func(*http.Response) error) (*http.Response, error) {
	call := CallFrom(req.Context())
	a := &attempts{Retry: r, call: call, ctx: req.Context()}
	if call.Body != nil {
		if err := call.Body.attach(req); err != nil {
			return nil, &PermanentError{err}
		}
		defer call.Body.end()
	}
	a.started = time.Now()
	rc := &retryablehttp.Client{
		HTTPClient: r.HTTP,
		// check counts the attempts, because the second try after a 401 is not counted.
		RetryMax:     a.maxAttempts() + 1,
		CheckRetry:   a.check,
		Backoff:      func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return call.delay },
		PrepareRetry: a.prepare,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	rr := &retryablehttp.Request{Request: req}
	if decode != nil {
		rr.SetResponseHandler(func(resp *http.Response) error {
			// go-retryablehttp calls this function for failed responses, too.
			a.decoding = true
			if call.Verdict != Done {
				return nil
			}
			return decode(resp)
		})
	}
	resp, err := rc.Do(rr)
	if err == nil && call.Verdict == Done {
		return resp, nil
	}
	if resp != nil {
		resp.Body.Close()
	}
	if err == nil {
		err = call.Answer.Err
	}
	return nil, withoutURL(err)
}

// attempts is the state of one Do.
type attempts struct {
	*Retry
	call     *Call
	ctx      context.Context
	started  time.Time
	decoding bool // the next check is about the result of decode, not about the response
}

func (a *attempts) maxAttempts() int {
	if a.call.MaxAttempts > 0 {
		return a.call.MaxAttempts
	}
	return a.Policy.MaxAttempts
}

func (a *attempts) check(ctx context.Context, resp *http.Response, err error) (bool, error) {
	call := a.call
	decoded := a.decoding
	a.decoding = false
	if decoded && err == nil {
		return false, nil
	}
	if unsent, ok := errors.AsType[*notSentError](err); ok {
		return false, a.notSent(ctx, unsent)
	}
	if !decoded {
		call.Attempts++
	}
	answer := a.answer(resp, err)
	if call.Verdict == Done {
		a.log(answer, false)
		return false, nil
	}
	call.Body.end()
	call.Lost = call.Lost || call.Verdict == Ambiguous
	// If ctx ended an attempt without a response, the outcome of the attempt before it is kept.
	if ctx.Err() == nil || answer.Err == nil {
		call.Answer = answer
	}
	again := ctx.Err() == nil && a.again(ctx)
	a.log(answer, again)
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case !again && answer.Err != nil:
		return false, answer.Err
	}
	return again, nil
}

// answer reads and judges the end of an attempt, and removes secrets from its texts.
func (a *attempts) answer(resp *http.Response, err error) Answer {
	answer := inspect(resp, err)
	if srcErr := a.call.Body.Err(); srcErr != nil && answer.StatusCode == 0 {
		answer.Err = &PermanentError{srcErr}
	}
	if err == nil && isSignIn(a.call, resp) {
		resp.Body.Close()
		answer.Err = &SignInError{}
	}
	a.call.Verdict = MeaningOf(answer).Verdict
	return a.call.clean(answer)
}

// notSent ends a call whose attempt got no turn. The outcome of the attempt before it is kept.
// call.Lost is not set, because nothing was sent.
func (a *attempts) notSent(ctx context.Context, unsent *notSentError) error {
	a.call.Verdict = Final
	a.log(Answer{Err: unsent}, false)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &PermanentError{unsent.err}
}

// again reports whether the verdict allows another attempt, and sets the wait before it.
func (a *attempts) again(ctx context.Context) bool {
	call := a.call
	switch call.Verdict {
	case Expired:
		if call.renewed || !a.Auth.renew(ctx, call) {
			return false
		}
		call.renewed = true
		call.delay = 0
		return true
	case Ambiguous:
		if !call.Op.Replay {
			return false
		}
	case Refused:
	default:
		return false
	}
	tries := call.Attempts
	if call.renewed {
		tries--
	}
	if tries >= a.maxAttempts() {
		return false
	}
	call.delay = max(a.Policy.Backoff(tries), a.Policy.clamp(call.Answer.RetryAfter))
	return true
}

// prepare opens the body again for the next attempt.
func (a *attempts) prepare(req *http.Request) error {
	a.started = time.Now()
	if a.call.Body == nil {
		return nil
	}
	if err := a.call.Body.attach(req); err != nil {
		return &PermanentError{err}
	}
	return nil
}

// log writes one line for each attempt. The line holds names, numbers and the service's texts, but
// never a URL.
func (a *attempts) log(answer Answer, again bool) {
	level := slog.LevelDebug
	if answer.StatusCode == 0 || answer.StatusCode >= 300 {
		level = slog.LevelInfo
	}
	if !a.Log.Enabled(a.ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("op", a.call.Op.Name),
		slog.Int("attempt", a.call.Attempts),
		slog.Int("status", answer.StatusCode),
		slog.Duration("took", time.Since(a.started)),
	}
	if answer.RequestID != "" {
		attrs = append(attrs, slog.String("request_id", answer.RequestID))
	}
	if answer.Err != nil {
		attrs = append(attrs, slog.String("error", answer.Err.Error()))
	}
	if b := answer.Body; b.Code != "" || b.Message != "" {
		attrs = append(attrs, slog.String("code", b.Code), slog.String("message", b.Message), slog.String("logref", b.LogRef))
	}
	if again {
		attrs = append(attrs, slog.Duration("again_in", a.call.delay))
	}
	a.Log.LogAttrs(a.ctx, level, "acd: attempt", attrs...)
}
