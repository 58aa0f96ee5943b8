package oauth

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrSignInAgain means that no refresh will help: nobody is signed in, or the
	// person removed the program's access, or the refresh token was lost. Only a
	// new sign-in does.
	ErrSignInAgain = errors.New("sign in again")

	// ErrNoToken means that a store is empty. It is also an [ErrSignInAgain].
	ErrNoToken = fmt.Errorf("oauth: the store holds no token: %w", ErrSignInAgain)

	// ErrNoClientID means that a [Config] has no ClientID.
	ErrNoClientID = errors.New("oauth: Config.ClientID is empty: it is the client id of a Login with Amazon security profile " +
		"(developer.amazon.com, Login with Amazon, Security Profile, Web Settings) that was allow-listed for Amazon Drive; " +
		"no new profiles are accepted, so take the keys that you have, for example from an rclone remote, or those of an OAuth proxy")

	// ErrAccessDenied means that the person did not give access.
	ErrAccessDenied = errors.New("access was denied")

	// ErrWrongState means that an answer from the browser does not belong to this
	// sign-in: it comes from an older one, or from somebody else.
	ErrWrongState = errors.New("the answer belongs to another sign-in (wrong state)")

	// ErrNoCode means that an answer from the browser holds neither a code nor an
	// error.
	ErrNoCode = errors.New("the answer holds no authorization code")
)

// Error is a failed request to the token server, or a refusal that the browser
// brought back.
type Error struct {
	Op          string // "sign in" or "refresh"
	StatusCode  int    // 0 if there was no answer, or if the browser brought it
	Code        string // OAuth's error code, such as "invalid_grant"; empty if the answer had none
	Description string // the server's words, without anything secret
	Attempts    int    // requests made
	Err         error  // what errors.Is looks at: ErrSignInAgain, ErrAccessDenied, a network error; may be nil
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
