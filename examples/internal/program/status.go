package program

import (
	"errors"
	"fmt"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/oauth"
)

// The exit statuses.
const (
	failure     = 1
	usage       = 2
	signInAgain = 3
)

// ErrReported is returned by a command that failed and has printed all errors itself.
var ErrReported = errors.New("reported")

// usageError means that the command line is wrong.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// Usagef returns an error about the command line. The exit status is then 2.
func Usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// statusOf returns the exit status of an error.
func statusOf(err error) int {
	if _, ok := errors.AsType[usageError](err); ok {
		return usage
	}
	if errors.Is(err, oauth.ErrSignInAgain) || errors.Is(err, acd.ErrUnauthorized) {
		return signInAgain
	}
	return failure
}

// Advice says what to do about an error. Do is "" if the error says it itself.
type Advice struct {
	Is error
	Do string
}

// Advise adds to an error the first advice that matches it.
func Advise(err error, all []Advice) error {
	for _, a := range all {
		switch {
		case !errors.Is(err, a.Is):
		case a.Do == "":
			return err
		default:
			return fmt.Errorf("%w (%s)", err, a.Do)
		}
	}
	return err
}
