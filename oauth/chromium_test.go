package oauth_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// chromium is a real browser without a window, controlled over a pipe. All its traffic goes through
// a proxy that records it.
type chromium struct {
	t       *testing.T
	w       io.Writer
	r       *bufio.Reader
	id      int
	session string
	proxy   *proxy
	urls    []string // the URLs that pages asked for
}

func startChromium(t *testing.T) *chromium {
	t.Helper()
	var exe string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			exe = path
			break
		}
	}
	if exe == "" {
		t.Skip("no Chromium is installed (Debian: apt-get install chromium): the sign-in is not tried with a real browser")
	}
	profile, err := os.MkdirTemp("", "acd-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	b := &chromium{t: t, proxy: &proxy{}}
	hs := httptest.NewServer(b.proxy)
	cmd := exec.Command(exe, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
		"--disable-domain-reliability", "--disable-client-side-phishing-detection", "--no-pings",
		"--proxy-server="+hs.URL, "--proxy-bypass-list=<-loopback>", "--user-data-dir="+profile,
		"--remote-debugging-pipe", "about:blank")
	cmdIn, ourOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ourIn, cmdOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{cmdIn, cmdOut}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = cmdIn.Close()
	_ = cmdOut.Close()
	b.w, b.r = ourOut, bufio.NewReader(ourIn)
	t.Cleanup(func() {
		_, _ = io.WriteString(b.w, `{"id":0,"method":"Browser.close"}`+"\x00")
		kill := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Kill() })
		_, _ = io.Copy(io.Discard, b.r)
		_ = cmd.Wait()
		kill.Stop()
		_ = ourOut.Close()
		_ = ourIn.Close()
		hs.Close()
		_ = os.RemoveAll(profile)
	})
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var session struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &session)
	b.session = session.SessionID
	b.call("Page.enable", nil, nil)
	b.call("Network.enable", nil, nil)
	return b
}

type cdpMessage struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Result json.RawMessage `json:"result"`
	Error  *struct{ Message string }
	Params struct {
		Request struct{ URL string }
	}
}

func (b *chromium) send(method string, params any) {
	b.t.Helper()
	b.id++
	m := map[string]any{"id": b.id, "method": method}
	if params != nil {
		m["params"] = params
	}
	if b.session != "" {
		m["sessionId"] = b.session
	}
	text, err := json.Marshal(m)
	if err != nil {
		b.t.Fatal(err)
	}
	if _, err := b.w.Write(append(text, 0)); err != nil {
		b.t.Error(err)
	}
}

func (b *chromium) receive() (m cdpMessage) {
	b.t.Helper()
	text, err := b.r.ReadBytes(0)
	if err != nil {
		b.t.Fatalf("Chromium went away: %v", err)
	}
	if err := json.Unmarshal(bytes.TrimSuffix(text, []byte{0}), &m); err != nil {
		b.t.Fatal(err)
	}
	if m.Method == "Network.requestWillBeSent" {
		b.urls = append(b.urls, m.Params.Request.URL)
	}
	return m
}

// call sends a command and waits for its response. It skips the events before the response.
func (b *chromium) call(method string, params, result any) {
	b.t.Helper()
	b.send(method, params)
	for {
		m := b.receive()
		if m.ID != b.id {
			continue
		}
		if m.Error != nil {
			b.t.Fatalf("%s: %s", method, m.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(m.Result, result); err != nil {
				b.t.Fatal(err)
			}
		}
		return
	}
}

// then sends a command that loads another page, and waits until that page has loaded.
func (b *chromium) then(method string, params any) {
	b.t.Helper()
	b.send(method, params)
	for b.receive().Method != "Page.loadEventFired" {
	}
}

func (b *chromium) open(address string) {
	b.t.Helper()
	b.then("Page.navigate", map[string]any{"url": address})
}

func (b *chromium) click(id string) {
	b.t.Helper()
	b.then("Runtime.evaluate", map[string]any{"expression": "document.getElementById('" + id + "').click()"})
}

func (b *chromium) eval(expression string) (value string) {
	b.t.Helper()
	var got struct{ Result struct{ Value string } }
	b.call("Runtime.evaluate", map[string]any{"expression": expression}, &got)
	return got.Result.Value
}

// proxy forwards requests to this machine only, and records requests and responses.
type proxy struct {
	mu   sync.Mutex
	hits []hit
}

type hit struct {
	url, request, answer string
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request, err := httputil.DumpRequest(r, true)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	h := hit{url: r.URL.String(), request: string(request)}
	if r.Method == http.MethodConnect {
		h.url = r.Host
	}
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.hits = append(p.hits, h)
	}()
	if r.Method == http.MethodConnect || net.ParseIP(r.URL.Hostname()) == nil || !net.ParseIP(r.URL.Hostname()).IsLoopback() {
		http.Error(w, "not on this machine", http.StatusForbidden)
		return
	}
	r.RequestURI = ""
	r.Header.Del("Proxy-Connection")
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	answer, err := httputil.DumpResponse(resp, true)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	h.answer = string(answer)
	for k, v := range resp.Header {
		if !strings.EqualFold(k, "Connection") {
			w.Header()[k] = v
		}
	}
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body)
}

// all returns everything that has been recorded so far.
func (p *proxy) all() []hit {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]hit(nil), p.hits...)
}
