package photos

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/acd-sdk/acd/internal/amazonsites"
	"github.com/acd-sdk/acd/internal/redact"
)

// renew takes over the cookies that a response of the site's host renews, and stores them.
func (a *authenticator) renew(resp *http.Response) {
	if a.takeRenewed(resp) {
		a.save(resp.Request.Context())
	}
}

// takeRenewed takes over the cookies that a response renews, and reports whether any of them
// changed.
func (a *authenticator) takeRenewed(resp *http.Response) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.session
	if s == nil {
		return false
	}
	sent := map[string]string{}
	for _, p := range cookiesOfHeader(resp.Request.Header.Get("Cookie")) {
		sent[p.name] = p.value
	}
	if sent[atName(s.site)] != s.at() {
		return false // the request was sent with the cookies of an earlier sign-in
	}
	changed := renewed(resp, s.site)
	maps.DeleteFunc(changed, func(name, value string) bool {
		return s.value(name) == value || s.value(name) != sent[name] // another response has renewed it already
	})
	if len(changed) == 0 {
		return false
	}
	a.session, a.ended = s.with(changed), false // if the site ended s meanwhile, the new cookies may be accepted
	return true
}

// renewed returns the session cookies that a response sets. It ignores responses that delete a
// cookie: only a 401 says that a session has ended.
func renewed(resp *http.Response, site amazonsites.Site) map[string]string {
	values := map[string]string{}
	for _, c := range resp.Cookies() {
		value := c.Value
		if c.Quoted {
			value = `"` + value + `"`
		}
		domain := strings.TrimPrefix(strings.ToLower(c.Domain), ".")
		switch {
		case !slices.Contains(cookieNames(site), c.Name), c.Value == "" || c.Value == "-" || !isValue(value):
		case c.MaxAge < 0, c.MaxAge == 0 && !c.Expires.IsZero() && !c.Expires.After(time.Now()):
		case domain != "" && domain != site.Name && domain != site.Host():
		default:
			values[c.Name] = value
		}
	}
	return values
}

// save stores renewed cookies. It stores them also if the context of the call ends meanwhile.
func (a *authenticator) save(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), saveWithin)
	defer cancel()
	err := a.turn.take(ctx)
	if err == nil {
		defer a.turn.pass()
		var ours, merged *Session
		err = a.store.Update(ctx, func(theirs *Session) (*Session, error) {
			a.mu.Lock()
			defer a.mu.Unlock()
			ours = a.session
			merged = merge(a.stored, ours, theirs)
			return merged, nil
		})
		if err == nil {
			a.saved(ours, merged)
		}
	}
	a.noteSave(ctx, err)
}

// saved makes the stored session the one in use. If cookies were renewed after ours was passed to
// the store, they are kept too.
func (a *authenticator) saved(ours, merged *Session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	later := merge(ours, a.session, merged)
	a.ended = a.ended && same(later, a.session)
	a.session, a.stored = later, merged
}

// merge applies the changes from base to ours to theirs, and returns the result. If another program
// has signed in or out, merge returns theirs unchanged. Each of the three may be nil.
func merge(base, ours, theirs *Session) *Session {
	if base == nil || ours == nil || theirs == nil || theirs.site != base.site || theirs.at() != base.at() {
		return theirs
	}
	changed := map[string]string{}
	for _, name := range cookieNames(base.site) {
		if v := ours.value(name); v != base.value(name) && theirs.value(name) == base.value(name) {
			changed[name] = v
		}
	}
	if len(changed) == 0 {
		return theirs
	}
	return theirs.with(changed)
}

// noteSave logs a warning if the store cannot be written: this process has the new cookies, but
// other processes will not get them. It warns only once until a save succeeds.
func (a *authenticator) noteSave(ctx context.Context, err error) {
	a.mu.Lock()
	warn := err != nil && !a.warned
	a.warned = err != nil
	var secrets []string
	if a.session != nil {
		secrets = slices.Collect(maps.Values(a.session.cookies()))
	}
	a.mu.Unlock()
	if warn {
		a.log.WarnContext(ctx, "photos: renewed cookies cannot be stored; other processes and the next start have the older ones", "error", redact.Text(err.Error(), secrets))
	}
}
