package photos

import (
	"strconv"
	"strings"
)

// cookiesOfLines reads cookies.txt, rows of a table, header lines and lines of name=value. Each
// line may have another form.
func cookiesOfLines(text string) (all []pasted) {
	for line := range strings.Lines(text) {
		line = strings.Trim(line, "\r\n")
		if p, ok := cookieOfTextFile(line); ok {
			all = append(all, p)
		} else if p, ok := cookieOfRow(line); ok {
			all = append(all, p)
		} else {
			all = append(all, cookiesOfHeader(line)...)
		}
	}
	return all
}

// cookieOfTextFile reads a line of cookies.txt. Its fields are: domain, whether subdomains get it,
// path, whether it is sent by TLS only, expiry, name, value. If tabs were changed to blanks, it
// splits at blanks.
func cookieOfTextFile(line string) (pasted, bool) {
	line = strings.TrimPrefix(strings.TrimSpace(line), "#HttpOnly_")
	fields := strings.Split(line, "\t")
	if len(fields) == 1 {
		fields = strings.Fields(line)
	}
	if len(fields) != 7 || !isFlag(fields[1]) || !isFlag(fields[3]) || strings.HasPrefix(line, "#") {
		return pasted{}, false
	}
	seconds, err := strconv.ParseFloat(fields[4], 64)
	if err != nil {
		return pasted{}, false
	}
	return pasted{name: fields[5], value: strings.TrimSpace(fields[6]), domain: fields[0], expires: expiry(seconds)}, true
}

func isFlag(text string) bool { return text == "TRUE" || text == "FALSE" }

// cookieOfRow reads a row of the table of cookies in the developer tools: name, value, domain,
// path, expiry, and more.
func cookieOfRow(line string) (pasted, bool) {
	fields := strings.Split(line, "\t")
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	if len(fields) < 2 || strings.ContainsAny(fields[0], "=:") {
		return pasted{}, false
	}
	p := pasted{name: fields[0], value: fields[1]}
	if len(fields) > 2 && strings.Contains(fields[2], ".") {
		p.domain = fields[2]
	}
	if len(fields) > 4 {
		p.expires = expiryText(fields[4])
	}
	return p, true
}

// cookiesOfHeader reads a Cookie header, with or without "Cookie:". A single name=value pair is
// enough.
func cookiesOfHeader(line string) (all []pasted) {
	line = unwrap(strings.TrimSpace(line))
	if name, value, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(name), "cookie") {
		line = value
	}
	for pair := range strings.SplitSeq(line, ";") {
		if name, value, ok := strings.Cut(pair, "="); ok {
			all = append(all, pasted{name: strings.TrimSpace(name), value: strings.TrimSpace(value)})
		}
	}
	return all
}

// unwrap removes the quotes around a whole line. Quotes around a value are part of the value and
// stay.
func unwrap(line string) string {
	for _, quote := range []string{`"`, `'`} {
		if inner, ok := strings.CutPrefix(line, quote); ok {
			return strings.TrimSuffix(inner, quote)
		}
	}
	return line
}
