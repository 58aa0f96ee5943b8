// Package acd is an SDK for Amazon Drive: the drive/v1 REST API that Amazon Photos speaks too.
//
//	client, err := acd.NewClient(ctx, tokens) // an oauth2.TokenSource; package oauth has one
//	folder, err := client.Nodes.MkdirAll(ctx, "", "Reports/2016")
//	n, err := client.Content.UploadFile(ctx, folder.ID, "june.pdf")
//	err = client.Content.DownloadFile(ctx, n, "june copy.pdf")
//	for n, err := range client.Nodes.Children(ctx, folder.ID, acd.ListOptions{}) {
//		...
//	}
//
// To try it without an account, take the client of mocks.NewDrive, as the examples on this page do.
//
// # Finding your way
//
// A [Client] gives access to the drive of one account. It never changes, and many goroutines may use it
// at once: make one and keep it. It has a service for each part of the drive:
//
//   - [Client.Nodes]: files and folders without their content: looking up, listing, making folders,
//     moving, the trash;
//   - [Client.Content]: the content of files: upload, overwrite, open, download, thumbnails;
//   - [Client.Changes]: what has happened on the drive since a checkpoint, and what happens next;
//   - [Client.Account]: quota, usage, endpoints.
//
// [Client.Do] makes API calls for which this package has no method. It uses the same credentials, rate
// limit, retries and errors as all other calls. [Client.FS] gives a folder as an [io/fs.FS]. Package
// transfer copies whole directories. Package tree looks up nodes without requests. Package oauth signs
// in. Package photos has the library and the albums of Amazon Photos.
//
// # Nodes, ids and paths
//
// Everything on the drive is a [Node]: a file, a folder, an album, a rendition of a picture. A node has
// an id that never changes, a name, and the ids of its parent folders. Mostly it has one parent. If it
// has several, it has a path for each. The service knows only ids, not paths. [NodesService.Resolve]
// finds the node at a path and needs a request for each part of the path. [NodesService.Child] finds a
// node by its name in a folder. So keep ids where you can.
//
// A method takes the id of a node if an id is enough. It takes a [*Node] if it needs more: a size and an
// MD5 to verify, or a version to compare. [RootID] can be used everywhere for the id of the root folder.
// Where a folder is listed, read or added to, "" also means the root. Where something is removed, "" is
// an [ErrInvalid].
//
// # Authentication
//
// [NewClient] takes any oauth2.TokenSource. Package oauth has one that signs in, keeps the token and
// refreshes it once for all processes. Give NewClient the token source itself, not an http.Client that
// oauth2 made from it: such an http.Client would add the token again on each redirect. If the service
// rejects a token, the client tries once more with another token, if the source has one. An
// [Authenticator] adds credentials that are not a bearer token, such as the cookies of a session. Tokens
// and cookies are sent only to the account's own hosts. They are not sent to a tempLink, and not to
// another host after a redirect.
//
// # Options
//
// What a call always needs is an argument. Everything else is an option, and a function makes each
// option. Options of a client have the type [Option]. Options of a call have a type for each kind of call
// ([UploadOption], [DownloadOption], ...), so that an option that has no effect on a call does not
// compile. The defaults are right for most programs.
//
// # Errors
//
// Compare errors with [errors.Is] and [ErrNotFound], [ErrExists] and the other sentinels, or with those
// of io/fs where one fits. The [*Error] in the chain names the operation, the node and what the service
// said. No error holds a token, a cookie or a signed URL, whatever the service sent back.
//
//	n, err := client.Content.Upload(ctx, folder.ID, "june.pdf", file)
//	switch {
//	case errors.Is(err, acd.ErrExists): // the name is taken: see IfExists
//	case errors.Is(err, acd.ErrQuotaExceeded): // no use to go on
//	case errors.Is(err, acd.ErrOutcomeUnknown): // it may be there: look before you send it again
//	case acd.IsRetryable(err): // later, perhaps; the client has retried already
//	}
//
// When the context of a call ends, the error of the call wraps the error of the context and its cause
// ([context.Cause]). If there was a response, the error also has the last one. Such an error is never
// [IsRetryable]. docs/troubleshooting.md explains each message and what to do about it.
//
// # Retries and waiting
//
// A request that was refused (rate limit) or never sent (no connection) is retried with growing random
// waits, as the [RetryPolicy] says. If the response of a request was lost, the request is retried only if
// repeating it does no harm. Otherwise the client first looks at the drive to see whether the call took
// effect. If it cannot tell, the error is [ErrOutcomeUnknown]. After a 429, all users of the client's
// [Limiter] slow down, as long as that helps. After ten minutes in which every response was a 429, calls
// fail at once with a [*ThrottledError].
//
// Therefore a call may take minutes if the service has problems. A context with a deadline ends the call
// and its waits. There is no other limit on the whole call, because a transfer may take days. An exchange
// that moves no byte for a minute is broken off ([WithStallTimeout]). [WithLogger] logs each attempt.
//
// # Content
//
// An upload is a stream. Its size and MD5 are compared with those of the content that the service stored.
// A download is verified in the same way. Give an upload a source that can be read again (a file, a
// bytes.Reader, or [WithReopen]): then a broken connection costs only time. Use
// [ContentService.DownloadFile] for a file that must be complete or absent, [ContentService.Open] for a
// stream or for parts, and [ContentService.Download] for any other [io.WriterAt].
//
// # Listings
//
// Listings are iterators: pages are fetched while the caller ranges over them, and a break stops the
// requests. An error is yielded once, as the last thing. A listing that ends without an error is
// complete. If a listing cannot prove that it reached its end, or lacks a node that could not be read, it
// ends with [ErrIncomplete]. A node that such a listing lacks may still exist: do not treat it as
// deleted. A listing shows a change late, mostly by about a second: see [WaitVisible].
//
// # Names
//
// The service does not accept every name, and it compares names without case. The caller always uses real
// names, such as "a/b" or a name that is not UTF-8. [WithNameEncoding] says how such names are stored on
// the drive, and [Node.RawName] is the stored form. In a path, a slash inside a name is written in its
// stored form.
//
// # Tracing and metrics
//
// The client sends its requests through the transport of [WithHTTPClient]. Your own RoundTripper there
// sees each request. [OperationFromContext] tells it the operation and the attempt of the request: see
// its example.
//
// # Tests
//
// Package mocks has a drive in memory that is as strict as the service. Use it to test programs that use
// this package.
package acd
