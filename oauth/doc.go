// Package oauth signs a person in with Login with Amazon once, and keeps the program signed in from
// then on.
//
// # Signing in
//
// [Login] opens the browser and waits on a loopback address until the browser comes back. With
// [LoginOptions.Headless] it prints a link instead, and reads the address to which the browser was
// sent. Login saves the token in a [Store]. [NewTokenSource] returns a source that reads the token
// from there and refreshes it:
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
// The client id and its secret belong to a Login with Amazon security profile that was allow-listed
// for Amazon Drive. Amazon gives out no new ones. The user of a program brings keys, or takes over
// the keys of an rclone remote (package rcloneconf). The address to which the browser comes back
// must be registered with the profile, exactly, including the last slash: see [Config.RedirectURL].
//
// # While the program runs
//
// An access token lives for 60 minutes. The [TokenSource] replaces it [EarlyRefresh] before its
// end, so that users notice nothing. If a call fails with [ErrSignInAgain] in its error chain, only
// a person can help: the person removed the program's access, or the refresh token is lost. A
// program without a terminal should report this and end. Retrying does not help.
//
// # Machines without a browser
//
// A machine without a browser can also use the token of another machine. The token is one JSON
// object. rclone keeps and prints this object, and the file of a [FileStore] holds it and nothing
// else. [ParseToken] and [MarshalToken] read and write it.
//
// # Accounts outside of amazon.com
//
// Customers of amazon.co.uk, amazon.de and the other European sites sign in on the same amazon.com
// page, with the e-mail address and password of their own site. They need no other AuthURL.
// Endpoint discovery later finds the servers of their drive.
//
// # What can be lost
//
// A token server may return a new refresh token with each refresh and make the old one invalid.
// Therefore the new refresh token is saved before the access token that came with it is used, and
// the store is opened for writing before a refresh token is sent. One gap remains: if the process
// is killed after the server has answered and before the new token is on disk (some milliseconds),
// or if the network loses the response, only the old, invalid refresh token is left. The next
// refresh then fails with [ErrSignInAgain]. Login with Amazon itself keeps old refresh tokens
// valid, so that nothing is lost there.
//
// # Secrets
//
// No error, log line or printed value of this package holds a token, a client secret, an
// authorization code or the state of a sign-in. There is one exception: the printed link holds the
// state, which is worthless once the sign-in has ended. The address that is given to the browser
// program does not hold the state, because other users of the machine can read this address.
package oauth
