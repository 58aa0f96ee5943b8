package transfer

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/acd-sdk/acd"
)

// Action is what was done with a file or a folder, or would be in a dry run.
type Action int

const (
	Copied     Action = iota + 1 // the content moved and was verified
	Identical                    // the same content is there already
	LeftOut                      // not to be copied: see [Event.Why]
	MadeFolder                   //
	Trashed                      // moved to the drive's trash by Mirror, with all below it
	Failed                       // see [Event.Err]
	NotReached                   // the run ended before it was done with: see [Event.Err]
)

func (a Action) String() string {
	names := [...]string{Copied: "copied", Identical: "identical", LeftOut: "left out", MadeFolder: "made folder",
		Trashed: "trashed", Failed: "failed", NotReached: "not reached"}
	if a > 0 && int(a) < len(names) {
		return names[a]
	}
	return fmt.Sprintf("Action(%d)", int(a))
}

// Event is the end of one file or folder.
type Event struct {
	Action Action
	// Path is relative to the directory that is copied and has slashes between its
	// names, which are those of the caller's world; a slash inside a name stays
	// encoded. "." is the directory itself.
	Path string
	Size int64     // bytes of a file
	Node *acd.Node // on the drive, if it is known
	Why  string    // of LeftOut
	Err  error     // of Failed, and of NotReached: why the run ended
}

// Failure is one file or folder that was not copied.
type Failure struct {
	Path string // see [Event.Path]
	Err  error
}

func (f Failure) Error() string { return fmt.Sprintf("%q: %v", f.Path, f.Err) }

// Unwrap returns Err.
func (f Failure) Unwrap() error { return f.Err }

// maxFailures is how many failures a report keeps: enough to act on, not enough
// to fill the memory when a disk dies.
const maxFailures = 1000

// Report is what became of the whole. In a dry run it is what would.
//
// Each file that the run came across is in exactly one of Copied, Identical, LeftOut, Failed and
// NotReached, also if the run ended early. A folder is in one of the last three if the run did not go
// into it, with all below it.
type Report struct {
	DryRun     bool
	Copied     int   // files
	Bytes      int64 // of the files that were copied
	Identical  int   // files
	LeftOut    int   // files, and folders with all below them
	Folders    int   // that were made
	Trashed    int   // files, and folders with all below them
	Failed     int   // files, and folders with all below them, or whose modification time could not be kept
	NotReached int   // files, and folders with all below them
	// Failures are the failed ones, the first 1000.
	Failures []Failure
	// GivenUp are the kinds of content that the account has no room for. Each of their files is among
	// the failed ones.
	GivenUp []GivenUp
}

// Seen is how many files the run came across, and folders that it did not go into.
func (r *Report) Seen() int { return r.Copied + r.Identical + r.LeftOut + r.Failed + r.NotReached }

// Err is nil if nothing failed, else a [*FailedError].
func (r *Report) Err() error {
	if r.Failed == 0 {
		return nil
	}
	return &FailedError{Failed: r.Failed, Failures: r.Failures}
}

// FailedError says that single files failed, while all others were copied.
// errors.Is and errors.As look into every failure that it holds.
type FailedError struct {
	Failed   int
	Failures []Failure // the first 1000
}

func (e *FailedError) Error() string {
	if e.Failed == 1 {
		return "transfer: 1 failure: " + e.Failures[0].Error()
	}
	return fmt.Sprintf("transfer: %d failures, the first: %v", e.Failed, e.Failures[0])
}

// Unwrap returns the failures.
func (e *FailedError) Unwrap() []error {
	errs := make([]error, len(e.Failures))
	for i, f := range e.Failures {
		errs[i] = f
	}
	return errs
}

// CollisionError refuses local names of one folder that are one name to the drive.
// It is an [acd.ErrExists].
type CollisionError struct {
	Names []string // local names
}

func (e *CollisionError) Error() string {
	format := "names that are one to the drive, which compares without case: %q"
	for i, name := range e.Names {
		if slices.ContainsFunc(e.Names[:i], func(other string) bool { return norm.NFC.String(other) == norm.NFC.String(name) }) {
			format = "names that are one, and differ only in how their characters are composed: %+q"
		}
	}
	return fmt.Sprintf(format, e.Names)
}

// Unwrap returns [acd.ErrExists].
func (e *CollisionError) Unwrap() error { return acd.ErrExists }

// ErrChanged means that a local file changed while it was read. It is an [acd.ErrChanged].
var ErrChanged = fmt.Errorf("the local file: %w", acd.ErrChanged)

// ErrEmptySource means that Mirror found no file to copy in the local directory: it may be a disk
// that is not mounted. See [Options.AllowEmptySource].
var ErrEmptySource = errors.New("there is no file to copy in the local directory, and mirroring it would trash all that is on the drive")

// ErrTooManyToTrash means that Mirror trashed nothing, because it would have been more than
// [Options.MaxTrash] and [Options.MaxTrashShare] allow.
var ErrTooManyToTrash = errors.New("mirroring would trash more than is allowed")

var errInTheWay = errors.New("something else of that name is in the way")

// ledger keeps the report, and calls the caller one call after the other.
type ledger struct {
	mu      sync.Mutex
	report  Report
	onEvent func(Event)
	success time.Time // of the last answer that was none of "too many requests"
}

// succeed notes that the drive still does what it is asked.
func (l *ledger) succeed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.success = time.Now()
}

func (l *ledger) sinceSuccess() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Since(l.success)
}

func (l *ledger) emit(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := &l.report
	switch e.Action {
	case Copied:
		r.Copied++
		r.Bytes += e.Size
	case Identical:
		r.Identical++
	case LeftOut:
		r.LeftOut++
	case MadeFolder:
		r.Folders++
	case Trashed:
		r.Trashed++
	case Failed:
		r.Failed++
		if len(r.Failures) < maxFailures {
			r.Failures = append(r.Failures, Failure{e.Path, e.Err})
		}
	case NotReached:
		r.NotReached++
	}
	if l.onEvent != nil {
		l.onEvent(e)
	}
}

func (l *ledger) failed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.report.Failed > 0
}
