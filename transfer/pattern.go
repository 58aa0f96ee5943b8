package transfer

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/acd-sdk/acd"
)

func compileAll(patterns []string, ignoreCase bool) ([]*regexp.Regexp, error) {
	var list []*regexp.Regexp
	for _, text := range patterns {
		p, err := compilePattern(text, ignoreCase)
		if err != nil {
			return nil, fmt.Errorf("transfer: %w: the pattern %q: %w", acd.ErrInvalid, text, err)
		}
		list = append(list, p)
	}
	return list, nil
}

// compilePattern turns a pattern into a regular expression. The expression is for paths of files,
// and for paths of folders with a slash at the end.
func compilePattern(text string, ignoreCase bool) (*regexp.Regexp, error) {
	if err := checkPattern(text); err != nil {
		return nil, err
	}
	start, end := "(?:^|/)", "/?$"
	text = norm.NFC.String(text)
	if rest, ok := strings.CutPrefix(text, "./"); ok {
		text = "/" + rest
	}
	if rest, ok := strings.CutPrefix(text, "/"); ok {
		text, start = rest, "^"
	}
	if rest, ok := strings.CutSuffix(text, "/"); ok {
		text, end = rest, "/.*$" // a folder and everything in it
	}
	if err := checkElements(text); err != nil {
		return nil, err
	}
	t := translator{rest: text, atStart: true}
	if err := t.translate(); err != nil {
		return nil, err
	}
	flags := "(?s)"
	if ignoreCase {
		flags = "(?si)"
	}
	return regexp.Compile(flags + start + "(?:" + t.out.String() + ")" + end)
}

// checkPattern refuses text that other programs read as a rule or a comment. Here such a text would
// only match a file with this unusual name, so the rule would have no effect.
func checkPattern(text string) error {
	for _, prefix := range []string{"!", "#", "- ", "+ "} {
		if strings.HasPrefix(text, prefix) {
			return fmt.Errorf("%q at its start means something else in other programs, and nothing here; for the character itself, write \\%s", prefix, prefix)
		}
	}
	if strings.Contains(text, "{{") {
		return fmt.Errorf("regular expressions in {{ }} are not supported")
	}
	if !utf8.ValidString(text) {
		return fmt.Errorf("it is not UTF-8")
	}
	return nil
}

func checkElements(text string) error {
	for element := range strings.SplitSeq(text, "/") {
		switch element {
		case "":
			return fmt.Errorf("it has an empty part")
		case ".", "..":
			return fmt.Errorf("no path that is copied has the part %q", element)
		}
	}
	return nil
}

// translator writes the regular expression of one pattern.
type translator struct {
	rest    string
	out     strings.Builder
	atStart bool  // of an element of the path
	braces  []int // number of commas seen in each open brace
}

func (t *translator) translate() error {
	for t.rest != "" {
		atStart := t.atStart
		t.atStart = false
		if t.doubleStar(atStart) {
			continue
		}
		c, size := utf8.DecodeRuneInString(t.rest)
		t.rest = t.rest[size:]
		if err := t.one(c); err != nil {
			return err
		}
	}
	if len(t.braces) > 0 {
		return fmt.Errorf("{ without }")
	}
	return nil
}

// doubleStar translates ** and the slashes beside it, and reports whether it found one. If ** is a
// whole part of the path, it stands for any number of folders, also for none.
func (t *translator) doubleStar(atStart bool) bool {
	after := func(prefix string) (string, bool) {
		rest, ok := strings.CutPrefix(t.rest, prefix)
		return rest, ok && !(strings.HasSuffix(prefix, "*") && strings.HasPrefix(rest, "*"))
	}
	ends := func(rest string) bool { return rest == "" || len(t.braces) > 0 && strings.ContainsAny(rest[:1], ",}") }
	if rest, ok := after("/**/"); ok {
		t.rest, t.atStart = rest, true
		t.out.WriteString("/(?:.*/)?")
		return true
	}
	if rest, ok := after("/**"); ok && ends(rest) {
		t.rest = rest
		t.out.WriteString("(?:/.*)?")
		return true
	}
	if rest, ok := after("**/"); ok && atStart {
		t.rest, t.atStart = rest, true
		t.out.WriteString("(?:.*/)?")
		return true
	}
	if rest, ok := after("**"); ok {
		t.rest = rest
		t.out.WriteString(".*")
		return true
	}
	return false
}

func (t *translator) one(c rune) error {
	switch c {
	case '*':
		if strings.HasPrefix(t.rest, "*") {
			return fmt.Errorf("*** means nothing here")
		}
		t.out.WriteString("[^/]*")
	case '?':
		t.out.WriteString("[^/]")
	case '[':
		return t.class()
	case '{', '}', ',':
		return t.brace(c)
	case '\\':
		c, err := t.escaped()
		t.out.WriteString(regexp.QuoteMeta(string(c)))
		return err
	default:
		t.atStart = c == '/'
		t.out.WriteString(regexp.QuoteMeta(string(c)))
	}
	return nil
}

// brace translates {a,b}.
func (t *translator) brace(c rune) error {
	open := len(t.braces)
	switch {
	case c == '{':
		t.braces = append(t.braces, 0)
		t.out.WriteString("(?:")
		t.atStart = true
	case c == ',' && open > 0:
		t.braces[open-1]++
		t.out.WriteString("|")
		t.atStart = true
	case c == ',':
		t.out.WriteString(",")
	case open == 0:
		return fmt.Errorf("} without {; for the character itself, write \\}")
	case t.braces[open-1] == 0:
		return fmt.Errorf("{ } without a comma between them; for the character itself, write \\{")
	default:
		t.braces = t.braces[:open-1]
		t.out.WriteString(")")
	}
	return nil
}

// escaped reads the character after a backslash.
func (t *translator) escaped() (rune, error) {
	c, size := utf8.DecodeRuneInString(t.rest)
	t.rest = t.rest[size:]
	switch {
	case size == 0:
		return c, fmt.Errorf("\\ at its end")
	case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z':
		return c, fmt.Errorf("\\ before %q: folders are separated by /", c)
	}
	return c, nil
}

// class translates [abc], [a-z], and [^abc] or [!abc] for all others.
func (t *translator) class() error {
	unclosed := fmt.Errorf("[ without ]; for the character itself, write \\[")
	t.out.WriteString("[")
	if rest, ok := strings.CutPrefix(t.rest, "^"); ok {
		t.rest = rest
		t.out.WriteString("^/")
	} else if rest, ok := strings.CutPrefix(t.rest, "!"); ok {
		t.rest = rest
		t.out.WriteString("^/")
	}
	for first := true; ; first = false {
		c, size := utf8.DecodeRuneInString(t.rest)
		switch {
		case size == 0:
			return unclosed
		case c == ']' && !first:
			t.rest = t.rest[size:]
			t.out.WriteString("]")
			return nil
		case c == '/' || c == '[' && strings.HasPrefix(t.rest[size:], ":"):
			return fmt.Errorf("%q inside [ ] means nothing here", c)
		}
		if err := t.member(); err != nil {
			return err
		}
	}
}

// member translates one character or range of a class.
func (t *translator) member() error {
	low, err := t.memberChar()
	if err != nil {
		return err
	}
	high := low
	if rest, ok := strings.CutPrefix(t.rest, "-"); ok && rest != "" && rest[0] != ']' {
		t.rest = rest
		if high, err = t.memberChar(); err != nil {
			return err
		}
	}
	if high < low {
		return fmt.Errorf("the range %c-%c is empty", low, high)
	}
	if low <= '/' && high >= '/' { // no class matches a slash
		if low < '/' {
			fmt.Fprintf(&t.out, `\x{%x}-\x{%x}`, low, '/'-1)
		}
		low = '/' + 1
	}
	if low <= high {
		fmt.Fprintf(&t.out, `\x{%x}-\x{%x}`, low, high)
	}
	return nil
}

func (t *translator) memberChar() (rune, error) {
	c, size := utf8.DecodeRuneInString(t.rest)
	t.rest = t.rest[size:]
	if c == '\\' {
		return t.escaped()
	}
	return c, nil
}
