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

	// ErrNoRemote means that there is no such remote, or that it is another service's.
	ErrNoRemote = errors.New("no such amazon cloud drive remote")
)

// What rclone does where a remote says nothing.
const (
	DefaultTempLinkThreshold = 9 << 30
	DefaultUploadWaitPerGiB  = 3 * time.Minute
)

// Remote is an "amazon cloud drive" remote of rclone's.
type Remote struct {
	Name   string
	Config oauth.Config  // client_id, client_secret, auth_url, token_url
	Token  *oauth2.Token `json:"-"` // nil if the remote has none

	// Checkpoint is where rclone's last look at the change feed ended; empty if it
	// has none.
	Checkpoint string

	// UploadWaitPerGiB is upload_wait_per_gb. "off", for which rclone computes a
	// time without meaning, is 0 here: no wait.
	UploadWaitPerGiB time.Duration

	// TempLinkThreshold is templink_threshold in bytes. "off" is 0 here, because
	// with it rclone, too, downloads every file through its tempLink.
	TempLinkThreshold int64

	Encoding encoding.Encoding // encoding
}

// Load reads the remote of that name ("acd" or "acd:") from rclone's
// configuration file; an empty configFile is the one that rclone itself would
// use. As with rclone, the variables RCLONE_CONFIG_<REMOTE>_<SETTING> go before
// RCLONE_ACD_<SETTING>, both before the file, and one that is set to nothing
// stands for the default. A remote can be made of variables alone, if
// RCLONE_CONFIG_<REMOTE>_TYPE says what it is.
//
// The error is [ErrEncrypted] or [ErrNoRemote] where those fit, and
// fs.ErrNotExist if there is no file. It holds nothing of the file but the names
// of remotes.
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

// Remotes returns the names of the "amazon cloud drive" remotes in rclone's configuration file, in the
// order of the file; an empty configFile is the one that rclone itself would use.
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

// isACD knows the names under which rclone finds the backend.
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

// Store returns a store that begins with the remote's token and keeps what comes
// later in s: see [oauth.SeedStore]. rclone's file stays as it is.
func (r *Remote) Store(s oauth.Store) oauth.Store { return oauth.SeedStore(s, r.Token) }
