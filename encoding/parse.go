package encoding

import (
	"fmt"
	"strconv"
	"strings"
)

var flagNames = []struct {
	flag Encoding
	name string
}{
	{Slash, "Slash"}, {LtGt, "LtGt"}, {DoubleQuote, "DoubleQuote"}, {SingleQuote, "SingleQuote"}, {BackQuote, "BackQuote"},
	{Dollar, "Dollar"}, {Colon, "Colon"}, {Question, "Question"}, {Asterisk, "Asterisk"}, {Pipe, "Pipe"}, {Hash, "Hash"},
	{Percent, "Percent"}, {BackSlash, "BackSlash"}, {CrLf, "CrLf"}, {Del, "Del"}, {Ctl, "Ctl"}, {LeftSpace, "LeftSpace"},
	{LeftPeriod, "LeftPeriod"}, {LeftTilde, "LeftTilde"}, {LeftCrLfHtVt, "LeftCrLfHtVt"}, {RightSpace, "RightSpace"},
	{RightPeriod, "RightPeriod"}, {RightCrLfHtVt, "RightCrLfHtVt"}, {InvalidUtf8, "InvalidUtf8"}, {Dot, "Dot"},
	{SquareBracket, "SquareBracket"}, {Semicolon, "Semicolon"},
}

// Parse reads a comma-separated list of flag names, in the form that [Encoding.String] and rclone
// write. Spaces around a name are allowed. A number such as 0x3000002 may stand in place of a name.
// Names are case-sensitive. An unknown or empty name is an error.
func Parse(text string) (Encoding, error) {
	var e Encoding
	for name := range strings.SplitSeq(text, ",") {
		flag, err := parseFlag(strings.TrimSpace(name))
		if err != nil {
			return None, fmt.Errorf("encoding %q: %w", text, err)
		}
		e |= flag
	}
	return e, nil
}

func parseFlag(name string) (Encoding, error) {
	if name == "None" {
		return None, nil
	}
	for _, f := range flagNames {
		if f.name == name {
			return f.flag, nil
		}
	}
	if n, err := strconv.ParseUint(name, 0, 64); err == nil {
		return Encoding(n), nil
	}
	return None, fmt.Errorf("no flag is named %q; there are None%s", name, allNames())
}

func allNames() string {
	var b strings.Builder
	for _, f := range flagNames {
		b.WriteString(", " + f.name)
	}
	return b.String()
}

// String lists the names of the flags in the order of their values. Bits that belong to no flag
// come last, as one number.
func (e Encoding) String() string {
	if e == None {
		return "None"
	}
	var names []string
	for _, f := range flagNames {
		if e&f.flag != 0 {
			names = append(names, f.name)
			e &^= f.flag
		}
	}
	if e != 0 {
		names = append(names, fmt.Sprintf("0x%X", uint64(e)))
	}
	return strings.Join(names, ",")
}

// Set implements flag.Value.
func (e *Encoding) Set(text string) error {
	parsed, err := Parse(text)
	if err == nil {
		*e = parsed
	}
	return err
}

// MarshalText returns the text of [Encoding.String], which [Parse] reads.
func (e Encoding) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads the text with [Parse].
func (e *Encoding) UnmarshalText(text []byte) error { return e.Set(string(text)) }
