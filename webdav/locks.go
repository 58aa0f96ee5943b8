package webdav

import (
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/webdav"
)

// locks compares names as the drive does: a lock of "a" is also a lock of "A".
type locks struct {
	webdav.LockSystem
	// renamed is the target of a MOVE that only changes the case of a name. The library locks source
	// and target. Without this field the two locks would be the same, and the second would fail.
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

// longestLock is after how many seconds a lock ends if it is not refreshed. Without this limit, a
// client that crashed would keep its lock for ever.
const longestLock = 3600

// lockTimeout returns the value of the Timeout header for a LOCK that asked for this timeout.
func lockTimeout(asked string) string {
	first, _, _ := strings.Cut(asked, ",")
	if text, ok := strings.CutPrefix(strings.TrimSpace(first), "Second-"); ok {
		if n, err := strconv.ParseUint(text, 10, 32); err == nil && n <= longestLock {
			return "Second-" + strconv.FormatUint(n, 10)
		}
	}
	return "Second-" + strconv.Itoa(longestLock)
}
