package photos

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/foreignphotos"
)

func parse(t *testing.T, text string) *Session {
	t.Helper()
	s, err := ParseSession([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, store SessionStore, s *Session) {
	t.Helper()
	if err := store.Update(t.Context(), func(*Session) (*Session, error) { return s, nil }); err != nil {
		t.Fatal(err)
	}
}

func load(t *testing.T, store SessionStore) *Session {
	t.Helper()
	s, err := store.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// signedIn returns a client that signs its requests by the session in store, and sends them to service.
func signedIn(t *testing.T, service *foreignphotos.Service, store SessionStore, log *slog.Logger) *acd.Client {
	t.Helper()
	client, err := acd.NewClient(t.Context(), nil, acd.WithPhotos("amazon.de"), acd.WithAuthenticator(newAuthenticator(store, log)),
		acd.WithHTTPClient(&http.Client{Transport: service}))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func memory(t *testing.T, service *foreignphotos.Service) *MemorySessionStore {
	return NewMemorySessionStore(parse(t, service.CookieHeader()))
}

func read(t *testing.T, client *acd.Client, service *foreignphotos.Service) error {
	_, err := client.Nodes.Get(t.Context(), service.Root())
	if err != nil && (!errors.Is(err, acd.ErrUnauthorized) || acd.IsRetryable(err)) {
		t.Errorf("got %v, want an ErrUnauthorized", err)
	}
	return err
}

func TestRequestsAreSignedByTheSession(t *testing.T) {
	for name, opt := range map[string]foreignphotos.Option{"plain": foreignphotos.WithSite("de"), "quoted": foreignphotos.WithQuotedCookies()} {
		t.Run(name, func(t *testing.T) {
			service := foreignphotos.New(opt)
			client := signedIn(t, service, memory(t, service), nil)
			if err := read(t, client, service); err != nil {
				t.Fatal(err)
			}
			for _, r := range service.Requests("") {
				if got := r.Header.Get("Cookie"); got != memory(t, service).session.header() {
					t.Error("not the session's cookies, or in another order")
				}
			}
			service.Check(t)
		})
	}
}

func TestNobodySignedInSendsNothing(t *testing.T) {
	service := foreignphotos.New()
	store := NewMemorySessionStore(nil)
	client := signedIn(t, service, store, nil)
	if err := read(t, client, service); !errors.Is(err, ErrSignInAgain) || !strings.Contains(err.Error(), "nobody is signed in") {
		t.Errorf("got %v", err)
	}
	if n := len(service.Requests("")); n != 0 {
		t.Errorf("%d requests", n)
	}
	put(t, store, parse(t, service.CookieHeader()))
	if err := read(t, client, service); err != nil {
		t.Error(err)
	}
}

func TestSessionOfAnotherSiteIsNotSent(t *testing.T) {
	service := foreignphotos.New()
	client := signedIn(t, service, NewMemorySessionStore(parse(t, "session-id=1; ubid-main=2; at-main=3")), nil)
	if err := read(t, client, service); err == nil || !strings.Contains(err.Error(), "is one of amazon.com, and this client is for amazon.de") {
		t.Errorf("got %v", err)
	}
	if n := len(service.Requests("")); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestRenewedCookiesAreStored(t *testing.T) {
	for name, opt := range map[string]foreignphotos.Option{"plain": foreignphotos.WithSite("de"), "quoted": foreignphotos.WithQuotedCookies()} {
		t.Run(name, func(t *testing.T) {
			service := foreignphotos.New(opt)
			store := NewFileSessionStore(filepath.Join(t.TempDir(), "session.json"))
			put(t, store, parse(t, service.CookieHeader()))
			client := signedIn(t, service, store, nil)
			for range 3 {
				service.Rotate()
				if err := read(t, client, service); err != nil {
					t.Fatal(err)
				}
				service.Retire()
				if !same(load(t, store), parse(t, service.CookieHeader())) {
					t.Error("the store does not have the renewed cookies")
				}
			}
			if err := read(t, signedIn(t, service, store, nil), service); err != nil {
				t.Errorf("the next start: %v", err)
			}
		})
	}
}

// The service can report the end of a session in several ways. In each case the store keeps its
// content, and after a new sign-in the same client works again.
func TestEndOfASession(t *testing.T) {
	for name, form := range map[string]foreignphotos.Expiry{"401": foreignphotos.AsJSON, "redirect": foreignphotos.AsRedirect, "page": foreignphotos.AsHTML} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				service := foreignphotos.New(foreignphotos.WithAnonymousCookies())
				store := NewFileSessionStore(filepath.Join(t.TempDir(), "session.json"))
				put(t, store, parse(t, service.CookieHeader()))
				client := signedIn(t, service, store, nil)
				if err := read(t, client, service); err != nil {
					t.Fatal(err)
				}
				before := load(t, store)
				service.Expire(form)
				err := read(t, client, service)
				if err == nil || form == foreignphotos.AsJSON && !errors.Is(err, ErrSignInAgain) {
					t.Errorf("got %v", err)
				}
				sent := len(service.Requests(""))
				for range 5 {
					if err := read(t, client, service); err == nil || form != foreignphotos.AsHTML && !errors.Is(err, ErrSignInAgain) {
						t.Errorf("got %v", err)
					}
				}
				if n := len(service.Requests("")) - sent; n != 0 && form != foreignphotos.AsHTML {
					t.Errorf("%d requests after the end", n)
				}
				if !same(load(t, store), before) {
					t.Error("the stored session was changed")
				}
				service.SignIn()
				put(t, store, parse(t, service.CookieHeader()))
				if form == foreignphotos.AsHTML { // one request fails before the client looks for the new session
					_ = read(t, client, service)
				}
				if err := read(t, client, service); err != nil {
					t.Errorf("after a new sign-in: %v", err)
				}
				service.Check(t)
			})
		})
	}
}

// counted counts how often a store is read. It can also make updates fail.
type counted struct {
	SessionStore
	loads atomic.Int64
	fail  atomic.Bool
}

func (c *counted) Load(ctx context.Context) (*Session, error) {
	c.loads.Add(1)
	return c.SessionStore.Load(ctx)
}

func (c *counted) Update(ctx context.Context, change func(*Session) (*Session, error)) error {
	if c.fail.Load() {
		s, _ := c.SessionStore.Load(ctx)
		next, err := change(s)
		return fmt.Errorf("no room for %s and %s: %w", next.at(), next.value(sessionToken), err)
	}
	return c.SessionStore.Update(ctx, change)
}

func TestEndedSessionLooksAtTheStoreOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := foreignphotos.New()
		store := &counted{SessionStore: memory(t, service)}
		client := signedIn(t, service, store, nil)
		service.Expire(foreignphotos.AsJSON)
		for range 100 {
			_ = read(t, client, service)
		}
		if n := store.loads.Load(); n != 2 {
			t.Errorf("the store was read %d times, want at the start and after the 401", n)
		}
		service.SignIn()
		put(t, store, parse(t, service.CookieHeader()))
		if err := read(t, client, service); !errors.Is(err, ErrSignInAgain) {
			t.Errorf("within the second: %v", err)
		}
		time.Sleep(time.Second)
		if err := read(t, client, service); err != nil {
			t.Errorf("a second later: %v", err)
		}
	})
}

// If another process has signed in again, a 401 costs one more request and is not an error.
func TestAnotherProcessSignedIn(t *testing.T) {
	service := foreignphotos.New()
	path := filepath.Join(t.TempDir(), "session.json")
	here, there := NewFileSessionStore(path), NewFileSessionStore(path)
	put(t, here, parse(t, service.CookieHeader()))
	client := signedIn(t, service, here, nil)
	if err := read(t, client, service); err != nil {
		t.Fatal(err)
	}
	service.SignIn()
	put(t, there, parse(t, service.CookieHeader()))
	before := len(service.Requests(""))
	if err := read(t, client, service); err != nil {
		t.Fatal(err)
	}
	if n := len(service.Requests("")) - before; n != 2 {
		t.Errorf("%d requests, want the rejected one and one more", n)
	}
}

// Two processes use one file. Both use cookies that the other one renewed, and neither stores older
// ones.
func TestTwoProcessesRenewTogether(t *testing.T) {
	service := foreignphotos.New()
	path := filepath.Join(t.TempDir(), "session.json")
	put(t, NewFileSessionStore(path), parse(t, service.CookieHeader()))
	var clients []*acd.Client
	for range 2 {
		clients = append(clients, signedIn(t, service, NewFileSessionStore(path), nil))
	}
	for range 5 {
		for i := range 2 {
			service.Rotate()
			if err := read(t, clients[i], service); err != nil {
				t.Fatal(err)
			}
			if !same(load(t, NewFileSessionStore(path)), parse(t, service.CookieHeader())) && i == 0 {
				t.Error("the store does not have the newest cookies")
			}
			service.Retire()
			if err := read(t, clients[1-i], service); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestManyRequestsAtOnceWhileCookiesRotate(t *testing.T) {
	service := foreignphotos.New()
	store := NewFileSessionStore(filepath.Join(t.TempDir(), "session.json"))
	put(t, store, parse(t, service.CookieHeader()))
	client := signedIn(t, service, store, nil)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			for range 4 {
				if i%10 == 0 {
					service.Rotate()
				}
				if err := read(t, client, service); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	// The last renewal may have come after all responses.
	if err := read(t, client, service); err != nil {
		t.Error(err)
	}
	service.Retire()
	if err := read(t, client, service); err != nil {
		t.Error(err)
	}
	if err := read(t, signedIn(t, service, store, nil), service); err != nil {
		t.Errorf("the stored cookies are not the newest: %v", err)
	}
}

func TestManyRequestsAtOnceWhileTheSessionEnds(t *testing.T) {
	service := foreignphotos.New()
	client := signedIn(t, service, memory(t, service), nil)
	service.ExpireAfter(30, foreignphotos.AsJSON)
	var ended atomic.Int64
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			for range 4 {
				if err := read(t, client, service); errors.Is(err, ErrSignInAgain) {
					ended.Add(1)
				} else if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n := ended.Load(); n < 100 || len(service.Requests("")) > 100 {
		t.Errorf("%d calls failed, %d requests", n, len(service.Requests("")))
	}
}

// A content host of another region answers 401 also to a valid session.
func Test401OfAContentHostEndsNoSession(t *testing.T) {
	service := foreignphotos.New()
	a := newAuthenticator(memory(t, service), nil)
	for _, host := range []string{"content-na.drive.amazonaws.com", "thumbnails-photos.amazon.de", service.Hosts().WWW} {
		req := authorized(t, a, "https://"+host+"/x")
		if a.Answered(answer(req, http.StatusUnauthorized, "application/json")) {
			t.Errorf("%s: there are no other cookies", host)
		}
		err := a.Authorize(request(t, "https://"+host+"/x"))
		if ended := errors.Is(err, ErrSignInAgain); ended != (host == service.Hosts().WWW) {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func request(t *testing.T, address string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func authorized(t *testing.T, a *authenticator, address string) *http.Request {
	t.Helper()
	req := request(t, address)
	if err := a.Authorize(req); err != nil {
		t.Fatal(err)
	}
	return req
}

func answer(req *http.Request, status int, contentType string, setCookies ...string) *http.Response {
	return &http.Response{StatusCode: status, Request: req, Body: http.NoBody,
		Header: http.Header{"Content-Type": {contentType}, "Set-Cookie": setCookies}}
}

func TestOnlyRenewedCookiesOfTheSiteAreTaken(t *testing.T) {
	const site, json = "https://www.amazon.de/drive/v1/nodes", "application/json;charset=UTF-8"
	for name, tc := range map[string]struct {
		address, contentType string
		status               int
		set                  string
		want                 bool
	}{
		"renewed":              {site, json, 200, "at-acbde=new; Domain=.amazon.de; Path=/; Secure; HttpOnly", true},
		"created":              {site, json, 201, "session-token=new; Domain=amazon.de; Max-Age=100", true},
		"of the host itself":   {site, json, 200, "x-acbde=new; Expires=Fri, 01 Jan 2100 00:00:00 GMT", true},
		"quoted":               {site, json, 200, `ubid-acbde="new"; Domain=.amazon.de`, true},
		"no JSON":              {site, "text/html", 200, "at-acbde=new", false},
		"no type":              {site, "", 200, "at-acbde=new", false},
		"an error":             {site, json, 404, "at-acbde=new", false},
		"a redirect":           {site, json, 302, "at-acbde=new", false},
		"rejected":             {site, json, 401, "at-acbde=new", false},
		"a content host":       {"https://content-eu.drive.amazonaws.com/cdproxy/nodes", json, 200, "at-acbde=new", false},
		"another host of it":   {"https://thumbnails-photos.amazon.de/v1/x", json, 200, "at-acbde=new", false},
		"without TLS":          {"http://www.amazon.de/drive/v1/nodes", json, 200, "at-acbde=new", false},
		"deleted":              {site, json, 200, "at-acbde=new; Max-Age=0", false},
		"deleted by a date":    {site, json, 200, "at-acbde=new; Expires=Thu, 01 Jan 1970 00:00:00 GMT", false},
		"empty":                {site, json, 200, "at-acbde=", false},
		"empty in quotes":      {site, json, 200, `at-acbde=""`, false},
		"a stroke":             {site, json, 200, "at-acbde=-", false},
		"another domain":       {site, json, 200, "at-acbde=new; Domain=.amazon.com", false},
		"a domain below":       {site, json, 200, "at-acbde=new; Domain=.photos.amazon.de", false},
		"another site":         {site, json, 200, "at-main=new; Domain=.amazon.de", false},
		"of no session":        {site, json, 200, "sess-at-acbde=new; Domain=.amazon.de", false},
		"not as it was before": {site, json, 200, "at-acbde=old", false},
	} {
		t.Run(name, func(t *testing.T) {
			store := NewMemorySessionStore(parse(t, "session-id=old; ubid-acbde=old; at-acbde=old; session-token=old; x-acbde=old"))
			before := load(t, store)
			a := newAuthenticator(store, nil)
			req := authorized(t, a, tc.address)
			if a.Answered(answer(req, tc.status, tc.contentType, tc.set)) {
				t.Error("there are no other cookies in the store")
			}
			if got := !same(load(t, store), before); got != tc.want {
				t.Errorf("stored: %v", got)
			}
		})
	}
}

// A response that arrives late, after newer responses, does not replace cookies that are newer than
// those of its request.
func TestAnswersToOldCookiesRenewNothing(t *testing.T) {
	const site, json = "https://www.amazon.de/drive/v1/nodes", "application/json"
	store := NewMemorySessionStore(parse(t, "session-id=s1; ubid-acbde=u; at-acbde=a1; session-token=t1"))
	a := newAuthenticator(store, nil)
	first, second := authorized(t, a, site), authorized(t, a, site)
	a.Answered(answer(second, 200, json, "session-token=t2"))
	a.Answered(answer(first, 200, json, "session-token=t1b", "x-acbde=x"))
	if got := load(t, store).header(); got != "session-id=s1; ubid-acbde=u; x-acbde=x; at-acbde=a1; session-token=t2" {
		t.Error(got)
	}
	third, fourth := authorized(t, a, site), authorized(t, a, site)
	a.Answered(answer(third, 200, json, "at-acbde=a2", "session-id=s2"))
	a.Answered(answer(fourth, 200, json, "at-acbde=a2b", "session-id=s2b", "session-token=t3"))
	if got := load(t, store).header(); got != "session-id=s2; ubid-acbde=u; x-acbde=x; at-acbde=a2; session-token=t2" {
		t.Error(got)
	}
}

// Changes that another process has stored are kept: a new sign-in as a whole, or single renewed
// cookies.
func TestRenewedCookiesAreMergedIntoTheStore(t *testing.T) {
	const mine = "session-id=s1; ubid-acbde=u; at-acbde=a1; session-token=t1"
	for name, tc := range map[string]struct{ there, want string }{
		"unchanged":           {mine, "session-id=s2; ubid-acbde=u; at-acbde=a2; session-token=t1"},
		"one renewed":         {"session-id=s1; ubid-acbde=u; at-acbde=a1; session-token=t9", "session-id=s2; ubid-acbde=u; at-acbde=a2; session-token=t9"},
		"signed in elsewhere": {"session-id=s9; ubid-acbde=u; at-acbde=a9", "session-id=s9; ubid-acbde=u; at-acbde=a9"},
		"the same visitor":    {"session-id=s1; ubid-acbde=u; at-acbde=a9; session-token=t1", "session-id=s1; ubid-acbde=u; at-acbde=a9; session-token=t1"},
		"both renewed one":    {"session-id=s9; ubid-acbde=u; at-acbde=a1; session-token=t1", "session-id=s9; ubid-acbde=u; at-acbde=a2; session-token=t1"},
		"signed out":          {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "session.json")
			store := NewFileSessionStore(path)
			put(t, store, parse(t, mine))
			a := newAuthenticator(store, nil)
			req := authorized(t, a, "https://www.amazon.de/drive/v1/nodes")
			var there *Session
			if tc.there != "" {
				there = parse(t, tc.there)
			}
			put(t, NewFileSessionStore(path), there)
			a.Answered(answer(req, 200, "application/json", "session-id=s2", "at-acbde=a2"))
			after, err := store.Load(t.Context())
			next := a.Authorize(request(t, "https://www.amazon.de/"))
			if tc.want == "" {
				if !errors.Is(err, ErrNoSession) || !errors.Is(next, ErrNoSession) {
					t.Errorf("%v, %v", err, next)
				}
				return
			}
			if err != nil || next != nil || after.header() != tc.want || a.usable().header() != tc.want {
				t.Errorf("%v, %v: stored %s, used %s", err, next, after.header(), a.usable().header())
			}
		})
	}
}

// If the store cannot be written, the process itself still works. This is logged once.
func TestStoreThatCannotBeWritten(t *testing.T) {
	service := foreignphotos.New()
	store := &counted{SessionStore: memory(t, service)}
	store.fail.Store(true)
	var log bytes.Buffer
	client := signedIn(t, service, store, slog.New(slog.NewTextHandler(&log, nil)))
	for range 3 {
		service.Rotate()
		if err := read(t, client, service); err != nil {
			t.Fatal(err)
		}
		service.Retire()
		for _, value := range service.Cookies() {
			if strings.Contains(log.String(), value) || strings.Contains(log.String(), url.QueryEscape(value)) {
				t.Error("a cookie in the log")
			}
		}
	}
	if n := strings.Count(log.String(), "renewed cookies cannot be stored"); n != 1 {
		t.Errorf("%d warnings", n)
	}
	store.fail.Store(false)
	service.Rotate()
	if err := read(t, client, service); err != nil {
		t.Fatal(err)
	}
	if !same(load(t, store), parse(t, service.CookieHeader())) {
		t.Error("the store does not have the newest cookies, though it can be written again")
	}
}

// If the newest cookies could not be saved, the store still holds older ones. After a 401, these
// are not taken for new cookies and tried.
func TestOlderCookiesOfAStoreAreNotTriedAgain(t *testing.T) {
	store := &counted{SessionStore: NewMemorySessionStore(parse(t, "session-id=s1; ubid-acbde=u; at-acbde=a1"))}
	store.fail.Store(true)
	a := newAuthenticator(store, nil)
	a.Answered(answer(authorized(t, a, "https://www.amazon.de/"), 200, "application/json", "at-acbde=a2"))
	req := authorized(t, a, "https://www.amazon.de/")
	if req.Header.Get("Cookie") != "session-id=s1; ubid-acbde=u; at-acbde=a2" {
		t.Error("the renewed cookie is not used")
	}
	if a.Answered(answer(req, 401, "application/json")) {
		t.Error("the older cookies are tried again")
	}
	if err := a.Authorize(request(t, "https://www.amazon.de/")); !errors.Is(err, ErrSignInAgain) {
		t.Errorf("got %v", err)
	}
}

// A page instead of JSON does not end the session. It only makes the client look for another
// session in the store.
func TestPageInPlaceOfJSON(t *testing.T) {
	store := &counted{SessionStore: NewMemorySessionStore(parse(t, "session-id=s1; ubid-acbde=u; at-acbde=a1"))}
	a := newAuthenticator(store, nil)
	a.Answered(answer(authorized(t, a, "https://www.amazon.de/"), 200, "text/html; charset=utf-8"))
	first := authorized(t, a, "https://www.amazon.de/")
	put(t, store, parse(t, "session-id=s2; ubid-acbde=u; at-acbde=a2"))
	a.Answered(answer(authorized(t, a, "https://content-eu.drive.amazonaws.com/cdproxy/nodes/n/content"), 200, "text/html"))
	if n := store.loads.Load(); n != 2 {
		t.Errorf("the store was read %d times: a file that is a page says nothing about the session", n)
	}
	a.Answered(answer(first, 200, "text/html"))
	if got := authorized(t, a, "https://www.amazon.de/").Header.Get("Cookie"); !strings.Contains(got, "a2") {
		t.Error("the new session is not used")
	}
}

func TestStoreIsReadOnceForMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &counted{SessionStore: NewMemorySessionStore(parse(t, "session-id=s1; ubid-acbde=u; at-acbde=a1"))}
		a := newAuthenticator(store, nil)
		if err := a.turn.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { authorized(t, a, "https://www.amazon.de/") })
		}
		synctest.Wait() // all of them wait for a.turn
		a.turn.pass()
		wg.Wait()
		if n := store.loads.Load(); n != 1 {
			t.Errorf("the store was read %d times", n)
		}
	})
}

func TestEachRejectedRequestIsSentAgainWithTheNewSession(t *testing.T) {
	const site, json = "https://www.amazon.de/", "application/json"
	store := NewMemorySessionStore(parse(t, "session-id=s1; ubid-acbde=u; at-acbde=a1"))
	a := newAuthenticator(store, nil)
	first, second, third := authorized(t, a, site), authorized(t, a, site), authorized(t, a, site)
	put(t, store, parse(t, "session-id=s2; ubid-acbde=u; at-acbde=a2"))
	if !a.Answered(answer(first, 401, json)) || !a.Answered(answer(second, 401, json)) {
		t.Error("the new session is not tried")
	}
	if a.Answered(answer(authorized(t, a, site), 401, json)) || a.Answered(answer(third, 401, json)) {
		t.Error("a session that has ended is tried")
	}
	put(t, store, parse(t, "session-id=s3; ubid-acbde=u; at-acbde=a3"))
	if got := authorized(t, a, site).Header.Get("Cookie"); !strings.Contains(got, "a3") {
		t.Error("a sign-in in this process is not seen at once")
	}
}

// A 401 for the older cookies comes first, then a response with renewed cookies. The renewed
// cookies are used.
func TestRenewedCookiesAfterThe401(t *testing.T) {
	store := NewMemorySessionStore(parse(t, "session-id=s1; ubid-acbde=u; at-acbde=a1"))
	a := newAuthenticator(store, nil)
	good, bad := authorized(t, a, "https://www.amazon.de/"), authorized(t, a, "https://www.amazon.de/")
	a.Answered(answer(bad, 401, "application/json"))
	a.Answered(answer(good, 200, "application/json", "at-acbde=a2"))
	if got := authorized(t, a, "https://www.amazon.de/").Header.Get("Cookie"); !strings.Contains(got, "a2") {
		t.Error("the renewed cookies are not used")
	}
}

// during is a store that calls before and after around the first update.
type during struct {
	SessionStore
	once          sync.Once
	before, after func()
}

func (d *during) Update(ctx context.Context, change func(*Session) (*Session, error)) error {
	before, after := func() {}, func() {}
	d.once.Do(func() { before, after = d.before, d.after })
	before()
	defer after()
	return d.SessionStore.Update(ctx, change)
}

func TestCookiesRenewedDuringASaveAreSavedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &during{SessionStore: NewMemorySessionStore(parse(t, "session-id=s1; ubid-acbde=u; at-acbde=a1")), before: func() {}}
		a := newAuthenticator(store, nil)
		first, second := authorized(t, a, "https://www.amazon.de/"), authorized(t, a, "https://www.amazon.de/")
		store.after = func() {
			go a.Answered(answer(second, 200, "application/json", "x-acbde=x2"))
			synctest.Wait()
		}
		a.Answered(answer(first, 200, "application/json", "session-token=t2"))
		synctest.Wait()
		if got := load(t, store).header(); got != "session-id=s1; ubid-acbde=u; x-acbde=x2; at-acbde=a1; session-token=t2" || got != a.usable().header() {
			t.Errorf("stored %s", got)
		}
	})
}

// A session ends while another one replaces it. The new session is not marked as ended.
func TestSessionThatEndsDuringASave(t *testing.T) {
	inner := NewMemorySessionStore(parse(t, "session-id=s1; ubid-acbde=u; at-acbde=a1"))
	store := &during{SessionStore: inner, after: func() {}}
	a := newAuthenticator(store, nil)
	req := authorized(t, a, "https://www.amazon.de/")
	store.before = func() {
		put(t, inner, parse(t, "session-id=s9; ubid-acbde=u; at-acbde=a9"))
		a.mu.Lock()
		a.ended = true
		a.mu.Unlock()
	}
	a.Answered(answer(req, 200, "application/json", "at-acbde=a2"))
	if s := a.usable(); s == nil || s.at() != "a9" {
		t.Errorf("got %v", s)
	}
}

// If a call is cancelled, the cookies that its response renewed are still stored.
func TestRenewedCookiesOutliveTheirCall(t *testing.T) {
	store := NewMemorySessionStore(parse(t, "session-id=s1; ubid-acbde=u; at-acbde=a1"))
	a := newAuthenticator(store, nil)
	ctx, cancel := context.WithCancel(t.Context())
	req := authorized(t, a, "https://www.amazon.de/").WithContext(ctx)
	cancel()
	a.Answered(answer(req, 200, "application/json", "at-acbde=a2"))
	if got := load(t, store).at(); got != "a2" {
		t.Error(got)
	}
}

func TestAuthorizeGivesUpWithItsContext(t *testing.T) {
	store := NewMemorySessionStore(nil)
	a := newAuthenticator(store, nil)
	err := store.Update(t.Context(), func(*Session) (*Session, error) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return nil, a.Authorize(request(t, "https://www.amazon.de/").WithContext(ctx))
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
