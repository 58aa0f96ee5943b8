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

// renew takes the cookies that an answer of the site's host renews, and stores them.
func (a *authenticator) renew(resp *http.Response) {
	if a.takeRenewed(resp) {
		a.save(resp.Request.Context())
	}
}

// takeRenewed says whether an answer brought other cookies than those in use.
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
		return false // an answer to cookies of the past
	}
	changed := renewed(resp, s.site)
	maps.DeleteFunc(changed, func(name, value string) bool {
		return s.value(name) == value || s.value(name) != sent[name] // another answer was faster
	})
	if len(changed) == 0 {
		return false
	}
	a.session, a.ended = s.with(changed), false // if the site ended s meanwhile: these may be good
	return true
}

// renewed are the cookies of a session that an answer sets. What deletes one is left out: whether a session has
// ended, a 401 says.
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

// save stores renewed cookies. The call that brought them may be given up meanwhile: they are saved all the same.
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

// saved goes on with what the store now holds, and with what was renewed after ours was handed to it.
func (a *authenticator) saved(ours, merged *Session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	later := merge(ours, a.session, merged)
	a.ended = a.ended && same(later, a.session)
	a.session, a.stored = later, merged
}

// merge puts the changes that ours has against base onto theirs. If somebody else has signed in or out, theirs
// stays as it is. Each of the three may be nil.
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

// noteSave warns once of a store that cannot be written: this process has the cookies, and others will not.
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
