package mocks

import (
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"
)

// The limits of the service. Lengths of texts are in UTF-16 units, except maxKey, which is in
// bytes.
const (
	maxName        = 280
	maxLabels      = 10
	maxLabel       = 256
	maxDescription = 500
	maxProperties  = 10
	maxKey         = 50
	maxValue       = 500
	maxBulk        = 50
	maxPage        = 200
	maxJSON        = 1 << 20
)

func utf16Len(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r >= 0x10000 {
			n++
		}
	}
	return n
}

func checkName(name string) error {
	switch {
	case name == "":
		return refuse(http.StatusBadRequest, "", "1 validation error detected: Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1")
	case !utf8.ValidString(name):
		return refuse(http.StatusBadRequest, "", "The name is not valid UTF-8")
	case strings.ContainsRune(name, 0):
		return refuse(http.StatusBadRequest, "", "The name must not contain NUL")
	case utf16Len(name) > maxName:
		return errTooLong(name, "name", maxName)
	}
	return nil
}

func checkLabels(labels []string) error {
	if len(labels) > maxLabels {
		return errTooLong("["+strings.Join(labels, ", ")+"]", "labels", maxLabels)
	}
	for _, l := range labels {
		if utf16Len(l) > maxLabel {
			return errTooLong(l, "labels", maxLabel)
		}
	}
	return nil
}

func checkDescription(s string) error {
	if utf16Len(s) > maxDescription {
		return errTooLong(s, "description", maxDescription)
	}
	return nil
}

func checkProperty(key, value string) error {
	ok := key != "" && len(key) <= maxKey
	for _, c := range []byte(key) {
		ok = ok && (c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z')
	}
	if !ok {
		return refuse(http.StatusBadRequest, "", "1 validation error detected: Value '%s' at 'key' failed to satisfy constraint: Member must satisfy regular expression pattern: [A-Za-z0-9_]{1,50}", key)
	}
	if utf16Len(value) > maxValue {
		return errTooLong(value, "value", maxValue)
	}
	return nil
}

// checkProperties checks the properties in a request body. A caller may write only properties whose
// owner is the caller itself.
func checkProperties(groups map[string]map[string]string, owner string) error {
	for of, group := range groups {
		if of != owner {
			return errForeignOwner
		}
		if len(group) > maxProperties {
			return errTooManyProperties
		}
		for k, v := range group {
			if err := checkProperty(k, v); err != nil {
				return err
			}
		}
	}
	return nil
}

var (
	errForeignOwner      = refuse(http.StatusForbidden, "", "Properties of another application cannot be changed")
	errTooManyProperties = refuse(http.StatusBadRequest, "", "A node cannot have more than 10 properties of one owner")
	errNotObject         = refuse(http.StatusBadRequest, "", "The request body is not a JSON object")
)

// object decodes a body that must be a JSON object. The values are not decoded yet.
func object(body []byte) (map[string]json.RawMessage, error) {
	var m map[string]json.RawMessage
	if !utf8.Valid(body) {
		return nil, refuse(http.StatusBadRequest, "", "The request body is not valid UTF-8")
	}
	if err := json.Unmarshal(body, &m); err != nil || m == nil {
		return nil, errNotObject
	}
	return m, nil
}

// field decodes the value of one key into v. If the key is absent, v does not change.
func field(m map[string]json.RawMessage, key string, v any) error {
	raw, ok := m[key]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return refuse(http.StatusBadRequest, "", "The value of %s has the wrong type", key)
	}
	return nil
}
