package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/acd-sdk/acd/encoding"
	"github.com/acd-sdk/acd/oauth"
	"github.com/acd-sdk/acd/rcloneconf"
)

// setting is one of rclone's nine options for the drive. Its value comes from the first of these
// that is set: its flag, the environment (ACD_NAME, then RCLONE_ACD_NAME), the remote, the default.
type setting struct {
	name   string
	usage  string
	secret bool // the flag names a file, because all users of a machine can read arguments
	apply  func(r *rcloneconf.Remote, value string) error
}

func settings() []setting {
	text := func(field func(*rcloneconf.Remote) *string) func(*rcloneconf.Remote, string) error {
		return func(r *rcloneconf.Remote, value string) error {
			*field(r) = value
			return nil
		}
	}
	return []setting{
		{"client-id", "client `ID` of a Login with Amazon security profile", false, text(func(r *rcloneconf.Remote) *string { return &r.Config.ClientID })},
		{"client-secret", "`FILE` that holds the client's secret", true, func(r *rcloneconf.Remote, v string) error {
			r.Config.ClientSecret = oauth.Secret(v)
			return nil
		}},
		{"token", "`FILE` with the token as one JSON object; it is kept up to date there", true, func(r *rcloneconf.Remote, v string) (err error) {
			r.Token, err = oauth.ParseToken([]byte(v))
			return err
		}},
		{"auth-url", "`URL` to sign in at, of an OAuth proxy", false, text(func(r *rcloneconf.Remote) *string { return &r.Config.AuthURL })},
		{"token-url", "`URL` for tokens, of an OAuth proxy", false, text(func(r *rcloneconf.Remote) *string { return &r.Config.TokenURL })},
		{"checkpoint", "where the change feed begins for follow -print", false, text(func(r *rcloneconf.Remote) *string { return &r.Checkpoint })},
		{"upload-wait-per-gb", "`time` to wait, for each GiB, for a file to appear whose upload was not answered (default 3m)", false, setWait},
		{"templink-threshold", "`size` from which on files are downloaded through a tempLink (default 9Gi)", false, setThreshold},
		{"encoding", "how names are stored, a list of rclone's `flags` (default " + encoding.Default.String() + ")", false, func(r *rcloneconf.Remote, v string) (err error) {
			r.Encoding, err = encoding.Parse(v)
			return err
		}},
	}
}

// setWait sets the wait. Like package rcloneconf it reads "off" as no wait.
func setWait(r *rcloneconf.Remote, v string) (err error) {
	if r.UploadWaitPerGiB, err = rcloneconf.ParseDuration(v); v == "off" {
		r.UploadWaitPerGiB = 0
	}
	return err
}

func setThreshold(r *rcloneconf.Remote, v string) (err error) {
	r.TempLinkThreshold, err = rcloneconf.ParseSize(v)
	r.TempLinkThreshold = max(r.TempLinkThreshold, 0)
	return err
}

// defaults returns a remote with default settings.
func defaults(name string) *rcloneconf.Remote {
	return &rcloneconf.Remote{
		Name: name, Encoding: encoding.Default,
		UploadWaitPerGiB:  rcloneconf.DefaultUploadWaitPerGiB,
		TempLinkThreshold: rcloneconf.DefaultTempLinkThreshold,
	}
}

// override applies the settings that take precedence over the remote: first the flags by their
// names, then the environment.
func override(r *rcloneconf.Remote, flags map[string]string, prefixes ...string) error {
	for _, s := range settings() {
		value, from := flags[s.name], "-"+s.name
		if s.secret && value != "" {
			text, err := secretFile(value)
			if err != nil {
				return fmt.Errorf("-%s: %w", s.name, err)
			}
			value = text
		}
		for _, prefix := range prefixes {
			if variable := prefix + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_")); value == "" {
				value, from = os.Getenv(variable), variable
			}
		}
		if value == "" {
			continue
		}
		if err := s.apply(r, value); err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
	}
	return nil
}

// secretFile reads the file that a flag names. If the flag holds a secret instead of a file name,
// the error does not repeat the secret.
func secretFile(path string) (string, error) {
	if strings.HasPrefix(path, "{") || strings.HasPrefix(path, "Atz") || len(path) > 4096 {
		return "", errors.New("a secret does not belong on the command line, where all users can read it: put it in a file, and name that")
	}
	text, err := os.ReadFile(path)
	return strings.TrimSpace(string(text)), err
}

// expired reports whether an access token has expired.
func expired(at time.Time) bool { return !at.IsZero() && time.Now().After(at) }
