package oauth_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

const processEnv = "ACD_OAUTH_TEST_PROCESS" // "token URL, space, path of the store"

func TestMain(m *testing.M) {
	if args := os.Getenv(processEnv); args != "" {
		os.Exit(refreshProcess(args))
	}
	os.Exit(m.Run())
}

// refreshProcess runs as a separate process. It prints "here", waits for a line, prints "asking",
// and then prints the access token that it gets.
func refreshProcess(args string) int {
	tokenURL, path, _ := strings.Cut(args, " ")
	cfg := oauth.Config{ClientID: mocks.AuthClientID, ClientSecret: mocks.AuthClientSecret, TokenURL: tokenURL}
	ts, err := oauth.NewTokenSource(context.Background(), cfg, oauth.NewFileStore(path))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("here")
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
	fmt.Println("asking")
	tok, err := ts.Token()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(tok.AccessToken)
	return 0
}

// TestProcessesRefreshTogether: the server replaces refresh tokens. If a refresh token comes twice,
// the server takes it for stolen. So processes that share a store must make one refresh together.
func TestProcessesRefreshTogether(t *testing.T) {
	const processes, rounds = 4, 3
	server := mocks.NewAuthServer(mocks.WithAuthRotation())
	var asking atomic.Pointer[sync.WaitGroup]
	hs := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asking.Load().Wait() // a refresh lasts until all processes are about to ask
		server.ServeHTTP(w, r)
	}))
	defer hs.Close()
	store := oauth.NewFileStore(filepath.Join(t.TempDir(), "acd", "token.json"))
	current := server.SignIn()
	for round := range rounds {
		current.Expiry = time.Now().Add(-time.Hour)
		put(t, store, current)
		var barrier sync.WaitGroup
		barrier.Add(processes)
		asking.Store(&barrier)
		got := runProcesses(t, processes, hs.URL+mocks.TokenPath+" "+store.Path(), &barrier)
		var err error
		if current, err = store.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		for n, access := range got {
			if access != current.AccessToken || !server.Valid(access) {
				t.Errorf("round %d: process %d has a token that is not the stored one, or not valid", round, n)
			}
		}
		if n := asked(server); n != round+1 {
			t.Errorf("round %d: %d refreshes so far of %d processes a round, want one a round", round, n, processes)
		}
	}
}

// runProcesses starts n processes, lets them ask at the same time and returns the tokens that they
// got. Each process counts asking down when it is about to ask.
func runProcesses(t *testing.T, n int, args string, asking *sync.WaitGroup) []string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var here, done sync.WaitGroup
	start := make(chan struct{})
	got := make([]string, n)
	for i := range n {
		cmd := exec.CommandContext(t.Context(), exe)
		cmd.Env = append(os.Environ(), processEnv+"="+args)
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		here.Add(1)
		done.Go(func() {
			lines.Scan()
			here.Done()
			<-start
			_, _ = fmt.Fprintln(in)
			lines.Scan()
			asking.Done()
			lines.Scan()
			got[i] = lines.Text()
			if err := cmd.Wait(); err != nil {
				t.Errorf("process %d: %v", i, err)
			}
		})
	}
	here.Wait()
	close(start)
	done.Wait()
	return got
}
