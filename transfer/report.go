package transfer

import (
	"errors"
	"fmt"
	"sync"

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
)

func (a Action) String() string {
	names := [...]string{Copied: "copied", Identical: "identical", LeftOut: "left out", MadeFolder: "made folder", Trashed: "trashed", Failed: "failed"}
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
	Err  error     // of Failed
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
type Report struct {
	DryRun    bool
	Copied    int   // files
	Bytes     int64 // of the files that were copied
	Identical int   // files
	LeftOut   int   // files, and folders with all below them
	Folders   int   // that were made
	Trashed   int   // files, and folders with all below them
	Failed    int   // files, and folders with all below them
	// Failures are the failed ones, the first 1000.
	Failures []Failure
}

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
	return fmt.Sprintf("names that are one to the drive, which compares without case: %q", e.Names)
}

// Unwrap returns [acd.ErrExists].
func (e *CollisionError) Unwrap() error { return acd.ErrExists }

// ErrChanged means that a local file changed while it was read. It is an [acd.ErrChanged].
var ErrChanged = fmt.Errorf("the local file: %w", acd.ErrChanged)

var errInTheWay = errors.New("something else of that name is in the way")

// ledger keeps the report, and calls the caller one call after the other.
type ledger struct {
	mu      sync.Mutex
	report  Report
	onEvent func(Event)
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
