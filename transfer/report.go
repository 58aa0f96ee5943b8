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

// Action is what was done with a file or a folder. In a dry run it is what would be done.
type Action int

const (
	Copied     Action = iota + 1 // the content was copied and verified
	Identical                    // the same content was there already
	LeftOut                      // must not be copied: see [Event.Why]
	MadeFolder                   //
	Trashed                      // moved to the drive's trash by Mirror, with everything below it
	Failed                       // see [Event.Err]
	NotReached                   // the run ended before the file or folder was finished: see [Event.Err]
)

func (a Action) String() string {
	names := [...]string{Copied: "copied", Identical: "identical", LeftOut: "left out", MadeFolder: "made folder",
		Trashed: "trashed", Failed: "failed", NotReached: "not reached"}
	if a > 0 && int(a) < len(names) {
		return names[a]
	}
	return fmt.Sprintf("Action(%d)", int(a))
}

// Event is the result for one file or folder.
type Event struct {
	Action Action
	// Path is relative to the directory that is copied and has slashes between its names. The names
	// are decoded; only a slash inside a name stays encoded. "." is the directory itself.
	Path string
	Size int64     // bytes of a file
	Node *acd.Node // node on the drive, if it is known
	Why  string    // reason for LeftOut
	Err  error     // error of Failed; for NotReached, why the run ended
}

// Failure is one file or folder that was not copied.
type Failure struct {
	Path string // see [Event.Path]
	Err  error
}

func (f Failure) Error() string { return fmt.Sprintf("%q: %v", f.Path, f.Err) }

// Unwrap returns Err.
func (f Failure) Unwrap() error { return f.Err }

// maxFailures is how many failures a report keeps. That is enough to act on, and the memory does
// not fill up when a disk dies and all files fail.
const maxFailures = 1000

// Report is the result of a whole run. In a dry run it is what the result would be.
//
// Each file that the run found is counted in exactly one of Copied, Identical, LeftOut, Failed and
// NotReached, also if the run ended early. If the run did not enter a folder, the folder and
// everything below it are counted together, as one, in LeftOut, Failed or NotReached.
type Report struct {
	DryRun     bool
	Copied     int   // files
	Bytes      int64 // of the files that were copied
	Identical  int   // files
	LeftOut    int   // files and folders; a folder with everything below it counts as one
	Folders    int   // folders that were made
	Trashed    int   // files and folders; a folder counts as one
	Failed     int   // files and folders, a folder as one; also those whose modification time could not be kept
	NotReached int   // files and folders; a folder with everything below it counts as one
	// Failures holds the first 1000 failures.
	Failures []Failure
	// GivenUp holds the kinds of content that the account has no room for. Each file that was
	// refused, or not tried, for this reason is counted in Failed.
	GivenUp []GivenUp
}

// Seen returns the number of files that the run found, plus the folders that it did not enter.
func (r *Report) Seen() int { return r.Copied + r.Identical + r.LeftOut + r.Failed + r.NotReached }

// Err returns nil if nothing failed, else a [*FailedError].
func (r *Report) Err() error {
	if r.Failed == 0 {
		return nil
	}
	return &FailedError{Failed: r.Failed, Failures: r.Failures}
}

// FailedError says that single files failed while all others were copied. [errors.Is] and
// [errors.As] look at every failure in Failures.
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

// CollisionError means that local names of one folder are one name to the drive. errors.Is(err,
// [acd.ErrExists]) is true for it.
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

// ErrChanged means that a local file changed while it was read. errors.Is(ErrChanged,
// [acd.ErrChanged]) is true.
var ErrChanged = fmt.Errorf("the local file: %w", acd.ErrChanged)

// ErrEmptySource means that Mirror found no file to copy in the local directory. The directory may
// be a disk that is not mounted. See [Options.AllowEmptySource].
var ErrEmptySource = errors.New("there is no file to copy in the local directory, and mirroring it would trash all that is on the drive")

// ErrTooManyToTrash means that Mirror trashed nothing, because it would have trashed more than
// [Options.MaxTrash] and [Options.MaxTrashShare] allow.
var ErrTooManyToTrash = errors.New("mirroring would trash more than is allowed")

var errInTheWay = errors.New("something else of that name is in the way")

// ledger keeps the report, and calls the caller's functions one call at a time.
type ledger struct {
	mu      sync.Mutex
	report  Report
	onEvent func(Event)
	success time.Time // time of the last response that was not "too many requests"
}

// succeed notes that the drive has just accepted a request.
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
