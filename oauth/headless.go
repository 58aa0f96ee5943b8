package oauth

import (
	"bufio"
	"context"
	"crypto/subtle"
	"errors"
	"io"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
)

const maxPaste = 16 << 10

// headless asks for the address until it gets one that belongs to this sign-in. A Read of
// opts.Input cannot be cancelled: if ctx ends first, a goroutine stays blocked in Read.
func (a *attempt) headless(ctx context.Context, opts LoginOptions) (*oauth2.Token, error) {
	printf(opts.Output, "Open this link in a browser, on any machine, and sign in:\n\n%s\n\n"+
		"The browser then goes to %s, a page that need not load.\n"+
		"Paste its whole address (or the code in it) here:\n", a.link(), a.conf.RedirectURL)
	lines := readLines(ctx, opts.Input)
	var last error
	for {
		var line string
		select {
		case got, ok := <-lines:
			if !ok {
				if last == nil {
					last = ErrNoCode
				}
				return nil, &Error{Op: opSignIn, Err: last}
			}
			line = got
		case <-ctx.Done():
			return nil, ended(ctx, last)
		}
		code, err := a.readPaste(line)
		if e, final := errors.AsType[*Error](err); final {
			return nil, e
		}
		if err != nil {
			last = err
			printf(opts.Output, "This is not it: %v. Paste the address again:\n", err)
			continue
		}
		return a.finish(ctx, code)
	}
}

// readPaste returns the code in line, which is an address, the query of one, or the code alone. A
// code alone comes without a state, so that only PKCE shows whether it belongs to this sign-in.
func (a *attempt) readPaste(line string) (code string, err error) {
	line = strings.Trim(strings.TrimSpace(line), `"'<>`)
	if line == "" {
		return "", ErrNoCode
	}
	_, query, isAddress := strings.Cut(line, "?")
	if !isAddress && (strings.Contains(line, "code=") || strings.Contains(line, "error=")) {
		query, isAddress = line, true
	}
	if !isAddress {
		if strings.ContainsFunc(line, func(r rune) bool { return r <= ' ' || r > '~' }) || strings.Contains(line, "://") {
			return "", ErrNoCode
		}
		return line, nil
	}
	query, _, _ = strings.Cut(query, "#")
	values, err := url.ParseQuery(query)
	if err != nil {
		return "", ErrNoCode
	}
	return a.readAnswer(values)
}

// readAnswer checks the values with which the browser comes back. If the error is an [*Error], this
// sign-in was refused. Any other error means that the values belong to another sign-in.
func (a *attempt) readAnswer(v url.Values) (code string, err error) {
	if subtle.ConstantTimeCompare([]byte(v.Get("state")), []byte(a.state)) != 1 {
		return "", ErrWrongState
	}
	if v.Has("error") {
		return "", a.refusal(v.Get("error"), v.Get("error_description"))
	}
	if v.Get("code") == "" {
		return "", &Error{Op: opSignIn, Err: ErrNoCode}
	}
	return v.Get("code"), nil
}

// readLines sends the lines of r. At the end of r it closes the channel.
func readLines(ctx context.Context, r io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(r)
		scanner.Buffer(nil, maxPaste)
		for scanner.Scan() {
			select {
			case lines <- scanner.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}
