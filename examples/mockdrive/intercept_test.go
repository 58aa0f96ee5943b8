package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// interceptEnvironment runs the program with -intercept, and returns the two lines of environment
// that it prints.
func interceptEnvironment(t *testing.T, args ...string) (env []string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-addr", "127.0.0.1:0", "-intercept"}, args...), w, io.Discard)
		w.CloseWithError(err)
		done <- err
	}()
	lines := bufio.NewScanner(r)
	for len(env) < 2 && lines.Scan() {
		if strings.HasPrefix(lines.Text(), "HTTPS_PROXY=") || strings.HasPrefix(lines.Text(), "SSL_CERT_FILE=") {
			env = append(env, lines.Text())
		}
	}
	rest := make(chan struct{})
	go func() {
		defer close(rest)
		_, _ = io.Copy(io.Discard, r)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		<-rest
	})
	if len(env) != 2 {
		t.Fatalf("environment: %q, %v", env, lines.Err())
	}
	return env
}

// throughProxy returns a client that uses the environment.
func throughProxy(t *testing.T, env []string) *http.Client {
	t.Helper()
	proxy, err := url.Parse(strings.TrimPrefix(env[0], "HTTPS_PROXY="))
	if err != nil {
		t.Fatal(err)
	}
	pem, err := os.ReadFile(strings.TrimPrefix(env[1], "SSL_CERT_FILE="))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) || bytes.Contains(pem, []byte("PRIVATE")) {
		t.Fatalf("%s", pem)
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		Proxy: func(r *http.Request) (*url.URL, error) {
			if r.URL.Scheme == "https" {
				return proxy, nil
			}
			return nil, nil
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 30 * time.Second}
}

func TestInterceptAnswersForAmazonsHostsAndNoOthers(t *testing.T) {
	client := throughProxy(t, interceptEnvironment(t))
	for address, want := range map[string]string{
		"https://drive.amazonaws.com/drive/v1/account/endpoint":              `"contentUrl":"https://drive.amazonaws.com/cdproxy/"`,
		"https://content-na.drive.amazonaws.com/drive/v1/account/endpoint":   `"customerExists":true`,
		"https://api.amazon.com/auth/o2/tokeninfo?access_token=none":         `"error"`,
		"https://www.amazon.com/ap/oa?client_id=unknown&response_type=code":  "",
		"https://drive.amazonaws.com:443/drive/v1/nodes?filters=isRoot:true": `"isRoot":true`,
	} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(address, "drive.amazonaws.com") {
			req.Header.Set("Authorization", "Bearer mock-token")
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %d %s, %v", address, resp.StatusCode, text, err)
		}
	}
	for _, address := range []string{"https://example.com/", "https://s3.amazonaws.com/", "https://drive.amazonaws.com:8443/"} {
		if resp, err := client.Get(address); err == nil {
			resp.Body.Close()
			t.Errorf("%s was answered: %d", address, resp.StatusCode)
		}
	}
}

// When the program has ended, the file with the authority's certificate is removed.
func TestAuthorityEndsWithTheProgram(t *testing.T) {
	var path string
	t.Run("running", func(t *testing.T) {
		path = strings.TrimPrefix(interceptEnvironment(t)[1], "SSL_CERT_FILE=")
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	})
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", path, err)
	}
}
