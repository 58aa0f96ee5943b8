package main

import (
	"runtime"
	"testing"
)

func TestLocations(t *testing.T) {
	for arg, want := range map[string]location{
		"mine:":            {remote: "mine"},
		"mine:/a//b/../c/": {remote: "mine", path: "a/c", slash: true},
		"mine:../a":        {remote: "mine", path: "a"},
		"my drive:a:b":     {remote: "my drive", path: "a:b"},
		":acd:a":           {remote: ":acd", path: "a"},
		"local":            {},
		"./a:b":            {},
		"a/b:c":            {},
		":":                {},
		"::a":              {},
		"":                 {},
	} {
		if want.arg = arg; locate(arg) != want {
			t.Errorf("%q: %+v, want %+v", arg, locate(arg), want)
		}
	}
	if got := locate(`C:\a`).onDrive(); got == (runtime.GOOS == "windows") {
		t.Errorf(`C:\a is on a drive: %v`, got)
	}
}
