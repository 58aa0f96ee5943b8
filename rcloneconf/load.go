package rcloneconf

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/encoding"
	"github.com/acd-sdk/acd/oauth"
)

var (
	// ErrEncrypted means that the configuration file is encrypted.
	ErrEncrypted = errors.New("rcloneconf: the configuration file is encrypted: " +
		`write it in the clear with "rclone config show REMOTE > FILE" (mode 0600) and load that file, ` +
		`or set the RCLONE_CONFIG_<REMOTE>_* variables, or remove the password with "rclone config", "s"`)

	// ErrNoRemote means that there is no remote of that name, or that it belongs to another
	// service.
	ErrNoRemote = errors.New("no such amazon cloud drive remote")
)

// These are rclone's values for settings that a remote does not have.
const (
	DefaultTempLinkThreshold = 9 << 30
	DefaultUploadWaitPerGiB  = 3 * time.Minute
)

// Remote is an rclone remote of the kind "amazon cloud drive".
type Remote struct {
	Name   string
	Config oauth.Config  // client_id, client_secret, auth_url, token_url
	Token  *oauth2.Token `json:"-"` // nil if the remote has none

	// Checkpoint is the checkpoint in the change feed up to which rclone has read. It is empty if
	// the remote has none.
	Checkpoint string

	// UploadWaitPerGiB is upload_wait_per_gb. "off" is 0 here and means no wait, because the time
	// that rclone computes for "off" makes no sense.
	UploadWaitPerGiB time.Duration

	// TempLinkThreshold is templink_threshold in bytes. "off" is 0 here: every file is downloaded
	// through its tempLink, because rclone with "off" does that, too.
	TempLinkThreshold int64

	Encoding encoding.Encoding // the setting of the same name
}

// Load reads the named remote ("acd" or "acd:") from rclone's configuration file. If configFile is
// empty, Load reads the file that rclone itself would use. As in rclone, the variable
// RCLONE_CONFIG_<REMOTE>_<SETTING> is used first, then RCLONE_ACD_<SETTING>, then the file. A
// variable that is set but empty means the default. A remote may be defined by variables alone,
// without a file, if RCLONE_CONFIG_<REMOTE>_TYPE is set.
//
// The error is [ErrEncrypted], [ErrNoRemote], or fs.ErrNotExist if there is no file. An error shows
// nothing of the file except the names of remotes.
func Load(configFile, remote string) (*Remote, error) {
	remote = strings.TrimSuffix(remote, ":")
	if configFile == "" {
		configFile = defaultPath()
	}
	s := settings{remote: remote}
	file, err := readFile(configFile)
	switch {
	case err == nil:
		s.file = file.section(remote)
	case errors.Is(err, fs.ErrNotExist) && s.inEnv():
	default:
		return nil, err
	}
	kind, ok := s.get("type")
	if !ok || !isACD(kind) {
		return nil, fmt.Errorf("rcloneconf: %q in %s: %w%s", remote, configFile, ErrNoRemote, file.others())
	}
	return s.remoteOf()
}

// Remotes returns the names of the "amazon cloud drive" remotes in rclone's configuration file, in
// the order of the file. If configFile is empty, Remotes reads the file that rclone itself would
// use.
func Remotes(configFile string) ([]string, error) {
	if configFile == "" {
		configFile = defaultPath()
	}
	file, err := readFile(configFile)
	if err != nil {
		return nil, err
	}
	return file.remotes(), nil
}

// isACD reports whether kind is one of the names that rclone accepts for this backend.
func isACD(kind string) bool {
	return kind == "amazon cloud drive" || kind == "amazonclouddrive" || kind == "acd"
}

func (s settings) remoteOf() (*Remote, error) {
	r := &Remote{
		Name:              s.remote,
		UploadWaitPerGiB:  DefaultUploadWaitPerGiB,
		TempLinkThreshold: DefaultTempLinkThreshold,
		Encoding:          encoding.Default,
	}
	r.Config.ClientID = s.text("client_id")
	r.Config.ClientSecret = oauth.Secret(s.text("client_secret"))
	r.Config.AuthURL = s.text("auth_url")
	r.Config.TokenURL = s.text("token_url")
	r.Checkpoint = s.text("checkpoint")
	for _, x := range []struct {
		setting string
		parse   func(string) error
	}{
		{"token", func(v string) (err error) { r.Token, err = oauth.ParseToken([]byte(v)); return err }},
		{"upload_wait_per_gb", func(v string) (err error) { r.UploadWaitPerGiB, err = ParseDuration(v); return err }},
		{"templink_threshold", func(v string) (err error) { r.TempLinkThreshold, err = ParseSize(v); return err }},
		{"encoding", func(v string) (err error) { r.Encoding, err = encoding.Parse(v); return err }},
	} {
		if v := s.text(x.setting); v != "" {
			if err := x.parse(v); err != nil {
				return nil, fmt.Errorf("rcloneconf: %s of %q: %w", x.setting, s.remote, err)
			}
		}
	}
	if r.UploadWaitPerGiB == math.MaxInt64 {
		r.UploadWaitPerGiB = 0
	}
	r.TempLinkThreshold = max(r.TempLinkThreshold, 0)
	return r, nil
}

// Store returns a store that starts with the remote's token and saves later tokens in s: see
// [oauth.SeedStore]. rclone's file is not changed.
func (r *Remote) Store(s oauth.Store) oauth.Store { return oauth.SeedStore(s, r.Token) }
