package webdav_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/webdav"
)

// start runs a server until the test ends, and returns its URL.
func start(t *testing.T, c webdav.Config) string {
	t.Helper()
	if c.SecretFile == "" {
		c.SecretFile = filepath.Join(t.TempDir(), "secret")
	}
	ctx, stop := context.WithCancel(t.Context())
	server, err := webdav.Listen(ctx, seed(t, "f").Client(t.Context()), c)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return server.URL()
}

func TestServerIsFoundByItsSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	base := start(t, webdav.Config{SecretFile: file})
	secret, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(file); runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if u, _ := url.Parse(base); u.Path != "/"+strings.TrimSpace(string(secret))+"/" || len(u.Path) < 28 || u.Hostname() != "127.0.0.1" {
		t.Errorf("%s", base)
	}
	do(t, "GET", base+"f", "").want(t, 200)
	do(t, "PROPFIND", strings.TrimSuffix(base, "/"), "", "Depth: 1").want(t, 207)
	root := base[:strings.LastIndexByte(base[:len(base)-1], '/')]
	for _, path := range []string{"/f", "/", "/" + strings.Repeat("A", 26) + "/f", base[len(root):len(base)-2] + "/f", "/x/.." + base[len(root):] + "f"} {
		for _, method := range []string{"GET", "PROPFIND", "OPTIONS", "PUT"} {
			if r := do(t, method, root+path, "").want(t, 404); r.header.Get("DAV") != "" {
				t.Errorf("%s %s says what is here: %v", method, path, r.header)
			}
		}
	}
	// The next start uses the same secret.
	if again := start(t, webdav.Config{SecretFile: file}); again[strings.LastIndexByte(again[:len(again)-1], '/'):] != base[len(root):] {
		t.Errorf("%s, then %s", base, again)
	}
}

// A web page whose name resolves to this machine sends its own name in the Host header. It is
// refused.
func TestHostHeader(t *testing.T) {
	base := start(t, webdav.Config{})
	u, _ := url.Parse(base)
	for host, status := range map[string]int{
		u.Host: 200, "localhost:" + u.Port(): 200, "LOCALHOST:" + u.Port(): 200, "[::1]:" + u.Port(): 200, "127.1.2.3:" + u.Port(): 200, "localhost": 200,
		"evil.example": 421, "evil.example:" + u.Port(): 421, "127.0.0.1.evil.example:" + u.Port(): 421, "127.0.0.1:1": 421, "192.0.2.1:" + u.Port(): 421, "localhost.": 421,
	} {
		if r := do(t, "GET", base+"f", "", "Host: "+host); r.status != status {
			t.Errorf("Host %s: status %d, want %d", host, r.status, status)
		}
	}
}

func TestPassword(t *testing.T) {
	base := start(t, webdav.Config{User: "me", Password: "pass word"})
	u, _ := url.Parse(base)
	for _, tc := range []struct {
		user, password string
		status         int
	}{
		{"me", "pass word", 200}, {"me", "wrong", 401}, {"you", "pass word", 401}, {"me", "", 401}, {"", "", 401},
	} {
		req, _ := http.NewRequestWithContext(t.Context(), "GET", base+"f", nil)
		req.SetBasicAuth(tc.user, tc.password)
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != tc.status || (tc.status == 401) != (resp.Header.Get("WWW-Authenticate") != "") {
			t.Errorf("%s:%s: %s %v", tc.user, tc.password, resp.Status, resp.Header)
		}
	}
	do(t, "GET", base+"f", "").want(t, 401)
	// A client that does not know the secret cannot find out that there is a password.
	do(t, "GET", "http://"+u.Host+"/f", "").want(t, 404)
}

func TestAddressesThatOthersReach(t *testing.T) {
	withCert := httptest.NewUnstartedServer(nil)
	withCert.StartTLS()
	defer withCert.Close()
	config := &tls.Config{Certificates: withCert.TLS.Certificates}
	for name, tc := range map[string]struct {
		config webdav.Config
		want   string
	}{
		"without all":      {webdav.Config{}, "TLS"},
		"without TLS":      {webdav.Config{Password: "x", Hosts: []string{"nas"}}, "TLS"},
		"without password": {webdav.Config{TLS: config, Hosts: []string{"nas"}}, "password"},
		"without names":    {webdav.Config{TLS: config, Password: "x"}, "names"},
		"with all":         {webdav.Config{TLS: config, Password: "x", Hosts: []string{"nas"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			// The address is reserved for documentation, so this machine cannot have it, and no socket
			// is opened.
			tc.config.SecretFile = filepath.Join(t.TempDir(), "secret")
			for _, address := range []string{"192.0.2.1:0", "other.invalid:0"} {
				if tc.want == "" && address != "192.0.2.1:0" {
					continue // this name would be looked up
				}
				tc.config.Address = address
				_, err := webdav.Listen(t.Context(), seed(t).Client(t.Context()), tc.config)
				if err == nil || errors.Is(err, acd.ErrInvalid) != (tc.want != "") || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("%s: %v", address, err)
				}
			}
		})
	}
}

func TestTLS(t *testing.T) {
	withCert := httptest.NewUnstartedServer(nil)
	withCert.StartTLS()
	defer withCert.Close()
	base := start(t, webdav.Config{TLS: &tls.Config{Certificates: withCert.TLS.Certificates}})
	resp, err := withCert.Client().Get(base + "f")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); string(body) != "content of f" || !strings.HasPrefix(base, "https://") {
		t.Errorf("%s: %s", base, body)
	}
	do(t, "GET", "http"+strings.TrimPrefix(base, "https")+"f", "").want(t, 400)
}

func TestSecretFile(t *testing.T) {
	good := strings.Repeat("a1B-_", 6)
	for name, tc := range map[string]struct {
		prepare func(path string) error
		ok      bool
	}{
		"none":        {func(string) error { return nil }, true},
		"good":        {func(path string) error { return os.WriteFile(path, []byte(good+"\n"), 0o600) }, true},
		"others read": {func(path string) error { return os.WriteFile(path, []byte(good), 0o644) }, runtime.GOOS == "windows"},
		"short":       {func(path string) error { return os.WriteFile(path, []byte("short"), 0o600) }, false},
		"empty":       {func(path string) error { return os.WriteFile(path, nil, 0o600) }, false},
		"with a path": {func(path string) error { return os.WriteFile(path, []byte(good+"/"+good), 0o600) }, false},
		"a directory": {func(path string) error { return os.Mkdir(path, 0o700) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "secret")
			if err := tc.prepare(path); err != nil {
				t.Fatal(err)
			}
			server, err := webdav.Listen(t.Context(), seed(t).Client(t.Context()), webdav.Config{SecretFile: path})
			if (err == nil) != tc.ok {
				t.Fatalf("%v", err)
			}
			if err != nil {
				if strings.Contains(err.Error(), good) {
					t.Errorf("the secret is in the error: %v", err)
				}
				return
			}
			server.Close()
		})
	}
	if _, err := webdav.Listen(t.Context(), seed(t).Client(t.Context()), webdav.Config{}); !errors.Is(err, acd.ErrInvalid) {
		t.Errorf("without a file: %v", err)
	}
	if _, err := webdav.Listen(t.Context(), seed(t).Client(t.Context()), webdav.Config{SecretFile: filepath.Join(t.TempDir(), "no", "secret")}); err == nil {
		t.Error("without a directory for it")
	}
}

// No request of a client makes the log contain the secret or the password.
func TestServerLogsNoSecret(t *testing.T) {
	var log bytes.Buffer
	file := filepath.Join(t.TempDir(), "secret")
	base := start(t, webdav.Config{SecretFile: file, User: "me", Password: "pass word", Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	for _, method := range []string{"GET", "PUT", "MOVE", "LOCK", "PROPFIND", "PROPPATCH", "BREW"} {
		for _, auth := range []string{"bWU6d3Jvbmc=", "bWU6cGFzcyB3b3Jk"} {
			do(t, method, base+"f", "x", "Destination: "+base+"g", "Authorization: Basic "+auth)
		}
	}
	secret, _ := os.ReadFile(file)
	if s := log.String(); strings.Contains(s, strings.TrimSpace(string(secret))) || strings.Contains(s, "pass word") {
		t.Error(s)
	}
}
