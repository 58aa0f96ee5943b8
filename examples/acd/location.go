package main

import (
	"path"
	"runtime"
	"strings"
)

// location is where an argument points: to a path on a drive, or to a local one.
type location struct {
	remote string // without the colon; "" for a local path
	path   string // on the drive: cleaned, without slashes at its ends
	slash  bool   // the path on the drive ended in a slash
	arg    string
}

func (l location) onDrive() bool { return l.remote != "" }

// made is the name of the remote that flags and environment make.
const made = ":acd"

// locate reads an argument. What has a slash before its first colon is local, and so is C:\ on Windows.
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

// target is the path with the slash that says that it is a folder.
func (l location) target() string {
	if l.slash {
		return l.path + "/"
	}
	return l.path
}
