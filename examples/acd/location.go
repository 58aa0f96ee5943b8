package main

import (
	"path"
	"runtime"
	"strings"
)

// location is what an argument names: a path on a drive, or a local path.
type location struct {
	remote string // without the colon; "" for a local path
	path   string // on the drive: cleaned, without slashes at its ends
	slash  bool   // the path on the drive ends with a slash
	arg    string
}

func (l location) onDrive() bool { return l.remote != "" }

// made is the name of the remote that is made from flags and environment only.
const made = ":acd"

// locate parses an argument. If a slash comes before the first colon, the argument is a local path.
// So is C:\ on Windows.
func locate(arg string) location {
	l := location{arg: arg}
	name, rest, ok := strings.Cut(strings.TrimPrefix(arg, ":"), ":")
	if strings.HasPrefix(arg, ":") {
		name = ":" + name
	}
	switch {
	case !ok, name == "", name == ":", strings.ContainsAny(name, `/\`):
		return l
	case runtime.GOOS == "windows" && len(name) == 1:
		return l
	}
	l.remote = name
	l.path = strings.TrimPrefix(path.Clean("/"+rest), "/")
	l.slash = strings.HasSuffix(rest, "/")
	return l
}

// target returns the path. A slash at its end says that it is a folder.
func (l location) target() string {
	if l.slash {
		return l.path + "/"
	}
	return l.path
}
