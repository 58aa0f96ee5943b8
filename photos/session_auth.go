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
	// lookAgainAfter is how often the store is read while the session in it has ended.
	lookAgainAfter = time.Second
	// saveWithin is how long a call that has its answer waits at most until renewed cookies are stored.
	saveWithin = 10 * time.Second
)

// authenticator signs requests by the session of a store, and stores the cookies that the service renews. It is an
// [acd.Authenticator].
//
// It asks the service for no new session: when one has ended, only a person can start another. Until then the
// store is looked at, because that person may sign in with another program.
type authenticator struct {
	store SessionStore
	log   *slog.Logger

	// turn is held while the store is read or written, which may take a while.
	turn turn

	mu      sync.Mutex // for what follows
	session *Session   // in use; nil before the store was read, and while nobody is signed in
	stored  *Session   // what the store was last seen to hold: session, but for renewed cookies that could not be saved
	ended   bool       // the service does not accept session any more
	looked  time.Time  // when the store was last read
	edited  uint64     // how often the store had been written by this process then
	warned  bool       // that the store cannot be written
}

// newAuthenticator returns an authenticator whose session is that of store. log may be nil.
func newAuthenticator(store SessionStore, log *slog.Logger) *authenticator {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &authenticator{store: store, log: log, turn: newTurn()}
}

// Authorize implements [acd.Authenticator]. Its error is [ErrSignInAgain] if the session has ended, and [ErrNoSession]
// if there is none.
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

// current returns the session to use. It reads the store if there is none, or if it has ended.
func (a *authenticator) current(ctx context.Context) (*Session, error) {
	if s := a.usable(); s != nil {
		return s, nil
	}
	if err := a.turn.take(ctx); err != nil {
		return nil, err
	}
	defer a.turn.pass()
	if s := a.usable(); s != nil { // somebody else has read it meanwhile
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

// look reads the store, whose turn is held, and uses its session if that is news. If the present one has ended, it
// reads the store once a second at most, unless this process has written it.
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

// use makes s, as the store has it, the session. a.mu is held.
func (a *authenticator) use(s *Session) { a.session, a.stored, a.ended = s, s, false }

// Answered implements [acd.Authenticator].
func (a *authenticator) Answered(resp *http.Response) (again bool) {
	switch {
	case resp.StatusCode == http.StatusUnauthorized, leadsToSignIn(resp):
		return a.rejected(resp.Request)
	case isOf(resp, "text/html") && isSite(resp.Request.URL):
		// A page in place of JSON may be the one to sign in at, and may be something else that passes.
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

// isOf says whether an answer is a success of a type.
func isOf(resp *http.Response, contentType string) bool {
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return resp.StatusCode/100 == 2 && err == nil && kind == contentType
}

// isSite says whether a request went to the host at which people sign in. Other hosts have pages that are
// somebody's files, and set no cookies of a session.
func isSite(u *url.URL) bool {
	site, ok := amazonsites.ByHost(u.Hostname())
	return ok && u.Scheme == "https" && strings.EqualFold(u.Host, site.Host())
}

// rejected says whether there are other cookies than those that the service did not accept.
func (a *authenticator) rejected(req *http.Request) (again bool) {
	if a.lookAt(req) {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	// A content host of another region does not accept a session that is good: only the site itself can end it.
	// And what was accepted since lookAt has not ended.
	if a.session != nil && a.session.header() == req.Header.Get("Cookie") && isSite(req.URL) {
		a.ended = true
	}
	return false
}

// lookAt says whether there are other cookies than those of a request, and looks for some in the store.
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
