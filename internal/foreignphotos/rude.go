package foreignphotos

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A Hook is one misbehaviour of the service. It wraps the service, or the service with other hooks
// around it.
type Hook func(next http.Handler) http.Handler

// Instead answers the matching requests with answer. The service does not get these requests.
func Instead(on Match, answer http.HandlerFunc) Hook {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if on.request(r) {
				answer(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Only applies a hook only to those matching requests for which wanted returns true. call is the
// number of the matching request, from 1 on.
func Only(on Match, wanted func(call int64) bool, hook Hook) Hook {
	var calls atomic.Int64
	return func(next http.Handler) http.Handler {
		rude := hook(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if on.request(r) && wanted(calls.Add(1)) {
				rude.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Times applies a hook only to the first n requests that match.
func Times(n int64, on Match, hook Hook) Hook {
	return Only(on, func(call int64) bool { return call <= n }, hook)
}

// Before calls do, for example to change the library, and then lets the service answer.
func Before(on Match, do func(r *http.Request)) Hook {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if on.request(r) {
				do(r)
			}
			next.ServeHTTP(w, r)
		})
	}
}

// After lets the service do its work, drops the service's response, and calls answer to respond
// instead. answer gets the service's response as real.
func After(on Match, answer func(w http.ResponseWriter, r *http.Request, real *httptest.ResponseRecorder)) Hook {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !on.request(r) {
				next.ServeHTTP(w, r)
				return
			}
			real := httptest.NewRecorder()
			next.ServeHTTP(real, r)
			answer(w, r, real)
		})
	}
}

// AlterJSON lets the service answer, and changes the JSON object in its response.
func AlterJSON(on Match, alter func(body Doc)) Hook {
	return After(on, func(w http.ResponseWriter, _ *http.Request, real *httptest.ResponseRecorder) {
		decoder := json.NewDecoder(real.Body)
		decoder.UseNumber()
		var body Doc
		if decoder.Decode(&body) == nil {
			alter(body)
		}
		reply{status: real.Code, body: body}.write(w)
	})
}

// Lose lets the service do its work, and then drops the connection without a response.
func Lose(on Match) Hook {
	return After(on, func(http.ResponseWriter, *http.Request, *httptest.ResponseRecorder) { panic(http.ErrAbortHandler) })
}

// Halve sends the first half of the body as if it were the whole body. The JSON ends in the middle,
// and only the JSON itself shows this (docs/wire.md, 8.2).
func Halve(on Match) Hook {
	return After(on, func(w http.ResponseWriter, _ *http.Request, real *httptest.ResponseRecorder) {
		b := real.Body.Bytes()
		head(w, real, len(b)/2)
		_, _ = w.Write(b[:len(b)/2])
	})
}

// Cut sends the first n bytes of the body, and drops the connection before the rest.
func Cut(on Match, n int) Hook {
	return After(on, func(w http.ResponseWriter, _ *http.Request, real *httptest.ResponseRecorder) {
		b := real.Body.Bytes()
		head(w, real, len(b))
		_, _ = w.Write(b[:min(n, len(b))])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
}

// Drip sends the service's response byte by byte, with a pause before each byte.
func Drip(on Match, pause time.Duration) Hook {
	return After(on, func(w http.ResponseWriter, r *http.Request, real *httptest.ResponseRecorder) {
		b := real.Body.Bytes()
		head(w, real, len(b))
		for i := range b {
			if wait(r.Context(), pause) != nil {
				return
			}
			if _, err := w.Write(b[i : i+1]); err != nil {
				return
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				return
			}
		}
	})
}

// Corrupt changes the first byte of the body. The length stays the same, so that only the MD5 shows
// the change.
func Corrupt(on Match) Hook {
	return After(on, func(w http.ResponseWriter, _ *http.Request, real *httptest.ResponseRecorder) {
		b := real.Body.Bytes()
		if len(b) > 0 {
			b[0] ^= 1
		}
		head(w, real, len(b))
		_, _ = w.Write(b)
	})
}

// OtherRange answers a request for a range with 206 and the bytes from the beginning.
func OtherRange(on Match) Hook {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if on.request(r) && r.Header.Get("Range") != "" {
				r = r.Clone(r.Context())
				r.Header.Set("Range", "bytes=0-")
			}
			next.ServeHTTP(w, r)
		})
	}
}

// head sends the status and headers of a response, with another Content-Length.
func head(w http.ResponseWriter, real *httptest.ResponseRecorder, length int) {
	for key, values := range real.Header() {
		w.Header()[key] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(length))
	w.WriteHeader(real.Code)
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Say returns a handler that reads the body of the request and then answers with the given status,
// content type and body.
func Say(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		reply{status: status, raw: body, contentType: contentType}.write(w)
	}
}

// BotDefence answers 503 with an HTML page (docs/wire-photos.md, 3).
func BotDefence(w http.ResponseWriter, r *http.Request) {
	Say(http.StatusServiceUnavailable, "text/html", page("503 - Service Unavailable",
		"<p>To discuss automated access to our data please contact us.</p>"))(w, r)
}

// SignInPage answers 200 with the sign-in page of a site (docs/wire-photos.md, 6, fault 3).
func SignInPage(w http.ResponseWriter, r *http.Request) {
	Say(http.StatusOK, "text/html;charset=UTF-8", page("Sign in", `<form name="signIn" method="post" action="/ap/signin">`+
		`<input type="email" name="email"/><input type="password" name="password"/></form>`))(w, r)
}

// TooMany returns a handler that answers 429. If after is not zero, the response has a Retry-After
// (docs/wire-photos.md, 3).
func TooMany(after time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if after > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(after.Seconds())))
		}
		Say(http.StatusTooManyRequests, "application/json", `{"message":"Rate exceeded"}`)(w, r)
	}
}

// NotRegistered answers 403 with the message that some users get on upload (docs/wire-photos.md,
// 3).
func NotRegistered(w http.ResponseWriter, r *http.Request) {
	Say(http.StatusForbidden, "application/json", `{"message":"Not Registered"}`)(w, r)
}

// Forbidden returns a handler that answers 403 with an errorCode of uploads: InsufficientStorage or
// NoActiveSubscriptionFound (docs/wire-photos.md, 4.5).
func Forbidden(errorCode string) http.HandlerFunc {
	return Say(http.StatusForbidden, "application/json", `{"message":"Upload is not allowed","errorCode":"`+errorCode+`"}`)
}

// Hang reads the body of the request and then waits, without a response, until the client closes
// the connection.
func Hang(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// Drop drops the connection without a response. The service does not get the request.
func Drop(_ http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); errors.Is(err, context.Canceled) {
		return
	}
	panic(http.ErrAbortHandler)
}

func page(title, body string) string {
	return strings.Join([]string{"<!DOCTYPE html>", "<html><head><title>" + title + "</title></head>", "<body>" + body + "</body></html>"}, "\n")
}
