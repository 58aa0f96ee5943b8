package photos

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// These patterns match the programs that "Copy as PowerShell" and "Copy as fetch" produce. Their
// quoting differs from that of a command line.
var (
	scriptStart = regexp.MustCompile(`(?i)Invoke-WebRequest|System\.Net\.Cookie\(|\bfetch\(`)
	netCookie   = regexp.MustCompile("System\\.Net\\.Cookie\\(" + powerShellText + "\\s*,\\s*" + powerShellText +
		"(?:\\s*,\\s*" + powerShellText + "\\s*,\\s*" + powerShellText + ")?")
	powerShellHeader = regexp.MustCompile("(?i)[\"']cookie[\"']\\s*=\\s*" + powerShellText)
	fetchHeader      = regexp.MustCompile(`(?i)"cookie"\s*:\s*("(?:[^"\\]|\\.)*")`)
)

const powerShellText = "\"((?:[^\"`]|`.)*)\""

func isScript(text string) bool { return scriptStart.MatchString(text) }

func cookiesOfScript(text string) (all []pasted) {
	for _, m := range netCookie.FindAllStringSubmatch(text, -1) {
		all = append(all, pasted{name: unescapePowerShell(m[1]), value: unescapePowerShell(m[2]), domain: unescapePowerShell(m[4])})
	}
	for _, m := range powerShellHeader.FindAllStringSubmatch(text, -1) {
		all = append(all, cookiesOfHeader(unescapePowerShell(m[1]))...)
	}
	for _, m := range fetchHeader.FindAllStringSubmatch(text, -1) {
		var header string
		if json.Unmarshal([]byte(m[1]), &header) == nil {
			all = append(all, cookiesOfHeader(header)...)
		}
	}
	return all
}

var powerShellEscape = regexp.MustCompile("`(.)")

func unescapePowerShell(text string) string { return powerShellEscape.ReplaceAllString(text, "$1") }

// commandStart matches a curl command, also in the middle of a text, or a part of such a command
// that begins with an option.
var commandStart = regexp.MustCompile(`(?im)^[\s$>]*curl(?:\.exe)?\s|^\s*(?:-b|-H|--cookie|--header)\b`)

func isCommand(text string) bool { return commandStart.MatchString(text) }

// cookiesOfCommand reads the options of curl that carry cookies.
func cookiesOfCommand(text string) (all []pasted, err error) {
	words, whole := splitCommand(text)
	if !whole {
		return nil, errCutOff
	}
	for i, word := range words {
		next := ""
		if i+1 < len(words) {
			next = words[i+1]
		}
		if cookies, ok := option(word, next, "-b", "--cookie"); ok {
			all = append(all, cookiesOfHeader(cookies)...)
		}
		header, _ := option(word, next, "-H", "--header")
		if name, _, _ := strings.Cut(header, ":"); strings.EqualFold(strings.TrimSpace(name), "cookie") {
			all = append(all, cookiesOfHeader(header)...)
		}
	}
	return all, nil
}

// option returns the value of an option, which is the next word or the rest of this word.
func option(word, next, short, long string) (value string, ok bool) {
	if word == short || word == long {
		return next, true
	}
	if value, ok = strings.CutPrefix(word, long+"="); ok || strings.HasPrefix(word, "--") {
		return value, ok
	}
	return strings.CutPrefix(word, short)
}

// splitCommand splits a command line as a shell does. whole is false if a quote is not closed.
func splitCommand(text string) (words []string, whole bool) {
	c := &command{rest: text}
	if windowsLine.MatchString(text) {
		c.rest, c.windows = caretEscape.ReplaceAllStringFunc(text, withoutCaret), true
	}
	for c.rest != "" {
		c.step()
	}
	c.endWord()
	return c.words, !c.cut
}

// windowsLine matches a command line for cmd, which quotes with carets or has carets at the ends of
// its lines. caretEscape matches one escape with a caret.
var (
	windowsLine = regexp.MustCompile(`\^"|\^\r?\n`)
	caretEscape = regexp.MustCompile(`\^(?:(?:\r?\n)+|[^\r\n])`)
)

func withoutCaret(escape string) string {
	if strings.HasSuffix(escape, "\n") {
		return " "
	}
	return escape[1:]
}

// A command is a command line that is being split.
type command struct {
	rest    string
	windows bool // two quotes inside of quotes mean one quote
	words   []string
	word    strings.Builder
	inWord  bool // a word has begun; it may be empty
	cut     bool
}

// lineEnd matches the end of a line that is continued, as bash and PowerShell write it.
var lineEnd = regexp.MustCompile("^[\\\\`]\\r?\\n")

func (c *command) step() {
	if end := lineEnd.FindString(c.rest); end != "" {
		c.rest = c.rest[len(end):]
		c.endWord()
		return
	}
	first := c.rest[0]
	switch {
	case strings.HasPrefix(c.rest, "$'"):
		c.rest = c.rest[2:]
		c.quoted('\'', true)
	case first == '\'' || first == '"':
		c.rest = c.rest[1:]
		c.quoted(first, false)
	case first == ' ' || first == '\t' || first == '\n' || first == '\r':
		c.rest = c.rest[1:]
		c.endWord()
	case first == '\\' && len(c.rest) > 1:
		c.take(c.rest[1:2], 2)
	default:
		c.take(c.rest[:1], 1)
	}
}

// take adds text to the word, and removes the next n bytes of the rest.
func (c *command) take(text string, n int) {
	c.word.WriteString(text)
	c.rest = c.rest[n:]
	c.inWord = true
}

func (c *command) endWord() {
	if c.inWord {
		c.words = append(c.words, c.word.String())
	}
	c.word.Reset()
	c.inWord = false
}

// quoted reads to the end of a quoted part. Its opening quote was read already. If cLike is true,
// backslash escapes mean characters as in the language C.
func (c *command) quoted(quote byte, cLike bool) {
	c.inWord = true
	for c.rest != "" {
		switch b := c.rest[0]; {
		case b == quote && c.windows && len(c.rest) > 1 && c.rest[1] == quote:
			c.take(c.rest[:1], 2)
		case b == quote:
			c.rest = c.rest[1:]
			return
		case b == '\\' && cLike:
			c.cEscape()
		case b == '\\' && quote == '"' && len(c.rest) > 1 && strings.IndexByte("\"\\$`", c.rest[1]) >= 0:
			c.take(c.rest[1:2], 2)
		default:
			c.take(c.rest[:1], 1)
		}
	}
	c.cut = true
}

// cEscape reads one escape in $'…'. Browsers write \uXXXX, and a backslash before quotes and
// backslashes.
func (c *command) cEscape() {
	for _, form := range []struct {
		begin        string
		digits, base int
	}{{`\u`, 4, 16}, {`\x`, 2, 16}, {`\`, 3, 8}} {
		digits, ok := strings.CutPrefix(c.rest, form.begin)
		if !ok || len(digits) < form.digits {
			continue
		}
		if n, err := strconv.ParseUint(digits[:form.digits], form.base, 32); err == nil && n <= utf8.MaxRune {
			c.take(string(rune(n)), len(form.begin)+form.digits)
			return
		}
	}
	if len(c.rest) == 1 {
		c.take("", 1)
		return
	}
	c.take(c.rest[1:2], 2) // escapes such as \n become their letter; no cookie contains a line break
}
