package photos

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/acd-sdk/acd/internal/amazonsites"
)

const (
	// lookAgainAfter is how often the store is read while its session has ended.
	lookAgainAfter = time.Second
	// saveWithin is how long a call that has its response waits at most until renewed cookies are
	// stored.
	saveWithin = 10 * time.Second
)

// authenticator signs requests with the session of a store, and stores the cookies that the service
// renews. It is an [acd.Authenticator].
//
// It does not ask the service for a new session: when a session has ended, only a person can start
// another one. Until then the authenticator reads the store again from time to time, because that
// person may sign in with another program.
type authenticator struct {
	store SessionStore
	log   *slog.Logger

	// turn is held while the store is read or written, which may take some time.
	turn turn

	mu      sync.Mutex // guards the fields below
	session *Session   // session in use; nil before the store was read, and while nobody is signed in
	stored  *Session   // what the store held when it was last read or written; differs from session if renewed cookies could not be saved
	ended   bool       // the service does not accept session any more
	looked  time.Time  // when the store was last read
	edited  uint64     // how often this process had written the store at that time
	warned  bool       // a warning was logged that the store cannot be written
}

// newAuthenticator returns an authenticator that uses the session in store. log may be nil.
func newAuthenticator(store SessionStore, log *slog.Logger) *authenticator {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &authenticator{store: store, log: log, turn: newTurn()}
}

// Authorize implements [acd.Authenticator]. Its error is [ErrSignInAgain] if the session has ended,
// and [ErrNoSession] if there is none.
func (a *authenticator) Authorize(req *http.Request) error {
	s, err := a.current(req.Context())
	if err != nil {
		return err
	}
	if site, ok := amazonsites.ByHost(req.URL.Hostname()); ok && site != s.site {
		return fmt.Errorf("photos: the stored session is one of %s, and this client is for %s: open a new client", s.Site(), site.Name)
	}
	req.Header.Set("Cookie", s.header())
	req.Header.Set("X-Amzn-Sessionid", s.value(sessionID))
	return nil
}

// current returns the session to use. It reads the store if no session was read yet, or if the
// session has ended.
func (a *authenticator) current(ctx context.Context) (*Session, error) {
	if s := a.usable(); s != nil {
		return s, nil
	}
	if err := a.turn.take(ctx); err != nil {
		return nil, err
	}
	defer a.turn.pass()
	if s := a.usable(); s != nil { // another goroutine has read the store meanwhile
		return s, nil
	}
	if _, err := a.look(ctx); err != nil {
		return nil, err
	}
	if s := a.usable(); s != nil {
		return s, nil
	}
	return nil, ErrSignInAgain
}

func (a *authenticator) usable() *Session {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return nil
	}
	return a.session
}

// look reads the store and reports whether it has another session than when it was last seen. If
// so, that session is used. While the present session has ended, look reads the store at most once
// a second, unless this process has written it. The caller must hold a.turn.
func (a *authenticator) look(ctx context.Context) (news bool, err error) {
	var edited uint64
	if s, ok := a.store.(interface{ edited() uint64 }); ok {
		edited = s.edited()
	}
	a.mu.Lock()
	wait := a.ended && a.edited == edited && time.Since(a.looked) < lookAgainAfter
	a.mu.Unlock()
	if wait {
		return false, nil
	}
	there, err := a.store.Load(ctx)
	if err != nil && !errors.Is(err, ErrNoSession) {
		return false, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.looked, a.edited = time.Now(), edited
	if err != nil {
		a.use(nil)
		return false, err
	}
	if same(there, a.stored) {
		return false, nil
	}
	a.use(there)
	return true, nil
}

// use makes s, which is what the store holds, the session in use. The caller must hold a.mu.
func (a *authenticator) use(s *Session) { a.session, a.stored, a.ended = s, s, false }

// Answered implements [acd.Authenticator].
func (a *authenticator) Answered(resp *http.Response) (again bool) {
	switch {
	case resp.StatusCode == http.StatusUnauthorized, leadsToSignIn(resp):
		return a.rejected(resp.Request)
	case isOf(resp, "text/html") && isSite(resp.Request.URL):
		// A page instead of JSON may be the sign-in page, or something temporary. So only the store
		// is checked, and the session is not marked as ended.
		a.lookAt(resp.Request)
	case isOf(resp, "application/json") && isSite(resp.Request.URL):
		a.renew(resp)
	}
	return false
}

func leadsToSignIn(resp *http.Response) bool {
	to, err := url.Parse(resp.Header.Get("Location"))
	return err == nil && resp.StatusCode/100 == 3 && strings.HasPrefix(to.Path, "/ap/signin")
}

// isOf reports whether a response is a success and has that content type.
func isOf(resp *http.Response, contentType string) bool {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return resp.StatusCode/100 == 2 && err == nil && kind == contentType
}

// isSite reports whether a request went to the host at which people sign in. HTML pages of other
// hosts may be a user's files, and these hosts set no session cookies.
func isSite(u *url.URL) bool {
	site, ok := amazonsites.ByHost(u.Hostname())
	return ok && u.Scheme == "https" && strings.EqualFold(u.Host, site.Host())
}

// rejected is called when the service did not accept the cookies of a request. It reports whether
// there are other cookies to try.
func (a *authenticator) rejected(req *http.Request) (again bool) {
	if a.lookAt(req) {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	// Only the site itself can end a session: the content host of a wrong region rejects a good
	// session too. If the session was replaced since lookAt, the new one has not ended.
	if a.session != nil && a.session.header() == req.Header.Get("Cookie") && isSite(req.URL) {
		a.ended = true
	}
	return false
}

// lookAt reports whether there are other cookies than those of a request. If not, it looks for some
// in the store.
func (a *authenticator) lookAt(req *http.Request) (others bool) {
	if a.turn.take(req.Context()) != nil {
		return false
	}
	defer a.turn.pass()
	a.mu.Lock()
	replaced := a.session == nil || a.session.header() != req.Header.Get("Cookie")
	ended := a.ended || a.session == nil
	a.mu.Unlock()
	if replaced {
		return !ended
	}
	news, err := a.look(req.Context())
	return news && err == nil
}
