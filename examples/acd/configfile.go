package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"gopkg.in/ini.v1"

	"github.com/acd-sdk/acd/internal/atomicfile"
)

// Our configuration file has the same form as rclone's, so that package rcloneconf reads both.
// Tokens are in separate files, because they change often.

// remoteType is rclone's name for the service.
const remoteType = "amazon cloud drive"

// setRemote writes the settings of one remote. Their names have "_" instead of "-". If settings is
// nil, the remote is removed. The file is replaced as a whole.
func setRemote(path, name string, settings map[string]string) error {
	for key, value := range settings {
		if strings.ContainsAny(value, "\r\n`") {
			return fmt.Errorf("%s must be one line without a backquote", key)
		}
	}
	file, err := ini.LoadSources(ini.LoadOptions{
		IgnoreInlineComment: true, IgnoreContinuation: true, PreserveSurroundedQuote: true, ChildSectionDelimiter: "\x00", Loose: true,
	}, path)
	if err != nil { // err quotes the line, which may contain a secret
		return errors.New(path + " is not a configuration file")
	}
	file.DeleteSection(name)
	if settings != nil {
		section, err := file.NewSection(name)
		if err != nil {
			return err
		}
		section.Key("type").SetValue(remoteType)
		for _, s := range keysOf(settings) {
			section.Key(s).SetValue(settings[s])
		}
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := file.WriteTo(w)
		return err
	})
}

// keysOf returns the keys that have a value, in the order in which rclone documents them.
func keysOf(values map[string]string) (keys []string) {
	for _, s := range settings() {
		if key := strings.ReplaceAll(s.name, "-", "_"); values[key] != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

var errNoConfig = errors.New("there is no directory for remotes and their tokens: HOME is not set")

// prepare makes the directory of the configuration.
func (a *app) prepare() error {
	if a.dir == "" {
		return errNoConfig
	}
	return os.MkdirAll(a.dir, 0o700)
}
