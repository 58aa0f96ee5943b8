package photos

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/acd-sdk/acd"
)

// Type is a type of media.
type Type string

const (
	Photos Type = "PHOTOS"
	Videos Type = "VIDEOS"
)

// Hidden says how a search treats photos that the account's owner has hidden.
type Hidden int

const (
	ExcludeHidden Hidden = iota
	IncludeHidden
	OnlyHidden
)

// Context says whose photos are searched.
type Context string

const (
	Customer Context = "customer" // the account's own photos; the default
	Family   Context = "family"   // photos of the family vault
	Groups   Context = "groups"   // photos of the groups that the account is in
	All      Context = "all"
)

// Order is the order of a search.
type Order string

const (
	NewestUploaded Order = "createdDate DESC" // the default
	NewestTaken    Order = "contentProperties.contentDate DESC"
)

// A Query says which photos and videos a search finds. The zero value finds all that are not
// hidden. If several fields are set, all of them must match. If a field has several values, one of
// them must match.
type Query struct {
	Types []Type // nil means both types
	// From and To limit the time of capture (see [CaptureTime]): not before From, and before To.
	// Their fields in UTC are read as local time at the place of capture. A zero time sets no limit.
	From, To time.Time
	Favorite bool // only favourites
	Hidden   Hidden
	People   []string // ids of clusters of faces, as in [Facets]
	Things   []string // such as "beach", as in [Facets]
	Location []string // such as "CAN#BC#Vancouver"
	Context  Context
	Sort     Order
	// Raw is a condition in the service's own query language, such as "extension:(heic)".
	Raw string
}

// search is a query in the form that the service understands.
type search struct {
	filters string
	sort    string
	context string
}

func (s search) values() url.Values {
	return url.Values{
		"filters":       {s.filters},
		"sort":          {s.sort},
		"searchContext": {s.context},
		"asset":         {"ALL"},
		"tempLink":      {"false"},
	}
}

// searches returns the searches to send to the service, one after the other. Together they may find
// more than the query means: see matches.
func (q Query) searches() ([]search, error) {
	clauses, err := q.clauses()
	if err != nil {
		return nil, err
	}
	base := search{sort: "['" + string(orDefault(q.Sort, NewestUploaded)) + "']", context: string(orDefault(q.Context, Customer))}
	with := func(more ...string) search {
		s := base
		s.filters = strings.Join(append(append([]string{}, clauses...), more...), " AND ")
		return s
	}
	const hidden = "settings.hidden:true"
	switch q.Hidden {
	case OnlyHidden:
		return []search{with(hidden)}, nil
	case IncludeHidden:
		// It is not certain whether a search without the setting also finds hidden photos. So both
		// searches are sent.
		return []search{with(), with(hidden)}, nil
	}
	return []search{with()}, nil
}

func orDefault[T ~string](v, otherwise T) T {
	if v == "" {
		return otherwise
	}
	return v
}

// clauses returns the conditions of a query that the service can check.
func (q Query) clauses() ([]string, error) {
	if !q.From.IsZero() && !q.To.IsZero() && !q.From.Before(q.To) {
		return nil, errors.New("the query ends before it begins")
	}
	types, err := q.types()
	if err != nil {
		return nil, err
	}
	clauses := []string{anyOf("type", types)}
	if years := q.years(); len(years) > 0 {
		clauses = append(clauses, anyOf("timeYear", years))
	}
	if q.Favorite {
		clauses = append(clauses, "favorite:(true)")
	}
	for _, c := range []struct {
		field  string
		values []string
	}{{"people", q.People}, {"things", q.Things}, {"location", q.Location}} {
		if err := checkValues(c.field, c.values); err != nil {
			return nil, err
		}
		if len(c.values) > 0 {
			clauses = append(clauses, anyOf(c.field, c.values))
		}
	}
	if q.Raw != "" {
		clauses = append(clauses, q.Raw)
	}
	return clauses, nil
}

func (q Query) types() (types []string, err error) {
	for _, t := range q.Types {
		if t != Photos && t != Videos {
			return nil, fmt.Errorf("%q is no type of media", t)
		}
		types = append(types, string(t))
	}
	if len(types) == 0 {
		types = []string{string(Photos), string(Videos)}
	}
	return types, nil
}

func checkValues(field string, values []string) error {
	for _, v := range values {
		if v == "" || strings.ContainsAny(v, `()":`) {
			return fmt.Errorf("%q is no value of %s", v, field)
		}
	}
	return nil
}

// anyOf returns the clause that a field has one of the values.
func anyOf(field string, values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = v
		if strings.Contains(v, " ") {
			quoted[i] = `"` + v + `"`
		}
	}
	return field + ":(" + strings.Join(quoted, " OR ") + ")"
}

// mostYears is the largest number of years in a clause. For a longer time the years are left out,
// because the results are checked by matches anyway.
const mostYears = 40

// years returns the years in which a photo of the query can have been taken, nil if they are too
// many or not limited. It is not known which date the service uses, perhaps it is one in another
// time zone. So a day is added at each end.
func (q Query) years() (years []string) {
	if q.From.IsZero() || q.To.IsZero() {
		return nil
	}
	from, to := q.From.AddDate(0, 0, -1).Year(), q.To.AddDate(0, 0, 1).Year()
	if to-from >= mostYears {
		return nil
	}
	for y := from; y <= to; y++ {
		years = append(years, fmt.Sprint(y))
	}
	return years
}

// matches checks those conditions that the service cannot check or does not check reliably.
func (q Query) matches(n *acd.Node) bool {
	if n.Status != acd.StatusAvailable || n.Kind != acd.KindFile {
		return false
	}
	hidden := n.Settings.Hidden
	if q.Hidden == ExcludeHidden && hidden || q.Hidden == OnlyHidden && !hidden || q.Favorite && !n.Settings.Favorite {
		return false
	}
	taken, _ := CaptureTime(n)
	return (q.From.IsZero() || !taken.Before(q.From)) && (q.To.IsZero() || taken.Before(q.To))
}
