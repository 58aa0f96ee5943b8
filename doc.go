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
// A [Client] is one account's drive. It never changes, and may be used by many goroutines at once:
// make one and keep it. It has a service for each part of the drive:
//
//   - [Client.Nodes]: files and folders without their content: looking up, listing, making folders,
//     moving, the trash;
//   - [Client.Content]: the content of files: upload, overwrite, open, download, thumbnails;
//   - [Client.Changes]: what happens on the drive, and has happened since the last look;
//   - [Client.Account]: quota, usage, endpoints.
//
// What has no method here is reached by [Client.Do], with the credentials, pace, retries and errors
// of all other calls. [Client.FS] is a folder as an [io/fs.FS]. For whole directories see package
// transfer, for look-ups without requests package tree, for signing in package oauth.
//
// # Nodes, ids and paths
//
// Whatever is on the drive is a [Node]: a file, a folder, an album, a rendition of a picture. It
// has an id that never changes, a name, and ids of folders that it is in: mostly one, but there may
// be several, and the node then has a path for each. The service knows ids only.
// [NodesService.Resolve] finds the node at a path by a request for each part, and
// [NodesService.Child] one in a folder, so keep ids where you can.
//
// A method takes the id of a node where an id is enough, and a [*Node] where it needs more: a size
// and an MD5 to verify, a version to compare. [RootID] stands for the id of the drive's root
// everywhere; "" means the root too where a folder is listed, read or added to, and is an
// [ErrInvalid] where something is taken away.
//
// # Authentication
//
// [NewClient] takes any oauth2.TokenSource; package oauth has one that signs in, keeps the token
// and refreshes it once for all processes. Give it the source itself, and not an http.Client that
// oauth2 made of it: that would add the token again on each redirect. A token that the service
// rejects is replaced once, if the source has another. What is no bearer token, such as the cookies
// of a session, is the work of an [Authenticator]. Tokens and cookies go to the account's own hosts
// only, on no hop of a redirect elsewhere, and to no tempLink.
//
// # Options
//
// What a call needs is an argument; the rest are options, made by functions: those of a client are
// an [Option], those of a call have a type for each kind of call ([UploadOption], [DownloadOption],
// ...), so that an option that does nothing for a call does not compile. Without options a client
// does what is right for most programs.
//
// # Errors
//
// Compare with [errors.Is] and [ErrNotFound], [ErrExists] and the other sentinels, or with those of
// io/fs where one fits. The [*Error] in the chain names the operation, the node and what the
// service said. No error holds a token, a cookie or a signed URL, whatever the service sent back.
//
//	n, err := client.Content.Upload(ctx, folder.ID, "june.pdf", file)
//	switch {
//	case errors.Is(err, acd.ErrExists): // the name is taken: see IfExists
//	case errors.Is(err, acd.ErrQuotaExceeded): // no use to go on
//	case errors.Is(err, acd.ErrOutcomeUnknown): // it may be there: look before you send it again
//	case acd.IsRetryable(err): // later, perhaps; the client has retried already
//	}
//
// When the context of a call ends, its error is the context's error and its cause
// ([context.Cause]), with the last answer beside them if there was one, and is never [IsRetryable].
// What each message means, and what to do about it, is in docs/troubleshooting.md.
//
// # Retries and waiting
//
// A call that was refused (rate limits, a connection that was never made) is repeated with growing
// random waits, as the [RetryPolicy] says. A call whose answer was lost is repeated only if a
// second one does no harm; for the others the drive is looked at first, and what cannot be decided
// is [ErrOutcomeUnknown]. 429s slow every user of the client's [Limiter], as far as that helps.
// After ten minutes of nothing else calls fail at once with a [*ThrottledError].
//
// So a call may take minutes if the service is not well. A context with a deadline ends it, its
// waits too; there is no other limit on the whole, because a transfer may take days. An exchange
// that moves no byte for a minute is broken off ([WithStallTimeout]). [WithLogger] shows each
// attempt.
//
// # Content
//
// An upload streams, and is compared with what the service stored by size and MD5; a download
// likewise. Give an upload a source that can be read again (a file, a bytes.Reader, or
// [WithReopen]), since a connection that breaks then costs time only. Take
// [ContentService.DownloadFile] for a file that should be whole or not there, [ContentService.Open]
// for a stream or for parts, and [ContentService.Download] for anything else that is written to.
//
// # Listings
//
// Listings are iterators: pages are fetched as the caller ranges, break stops the traffic, and an
// error is yielded once, as the last thing. A listing that ends without an error is whole; one that
// cannot prove its end, or lacks a node that could not be read, ends with [ErrIncomplete]. Do not
// take what such a listing lacks for deleted. Listings lag behind changes, for a second mostly:
// [WaitVisible].
//
// # Names
//
// The service cannot hold every name, and compares names without case. The caller gives and sees
// names of its own world, such as "a/b" or what is not UTF-8; [WithNameEncoding] says how they are
// stored, and [Node.RawName] is the stored form. In paths a slash inside a name stays in its stored
// form.
//
// # Tracing and metrics
//
// The client sends through the transport of [WithHTTPClient]. A RoundTripper of your own there sees
// each request, and [OperationFromContext] tells it which operation and which attempt the request
// is: see its example.
//
// # Tests
//
// Package mocks has a drive in memory that is as strict as the service, for tests of programs that
// use this package.
package acd
