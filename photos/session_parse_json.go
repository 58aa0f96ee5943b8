package photos

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// cookiesOfJSON reads an object of names and values, a list of cookies, or an object that has one
// of these as "cookies".
func cookiesOfJSON(text string) ([]pasted, error) {
	var list []jsonCookie
	var object map[string]looseText
	var err error
	if strings.HasPrefix(text, "[") {
		err = json.Unmarshal([]byte(text), &list)
	} else if err = json.Unmarshal([]byte(text), &object); err == nil {
		var outer struct{ Cookies json.RawMessage }
		if json.Unmarshal([]byte(text), &outer) == nil && outer.Cookies != nil {
			object = nil
			if json.Unmarshal(outer.Cookies, &list) != nil {
				err = json.Unmarshal(outer.Cookies, &object)
			}
		}
	}
	if err != nil {
		return nil, faultOfJSON(text)
	}
	var all []pasted
	for _, c := range list {
		all = append(all, c.pasted())
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		value := string(object[name])
		if strings.EqualFold(name, "cookie") {
			all = append(all, cookiesOfHeader(value)...)
		}
		all = append(all, pasted{name: name, value: value})
	}
	return all, nil
}

// faultOfJSON returns the error for a text that could not be read. It does not use the decoder's
// error, because that may contain a part of a cookie.
func faultOfJSON(text string) error {
	var v any
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&v); errors.Is(err, io.ErrUnexpectedEOF) {
		return errCutOff
	}
	return errors.New("the text begins as JSON, but is neither an object of cookies nor a list of them: export the cookies again, or " + howToCopy("the site"))
}

// jsonCookie is a cookie as browser extensions, Playwright and Puppeteer write it.
type jsonCookie struct {
	Name           looseText `json:"name"`
	Value          looseText `json:"value"`
	Domain         looseText `json:"domain"`
	ExpirationDate looseTime `json:"expirationDate"`
	Expires        looseTime `json:"expires"`
}

func (c jsonCookie) pasted() pasted {
	p := pasted{name: string(c.Name), value: string(c.Value), domain: string(c.Domain), expires: time.Time(c.ExpirationDate)}
	if p.expires.IsZero() {
		p.expires = time.Time(c.Expires)
	}
	return p
}

// looseText is a string. If the JSON value is not a string, it is "".
type looseText string

func (t *looseText) UnmarshalJSON(text []byte) error {
	var s string
	if json.Unmarshal(text, &s) == nil {
		*t = looseText(s)
	}
	return nil
}

// looseTime is a time, from a number of seconds or a date. If the JSON value is something else, it
// is zero.
type looseTime time.Time

func (t *looseTime) UnmarshalJSON(text []byte) error {
	var seconds float64
	var date string
	if json.Unmarshal(text, &seconds) == nil {
		*t = looseTime(expiry(seconds))
	} else if json.Unmarshal(text, &date) == nil {
		*t = looseTime(expiryText(date))
	}
	return nil
}
