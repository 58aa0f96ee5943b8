package rcloneconf

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"gopkg.in/ini.v1"
)

const maxFile = 4 << 20

// settings reads a setting from the same places as rclone, in rclone's order.
type settings struct {
	remote string
	file   *ini.Section // nil if no file has the remote
}

func (s settings) get(setting string) (value string, ok bool) {
	if v, ok := os.LookupEnv(envName("config", s.remote, setting)); ok {
		return v, true
	}
	if v, ok := os.LookupEnv(envName("acd", setting)); ok && setting != "type" {
		return v, true
	}
	if s.file == nil || !s.file.HasKey(setting) {
		return "", false
	}
	return s.file.Key(setting).Value(), true
}

func (s settings) text(setting string) string {
	v, _ := s.get(setting)
	return v
}

func (s settings) inEnv() bool {
	_, ok := os.LookupEnv(envName("config", s.remote, "type"))
	return ok
}

func envName(parts ...string) string {
	return "RCLONE_" + strings.ToUpper(strings.ReplaceAll(strings.Join(parts, "_"), "-", "_"))
}

// iniFile is a configuration file. nil means that there is no file.
type iniFile struct{ *ini.File }

func (f *iniFile) section(name string) *ini.Section {
	if !f.HasSection(name) {
		return nil
	}
	return f.Section(name)
}

// remotes returns the names of the remotes that belong to this service.
func (f *iniFile) remotes() (names []string) {
	for _, s := range f.Sections() {
		if isACD(s.Key("type").Value()) {
			names = append(names, s.Name())
		}
	}
	return names
}

// others returns a text for an error: the remotes of this service that the file has.
func (f *iniFile) others() string {
	if f == nil {
		return ""
	}
	names := f.remotes()
	if names == nil {
		return " (the file has none)"
	}
	return fmt.Sprintf(" (the file has %q)", names)
}

// readFile reads an INI file as rclone does: only a whole line can be a comment, and values are
// taken literally. A remote "a.b" is not a child of the remote "a".
func readFile(path string) (*iniFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("rcloneconf: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("rcloneconf: %w", err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("rcloneconf: %s is too big for a configuration file", path)
	}
	if isEncrypted(text) {
		return nil, fmt.Errorf("%s: %w", path, ErrEncrypted)
	}
	parsed, err := ini.LoadSources(ini.LoadOptions{
		IgnoreInlineComment:     true,
		IgnoreContinuation:      true,
		PreserveSurroundedQuote: true,
		ChildSectionDelimiter:   "\x00",
	}, text)
	if err != nil { // err quotes the line, and the line may hold a token
		return nil, errors.New("rcloneconf: " + path + " is not an rclone configuration file")
	}
	return &iniFile{parsed}, nil
}

// isEncrypted reports whether the first line that is neither empty nor a comment marks an encrypted
// file.
func isEncrypted(text []byte) bool {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 || line[0] == ';' || line[0] == '#' {
			continue
		}
		return bytes.HasPrefix(line, []byte("RCLONE_ENCRYPT_"))
	}
	return false
}

// defaultPath returns the path that rclone would use: RCLONE_CONFIG, or else the first of rclone's
// usual paths that is a file. If none is a file, it returns the first of these paths.
func defaultPath() string {
	if p, ok := os.LookupEnv("RCLONE_CONFIG"); ok && p != "" {
		return p
	}
	var places []string
	add := func(variable string, rest ...string) {
		if dir, ok := os.LookupEnv(variable); ok && dir != "" {
			places = append(places, filepath.Join(append([]string{dir}, rest...)...))
		}
	}
	if runtime.GOOS == "windows" {
		add("APPDATA", "rclone", "rclone.conf")
	}
	add("XDG_CONFIG_HOME", "rclone", "rclone.conf")
	if home, err := os.UserHomeDir(); err == nil {
		places = append(places, filepath.Join(home, ".config", "rclone", "rclone.conf"), filepath.Join(home, ".rclone.conf"))
	}
	for _, p := range places {
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() {
			return p
		}
	}
	if len(places) == 0 {
		return "rclone.conf"
	}
	return places[0]
}
