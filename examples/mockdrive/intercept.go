package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"math/big"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/acd-sdk/acd/mocks"
)

// These are the host names that programs for Amazon Drive know.
const (
	driveHost   = "drive.amazonaws.com"
	contentHost = "content-na.drive.amazonaws.com"
	pageHost    = "www.amazon.com" // people sign in here
	tokenHost   = "api.amazon.com" // codes are exchanged for tokens here
)

// interceptor is a proxy on loopback. It answers for the hosts above, and refuses all others. A
// program needs no change if it uses this proxy and trusts the certificate authority that was made
// for this run.
type interceptor struct {
	hosts     map[string]http.Handler
	authority *x509.Certificate
	key       *ecdsa.PrivateKey // key of the authority; it is only in memory

	mu    sync.Mutex
	certs map[string]*tls.Certificate
}

func newInterceptor(drive *mocks.Drive, login *mocks.AuthServer) (*interceptor, error) {
	i := &interceptor{
		hosts: map[string]http.Handler{driveHost: drive, contentHost: drive, pageHost: login, tokenHost: login},
		certs: map[string]*tls.Certificate{},
	}
	var err error
	if i.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, err
	}
	// The authority may sign only for these hosts. So a program that trusts it by mistake cannot be
	// attacked at other hosts.
	template := i.template("mockdrive, for this run only")
	template.IsCA, template.BasicConstraintsValid, template.MaxPathLenZero = true, true, true
	template.KeyUsage = x509.KeyUsageCertSign
	template.PermittedDNSDomainsCritical = true
	template.PermittedDNSDomains = slices.Sorted(maps.Keys(i.hosts))
	der, err := x509.CreateCertificate(rand.Reader, template, template, i.key.Public(), i.key)
	if err != nil {
		return nil, err
	}
	i.authority, err = x509.ParseCertificate(der)
	return i, err
}

func (i *interceptor) template(name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // crypto/rand does not fail
	return &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(7 * 24 * time.Hour),
	}
}

// certificate returns the certificate of a host. It is made at the first request for it.
func (i *interceptor) certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	host := hello.ServerName
	if i.hosts[host] == nil {
		return nil, fmt.Errorf("no certificate for %q", host)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if c := i.certs[host]; c != nil {
		return c, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := i.template(host)
	template.DNSNames = []string{host}
	template.KeyUsage, template.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	der, err := x509.CreateCertificate(rand.Reader, template, i.authority, key.Public(), i.key)
	if err != nil {
		return nil, err
	}
	i.certs[host] = &tls.Certificate{Certificate: [][]byte{der, i.authority.Raw}, PrivateKey: key}
	return i.certs[host], nil
}

// writeAuthority writes the authority's certificate, without its key, to a temporary file.
func (i *interceptor) writeAuthority() (path string, err error) {
	f, err := os.CreateTemp("", "mockdrive-*.pem") // mode 0600
	if err != nil {
		return "", err
	}
	err = pem.Encode(f, &pem.Block{Type: "CERTIFICATE", Bytes: i.authority.Raw})
	if err = errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// serve answers until ctx ends. It prints on stdout the environment that a program needs.
func (i *interceptor) serve(ctx context.Context, stdout io.Writer) error {
	path, err := i.writeAuthority()
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(path) }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	tunnels := &tunnelListener{conns: make(chan net.Conn), done: make(chan struct{}), addr: l.Addr()}
	quiet := log.New(io.Discard, "", 0) // drops errors about handshakes that a program broke off
	inside := &http.Server{Handler: http.HandlerFunc(i.answer), ReadHeaderTimeout: time.Minute, ErrorLog: quiet}
	outside := &http.Server{Handler: i.connect(tunnels), ReadHeaderTimeout: time.Minute}
	stopped := context.AfterFunc(ctx, func() { _, _ = inside.Close(), outside.Close() })
	defer stopped()
	fmt.Fprintf(stdout, "HTTPS_PROXY=http://%s\nSSL_CERT_FILE=%s\n", l.Addr(), path)
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		fmt.Fprintf(stdout, "(Here programs do not look at SSL_CERT_FILE: add the certificate to the system's own, and take it out again.)\n")
	}
	go func() {
		_ = inside.Serve(tls.NewListener(tunnels, &tls.Config{GetCertificate: i.certificate, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}))
	}()
	if err := outside.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// answer serves the requests that come through a tunnel.
func (i *interceptor) answer(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if handler := i.hosts[host]; handler != nil {
		handler.ServeHTTP(w, r)
		return
	}
	http.Error(w, "mockdrive does not answer for this host", http.StatusMisdirectedRequest)
}

// connect accepts tunnels to our hosts, passes them to the server inside, and refuses tunnels to
// all other hosts.
func (i *interceptor) connect(tunnels *tunnelListener) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		host, port, err := net.SplitHostPort(r.Host)
		if r.Method != http.MethodConnect || err != nil || port != "443" || i.hosts[host] == nil {
			http.Error(w, "mockdrive answers only for Amazon Drive and Login with Amazon", http.StatusForbidden)
			return
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
			_ = conn.Close()
			return
		}
		tunnels.offer(conn)
	}
}

// tunnelListener passes tunnels to a server as connections.
type tunnelListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	addr  net.Addr
}

func (t *tunnelListener) offer(conn net.Conn) {
	select {
	case t.conns <- conn:
	case <-t.done:
		_ = conn.Close()
	}
}

func (t *tunnelListener) Accept() (net.Conn, error) {
	select {
	case conn := <-t.conns:
		return conn, nil
	case <-t.done:
		return nil, net.ErrClosed
	}
}

func (t *tunnelListener) Close() error {
	t.once.Do(func() { close(t.done) })
	return nil
}

func (t *tunnelListener) Addr() net.Addr { return t.addr }
