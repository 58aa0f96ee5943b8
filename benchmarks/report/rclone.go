package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/acd-sdk/acd/mocks"
)

// beside copies the same files with rclone's own backend, with its defaults, to a drive that is reached by Amazon's own
// host names (see examples/mockdrive -intercept). There is no pause before an answer here: what is measured is rclone's
// own pace, beside the pace of this SDK to the same drive.
func beside(s settings, from string, files int) ([]row, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	drive := exec.CommandContext(ctx, "go", "run", "../examples/mockdrive", "-addr", "127.0.0.1:0", "-intercept")
	if _, err := os.Stat("../examples/mockdrive"); err != nil {
		return nil, fmt.Errorf("run it with go -C benchmarks run ./report: %w", err)
	}
	out, err := drive.StdoutPipe()
	if err != nil {
		return nil, err
	}
	drive.Cancel = func() error { return drive.Process.Signal(os.Interrupt) }
	if err := drive.Start(); err != nil {
		return nil, err
	}
	defer func() {
		cancel()
		_ = drive.Wait()
	}()
	var env []string
	lines := bufio.NewScanner(out)
	for len(env) < 2 && lines.Scan() {
		if strings.HasPrefix(lines.Text(), "HTTPS_PROXY=") || strings.HasPrefix(lines.Text(), "SSL_CERT_FILE=") {
			env = append(env, lines.Text())
		}
	}
	home, err := os.MkdirTemp("", "acd")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(home)
	env = append(env, "HOME="+home, "RCLONE_CONFIG="+filepath.Join(home, "rclone.conf"), "PATH="+os.Getenv("PATH"))
	run := func(args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, s.rclone, args...) //nolint:gosec // the program is what the user names
		cmd.Env = env
		text, err := cmd.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("rclone %s: %w\n%s", args[0], err, text)
		}
		return string(text), err
	}
	version, err := run("version")
	if err != nil {
		return nil, err
	}
	version, _, _ = strings.Cut(version, "\n")
	token := fmt.Sprintf(`{"access_token":"mock-token","token_type":"bearer","expiry":%q}`, time.Now().Add(24*time.Hour).Format(time.RFC3339))
	if _, err := run("config", "create", "acd", "amazon cloud drive", "client_id", mocks.AuthClientID, "client_secret", mocks.AuthClientSecret, "token", token, "--non-interactive"); err != nil {
		return nil, err
	}
	start := time.Now()
	if _, err := run("copy", "--transfers", "8", "--checkers", "8", from, "acd:backup"); err != nil {
		return nil, err
	}
	seconds := time.Since(start).Seconds()
	return []row{{
		work: fmt.Sprintf("%s: copy of the same %d files, no pause", version, files), against: "rclone's own pace",
		value: fmt.Sprintf("%.1f s", seconds), ratio: seconds / float64(files) * 1000,
	}}, nil
}
