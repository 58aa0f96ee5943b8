package photos

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/acd-sdk/acd/internal/amazonsites"
)

// A candidate holds the cookies of one site that a text contains.
type candidate struct {
	site    amazonsites.Site
	values  map[string]string
	expired map[string]time.Time // cookies that have expired, and when
	broken  map[string]bool      // cookies whose value is not valid
}

// chooseSite returns the session of the one site of which all needed cookies are there. It is an
// error if there is no such site, or if there are several.
func chooseSite(all []pasted, now time.Time) (*Session, error) {
	sites, ofAnySite := sortBySite(all, now)
	var complete []string
	var best *candidate
	for _, c := range sites {
		for _, p := range ofAnySite {
			c.add(p, now)
		}
		if len(c.missing()) == 0 {
			complete = append(complete, c.site.Name)
		}
		if best == nil || len(c.missing()) < len(best.missing()) {
			best = c
		}
	}
	switch {
	case len(complete) > 1:
		return nil, fmt.Errorf("these are cookies of %s: export those of one site only", strings.Join(complete, " and "))
	case len(complete) == 1:
		return newSession(best.site, best.values), nil
	case best != nil:
		return nil, best.fault()
	case len(ofAnySite) > 0:
		return nil, errors.New("the cookies ubid-… and at-…, which say which site this is, are missing: " + atIsHidden + howToCopy("the site"))
	}
	return nil, errors.New("there is no cookie of a site that has Amazon Photos in this text: " + howToCopy("the site"))
}

// sortBySite sorts the cookies by site. The domain of a cookie says which site it belongs to, or
// its name if it has no domain. A cookie for which neither does may belong to any site: it is in
// ofAnySite. Cookies that no session needs are left out.
func sortBySite(all []pasted, now time.Time) (sites []*candidate, ofAnySite []pasted) {
	for _, p := range all {
		p.name = strings.ReplaceAll(p.name, "_", "-")
		if p.domain == "" && (p.name == sessionID || p.name == sessionToken) {
			ofAnySite = append(ofAnySite, p)
			continue
		}
		site, known := siteOf(p)
		if !known || !slices.Contains(cookieNames(site), p.name) {
			continue
		}
		i := slices.IndexFunc(sites, func(c *candidate) bool { return c.site == site })
		if i < 0 {
			i = len(sites)
			sites = append(sites, &candidate{site, map[string]string{}, map[string]time.Time{}, map[string]bool{}})
		}
		sites[i].add(p, now)
	}
	return sites, ofAnySite
}

func siteOf(p pasted) (amazonsites.Site, bool) {
	if p.domain != "" {
		return amazonsites.ByName(p.domain)
	}
	_, end, _ := strings.Cut(p.name, "-")
	return amazonsites.ByCookies(end)
}

// add adds a cookie. If there are several cookies of one name, the first one counts, as on servers.
func (c *candidate) add(p pasted, now time.Time) {
	switch {
	case c.values[p.name] != "" || p.value == "":
	case !isValue(p.value):
		c.broken[p.name] = true
	case !p.expires.IsZero() && !p.expires.After(now):
		c.expired[p.name] = p.expires
	default:
		c.values[p.name] = p.value
	}
}

// isValue reports whether a text can be sent as a cookie's value.
func isValue(text string) bool {
	for _, b := range []byte(text) {
		if b <= ' ' || b > '~' || b == ';' {
			return false
		}
	}
	return text != "" && len(text) <= maxValue
}

func (c *candidate) missing() (names []string) {
	for _, name := range neededNames(c.site) {
		if c.values[name] == "" {
			names = append(names, name)
		}
	}
	return names
}

// atIsHidden explains the most common mistake.
const atIsHidden = "a script of the page (document.cookie) cannot see at-…; "

// fault returns the error that says why the cookies of the site do not make a session.
func (c *candidate) fault() error {
	missing := c.missing()
	for _, name := range missing {
		if c.broken[name] {
			return fmt.Errorf("the value of the cookie %s is too long or holds a character that no cookie has, so it was changed on its way: copy it again", name)
		}
		if at, expired := c.expired[name]; expired {
			return fmt.Errorf("the cookie %s has expired on %s: sign in at %s again, and copy the cookies then", name, at.UTC().Format(time.DateOnly), c.site.Host())
		}
	}
	what := "the cookie " + missing[0] + " is"
	if last := len(missing) - 1; last > 0 {
		what = "the cookies " + strings.Join(missing[:last], ", ") + " and " + missing[last] + " are"
	}
	why := ""
	if slices.Contains(missing, atName(c.site)) {
		why = atIsHidden
	}
	return fmt.Errorf("%s missing for %s: %s%s", what, c.site.Name, why, howToCopy(c.site.Host()))
}
