package webdav

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/webdav"
)

// locks compares names as the drive does, so that a lock of "a" holds for "A" too.
type locks struct {
	webdav.LockSystem
	// renamed is the target of a MOVE that only changes the case of a name: the library locks source and target, and would
	// find the one in the way of the other.
	renamed string
}

func (l locks) Create(now time.Time, details webdav.LockDetails) (token string, err error) {
	if details.Root == l.renamed {
		details.Root += "\x00"
	}
	details.Root = fold(details.Root)
	return l.LockSystem.Create(now, details)
}

func (l locks) Confirm(now time.Time, name0, name1 string, conditions ...webdav.Condition) (release func(), err error) {
	return l.LockSystem.Confirm(now, fold(name0), fold(name1), conditions...)
}

// longestLock is after how many seconds a lock ends that nobody refreshes: a client that died would hold it for ever.
const longestLock = 3600

// lockTimeout is the Timeout header that a LOCK gets.
func lockTimeout(asked string) string {
	first, _, _ := strings.Cut(asked, ",")
	if text, ok := strings.CutPrefix(strings.TrimSpace(first), "Second-"); ok {
		if n, err := strconv.ParseUint(text, 10, 32); err == nil && n <= longestLock {
			return "Second-" + strconv.FormatUint(n, 10)
		}
	}
	return "Second-" + strconv.Itoa(longestLock)
}
