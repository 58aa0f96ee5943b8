package oauth_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/oauth2"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/oauth"
)

// A program signs its user in the first time that it runs. Later it uses the stored token.
func Example() {
	// The mock replaces Login with Amazon, and person replaces somebody at the browser.
	server := httptest.NewServer(mocks.NewAuthServer(mocks.WithAuthApproval(), mocks.WithAuthRedirects("http://127.0.0.1:0/")))
	defer server.Close()
	person := func(address string) error {
		resp, err := http.Get(address)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	dir, err := os.MkdirTemp("", "acd-example-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	cfg := oauth.Config{
		ClientID:     mocks.AuthClientID, // from the environment or a file, as you like
		ClientSecret: mocks.AuthClientSecret,
		AuthURL:      server.URL + mocks.AuthPath, // a real program leaves these three out
		TokenURL:     server.URL + mocks.TokenPath,
		RedirectURL:  "http://127.0.0.1:0/",
	}
	store := oauth.NewFileStore(filepath.Join(dir, "token.json"))
	for range 2 {
		_, err := store.Load(ctx)
		if errors.Is(err, oauth.ErrSignInAgain) {
			fmt.Println("signing in")
			_, err = oauth.Login(ctx, cfg, oauth.LoginOptions{Store: store, Output: io.Discard, OpenBrowser: person})
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		tokens, err := oauth.NewTokenSource(ctx, cfg, store) // for acd.NewClient
		if err != nil {
			fmt.Println(err)
			return
		}
		token, err := tokens.Token()
		fmt.Println("signed in:", token.Valid(), err)
	}
	// Output:
	// signing in
	// signed in: true <nil>
	// signed in: true <nil>
}

// The token comes from another machine, where rclone printed it.
func ExampleParseToken() {
	blob := []byte(`{"access_token":"Atza|x","token_type":"bearer","refresh_token":"Atzr|y","expiry":"2030-01-02T03:04:05Z"}`)
	token, err := oauth.ParseToken(blob)
	if err != nil {
		fmt.Println(err)
		return
	}
	store := oauth.NewMemoryStore(token)
	_, err = store.Load(context.Background())
	fmt.Println(token.Expiry.Year(), err)
	// Output: 2030 <nil>
}

func ExampleSecret() {
	cfg := oauth.Config{ClientID: "id", ClientSecret: "do not tell"}
	fmt.Printf("%+v\n", cfg.ClientSecret)
	fmt.Println(len(cfg.ClientSecret.Reveal()))
	// Output:
	// [redacted]
	// 11
}

// A program takes over the token of another program. From the first refresh on it uses a token of
// its own.
func ExampleSeedStore() {
	ctx := context.Background()
	own := oauth.NewMemoryStore(nil)
	store := oauth.SeedStore(own, &oauth2.Token{AccessToken: "theirs", RefreshToken: "r"})
	token, _ := store.Load(ctx)
	fmt.Println(token.AccessToken)
	_, _ = store.Update(ctx, func(old *oauth2.Token) (*oauth2.Token, error) {
		return &oauth2.Token{AccessToken: "ours", RefreshToken: old.RefreshToken}, nil
	})
	token, _ = own.Load(ctx)
	fmt.Println(token.AccessToken)
	// Output:
	// theirs
	// ours
}

// On a machine without a browser, Login prints the link. The person pastes the address to which the
// browser was sent.
func ExampleLogin_headless() {
	server := httptest.NewServer(mocks.NewAuthServer(mocks.WithAuthApproval()))
	defer server.Close()
	cfg := oauth.Config{
		ClientID:     mocks.AuthClientID,
		ClientSecret: mocks.AuthClientSecret,
		AuthURL:      server.URL + mocks.AuthPath,
		TokenURL:     server.URL + mocks.TokenPath,
	}
	// The person opens the link on another machine and copies the address from the browser there.
	linkOut, link := io.Pipe()
	answer, answerIn := io.Pipe()
	go func() {
		defer answerIn.Close()
		browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		lines := bufio.NewScanner(linkOut)
		for lines.Scan() {
			if text := strings.TrimSpace(lines.Text()); strings.HasPrefix(text, server.URL) {
				if resp, err := browser.Get(text); err == nil {
					resp.Body.Close()
					fmt.Fprintln(answerIn, resp.Header.Get("Location"))
				}
			}
		}
	}()
	store := oauth.NewMemoryStore(nil)
	token, err := oauth.Login(context.Background(), cfg, oauth.LoginOptions{Store: store, Headless: true, Input: answer, Output: link})
	link.Close()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("signed in:", token.Valid())
	// Output: signed in: true
}
