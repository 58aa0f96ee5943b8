package rcloneconf

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/oauth"
)

// ErrNoKeys means that acd_cli signed in through its own web application. The keys of that
// application are not on this machine, and without them the refresh token cannot be used.
var ErrNoKeys = errors.New("rcloneconf: there is no client_data file: acd_cli signed in through a web application of its own, " +
	"whose refresh token works nowhere else: sign in anew, with keys of your own")

// LoadACDCLI reads a sign-in that acd_cli made with the user's own keys. It reads the files
// client_data and oauth_data in dir. If dir is empty, it is acd_cli's usual directory:
// ACD_CLI_CACHE_PATH, or else acd_cli in the user's cache directory. Pass the token to
// [oauth.SeedStore]. LoadACDCLI does not change acd_cli's files.
//
// acd_cli's redirect address is http://localhost. So a new sign-in with these keys must be
// headless, or needs port 80.
func LoadACDCLI(dir string) (oauth.Config, *oauth2.Token, error) {
	if dir == "" {
		dir = os.Getenv("ACD_CLI_CACHE_PATH")
	}
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return oauth.Config{}, nil, fmt.Errorf("rcloneconf: %w", err)
		}
		dir = filepath.Join(cache, "acd_cli")
	}
	var data struct {
		AccessToken  string   `json:"access_token"`
		TokenType    string   `json:"token_type"`
		RefreshToken string   `json:"refresh_token"`
		ExpiresIn    float64  `json:"expires_in"`
		ExpTime      *float64 `json:"exp_time"` // seconds since 1970
	}
	written, err := readJSON(filepath.Join(dir, "oauth_data"), &data)
	if err != nil {
		return oauth.Config{}, nil, err
	}
	var client struct {
		ID     string `json:"CLIENT_ID"`
		Secret string `json:"CLIENT_SECRET"`
	}
	if _, err := readJSON(filepath.Join(dir, "client_data"), &client); errors.Is(err, fs.ErrNotExist) {
		return oauth.Config{}, nil, ErrNoKeys
	} else if err != nil {
		return oauth.Config{}, nil, err
	}
	if data.RefreshToken == "" || client.ID == "" {
		return oauth.Config{}, nil, fmt.Errorf("rcloneconf: %s holds no refresh_token or no CLIENT_ID", dir)
	}
	token := &oauth2.Token{AccessToken: data.AccessToken, TokenType: data.TokenType, RefreshToken: data.RefreshToken}
	if data.ExpTime != nil {
		token.Expiry = seconds(time.Unix(0, 0), *data.ExpTime)
	} else { // acd_cli saved the server's response unchanged and has not used it yet
		token.Expiry = seconds(written, data.ExpiresIn)
	}
	return oauth.Config{ClientID: client.ID, ClientSecret: oauth.Secret(client.Secret), RedirectURL: "http://localhost"}, token, nil
}

// seconds returns t plus n seconds. If n is negative, not a number or above 1e11, it returns t, so
// that the token counts as expired.
func seconds(t time.Time, n float64) time.Time {
	if math.IsNaN(n) || n < 0 || n > 1e11 {
		n = 0
	}
	whole, part := math.Modf(n)
	return time.Unix(t.Unix()+int64(whole), int64(part*1e9))
}

// readJSON reads a file into v and returns when the file was written. The error shows nothing of
// the file's content.
func readJSON(path string, v any) (written time.Time, err error) {
	f, err := os.Open(path)
	if err != nil {
		return time.Time{}, fmt.Errorf("rcloneconf: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return time.Time{}, fmt.Errorf("rcloneconf: %w", err)
	}
	if err := json.NewDecoder(io.LimitReader(f, 64<<10)).Decode(v); err != nil {
		return time.Time{}, fmt.Errorf("rcloneconf: %s is not one of acd_cli's files", path)
	}
	return info.ModTime(), nil
}
