package oauth

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrSignInAgain means that a refresh cannot help: nobody is signed in, or the person removed
	// the program's access, or the refresh token was lost. Only a new sign-in helps.
	ErrSignInAgain = errors.New("sign in again")

	// ErrNoToken means that a store is empty. errors.Is also finds [ErrSignInAgain] in it.
	ErrNoToken = fmt.Errorf("oauth: the store holds no token: %w", ErrSignInAgain)

	// ErrNoClientID means that a [Config] has no ClientID.
	ErrNoClientID = errors.New("oauth: Config.ClientID is empty: it is the client id of a Login with Amazon security profile " +
		"(developer.amazon.com, Login with Amazon, Security Profile, Web Settings) that was allow-listed for Amazon Drive; " +
		"no new profiles are accepted, so take the keys that you have, for example from an rclone remote, or those of an OAuth proxy")

	// ErrAccessDenied means that the person refused access.
	ErrAccessDenied = errors.New("access was denied")

	// ErrWrongState means that the browser came back with the state of another sign-in: an older
	// one, or one that somebody else started.
	ErrWrongState = errors.New("the answer belongs to another sign-in (wrong state)")

	// ErrNoCode means that the browser came back with neither a code nor an error.
	ErrNoCode = errors.New("the answer holds no authorization code")
)

// Error describes a failed request to the token server, or a refusal with which the browser came
// back.
type Error struct {
	Op          string // "sign in" or "refresh"
	StatusCode  int    // 0 if there was no response, or if the browser brought the refusal
	Code        string // OAuth's error code, such as "invalid_grant"; empty if there was none
	Description string // the server's text, without secrets
	Attempts    int    // how many requests were made
	Err         error  // the cause for errors.Is: ErrSignInAgain, ErrAccessDenied, a network error; may be nil
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("oauth: " + e.Op)
	if e.Code != "" {
		b.WriteString(": " + e.Code)
	}
	if e.StatusCode != 0 {
		fmt.Fprintf(&b, ": status %d", e.StatusCode)
	}
	if e.Description != "" {
		b.WriteString(": " + e.Description)
	}
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, " (%d attempts)", e.Attempts)
	}
	return b.String()
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }
