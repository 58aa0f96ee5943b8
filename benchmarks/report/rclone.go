package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

// token is the token that the mock drive accepts by default.
const token = "mock-token"

// besideRclone copies the same small files with rclone's own backend and with this SDK. Each copies
// to a new drive that waits for pause before each response. rclone can only use Amazon's host
// names. Therefore both reach the drive over TLS, through the proxy of examples/mockdrive
// -intercept.
func besideRclone(s settings) ([]row, error) {
	if s.rclone == "" {
		return nil, nil
	}
	dir, err := os.MkdirTemp("", "acd")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	b := &copying{rclone: s.rclone, home: dir, from: filepath.Join(dir, "from"), drive: filepath.Join(dir, "mockdrive")}
	folders, perFolder := 50, 20
	if s.quick {
		folders, perFolder = 3, 5
	}
	b.files = folders * perFolder
	if err := smallFiles(b.from, folders, perFolder); err != nil {
		return nil, err
	}
	build := exec.Command("go", "build", "-o", b.drive, "./examples/mockdrive") //nolint:gosec // a program of this repository
	build.Dir = repository
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, text)
	}
	version, err := b.configure()
	if err != nil {
		return nil, err
	}
	ours, err := b.measure(b.withSDK)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, flags := range []string{"", " --transfers 8 --checkers 8"} {
		theirs, err := b.measure(func(ctx context.Context, env []string) error { return b.withRclone(ctx, env, strings.Fields(flags)...) })
		if err != nil {
			return nil, fmt.Errorf("%s%s: %w", version, flags, err)
		}
		rows = append(rows, row{
			work: fmt.Sprintf("%d small files up, 8 workers", b.files), value: ours.String(),
			against: version + flags, peer: theirs.String(), ratio: theirs.seconds / ours.seconds,
		})
	}
	return rows, nil
}

// copying copies files to new drives and measures each copy.
type copying struct {
	rclone, drive string // programs
	home, from    string // directories
	files         int
}

type copied struct {
	seconds  float64
	requests int
}

func (c copied) String() string { return fmt.Sprintf("%.1f s, %d requests", c.seconds, c.requests) }

// configure creates a remote with a token of the drive, and returns rclone's version.
func (b *copying) configure() (version string, err error) {
	ctx := context.Background()
	version, err = b.run(ctx, nil, "version")
	if err != nil {
		return "", err
	}
	version, _, _ = strings.Cut(version, "\n")
	text := fmt.Sprintf(`{"access_token":%q,"token_type":"bearer","expiry":%q}`, token, time.Now().Add(24*time.Hour).Format(time.RFC3339))
	_, err = b.run(ctx, nil, "config", "create", "acd", "amazon cloud drive", "client_id", mocks.AuthClientID,
		"client_secret", mocks.AuthClientSecret, "token", text, "config_is_local", "false", "--non-interactive")
	return version, err
}

func (b *copying) run(ctx context.Context, env []string, args ...string) (out string, err error) {
	cmd := exec.CommandContext(ctx, b.rclone, args...) //nolint:gosec // the program is what the user names
	cmd.Env = append([]string{"HOME=" + b.home, "RCLONE_CONFIG=" + filepath.Join(b.home, "rclone.conf"), "PATH=" + os.Getenv("PATH")}, env...)
	text, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("rclone %s: %w\n%s", args[0], err, text)
	}
	return string(text), err
}

func (b *copying) withRclone(ctx context.Context, env []string, args ...string) error {
	_, err := b.run(ctx, env, append([]string{"copy", b.from, "acd:backup"}, args...)...)
	return err
}

func (b *copying) withSDK(ctx context.Context, env []string) error {
	proxy, err := url.Parse(strings.TrimPrefix(env[0], "HTTPS_PROXY="))
	if err != nil {
		return err
	}
	pem, err := os.ReadFile(strings.TrimPrefix(env[1], "SSL_CERT_FILE="))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	client, err := acd.NewClient(ctx, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: token}),
		acd.WithHTTPClient(&http.Client{Transport: &http.Transport{
			Proxy: http.ProxyURL(proxy), TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 32,
		}}))
	if err != nil {
		return err
	}
	_, err = transfer.Upload(ctx, client, b.from, "backup", transfer.Options{Workers: workers})
	return err
}

// measure starts a new drive, copies to it, and ends it. If the copy did not upload every file
// exactly once, measure returns an error.
func (b *copying) measure(do func(ctx context.Context, env []string) error) (c copied, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute)
	defer cancel()
	faults := filepath.Join(b.home, "pause.jsonl")
	if err := os.WriteFile(faults, fmt.Appendf(nil, `{"delay":%q}`+"\n", pause), 0o600); err != nil {
		return c, err
	}
	drive := exec.CommandContext(ctx, b.drive, "-addr", "127.0.0.1:0", "-intercept", "-faults", faults) //nolint:gosec // built above
	out, err := drive.StdoutPipe()
	if err != nil {
		return c, err
	}
	if err := drive.Start(); err != nil {
		return c, err
	}
	lines := bufio.NewScanner(out)
	var env []string
	for len(env) < 2 && lines.Scan() {
		if strings.HasPrefix(lines.Text(), "HTTPS_PROXY=") || strings.HasPrefix(lines.Text(), "SSL_CERT_FILE=") {
			env = append(env, lines.Text())
		}
	}
	if len(env) == 2 {
		start := time.Now()
		err = do(ctx, env)
		c.seconds = time.Since(start).Seconds()
	} else {
		err = errors.New("mockdrive did not start")
	}
	err = errors.Join(err, drive.Process.Signal(os.Interrupt))
	uploads := 0
	for lines.Scan() { // the counts that mockdrive prints when it ends
		_, _ = fmt.Sscanf(lines.Text(), "%d requests", &c.requests)
		_, _ = fmt.Sscanf(lines.Text(), " Content.Upload %d", &uploads)
	}
	if err = errors.Join(err, drive.Wait()); err == nil && uploads != b.files {
		err = fmt.Errorf("%d uploads of %d files", uploads, b.files)
	}
	return c, err
}
