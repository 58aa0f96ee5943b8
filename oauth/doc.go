// Package oauth signs a person in with Login with Amazon, once, and keeps the program signed in
// from then on.
//
// # Signing in
//
// [Login] opens the browser and waits for its answer on a loopback address, or, with
// [LoginOptions.Headless], prints a link and reads back what the browser was sent to. The token
// goes to a [Store]; [NewTokenSource] gives it out from there, refreshed:
//
//	cfg := oauth.Config{ClientID: id, ClientSecret: oauth.Secret(secret)}
//	store := oauth.NewFileStore(path)
//	_, err := store.Load(ctx)
//	if errors.Is(err, oauth.ErrSignInAgain) { // the first time
//		_, err = oauth.Login(ctx, cfg, oauth.LoginOptions{Store: store})
//	}
//	...
//	tokens, err := oauth.NewTokenSource(ctx, cfg, store)
//	client, err := acd.NewClient(ctx, tokens)
//
// The client id and its secret are those of a Login with Amazon security profile that was
// allow-listed for Amazon Drive. None are given out any more: a program's user brings keys, or
// takes those of an rclone remote over (package rcloneconf). The address to which the browser comes
// back must be registered with the profile, to the last slash: [Config.RedirectURL].
//
// # While the program runs
//
// Access tokens live for 60 minutes; the [TokenSource] replaces its own [EarlyRefresh] before that,
// so that nobody notices. A call that fails with [ErrSignInAgain] in its chain means that only a
// person can help: the access was taken back, or the refresh token is lost. A program without a
// terminal should say so and end, and not try on.
//
// # Machines without a browser
//
// A machine without a browser can also be given the token of another: it is one JSON object, the
// one that rclone keeps and prints, and the whole content of a [FileStore]'s file. [ParseToken] and
// [MarshalToken] read and write it.
//
// # Accounts outside of amazon.com
//
// Customers of amazon.co.uk, amazon.de and the other European sites sign in on the same amazon.com
// page with the e-mail address and password of their own site; no other AuthURL is needed. Where
// their drive lives is found out later, by endpoint discovery.
//
// # What can be lost
//
// A token server may hand out a new refresh token with each refresh and spend the old one. The new
// one is therefore saved before the access token that came with it is used, and the store is opened
// for writing before anything is spent. One gap cannot be closed from this side: a process that is
// killed after the server has answered and before the answer is on disk (some milliseconds), or an
// answer that gets lost on the network, leaves only the spent refresh token, and the next refresh
// is then [ErrSignInAgain]. Login with Amazon itself keeps refresh tokens valid, so that there
// nothing is lost.
//
// # Secrets
//
// No error, log line or printed value of this package holds a token, a client secret, an
// authorization code or the state of a sign-in. The printed link holds the state, which is
// worthless once the sign-in has ended; the address given to the browser program, which other users
// of the machine can read, does not.
package oauth
