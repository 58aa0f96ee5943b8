// Package acd is an SDK for Amazon Drive: the drive/v1 REST API that Amazon
// Photos speaks too.
//
// A [Client] has a service for each part of a drive: [AccountService],
// [NodesService] for files and folders without their content, [ContentService]
// for the content, and [ChangesService] for what happens on the drive.
//
// # Ids and nodes
//
// A method takes the id of a node where an id is enough, and a [*Node] where it needs more: a size and an MD5 to
// verify, a version to compare. [RootID] stands for the id of the drive's root everywhere; "" means the
// root too where a folder is listed, read or added to, and is an [ErrInvalid] where something is taken away.
//
// # Authentication
//
// [NewClient] takes any oauth2.TokenSource; package oauth has one that signs in, keeps the
// token and refreshes it once for all processes. A token that the service
// rejects is replaced once, if the source has another. Tokens and
// cookies go to the account's own hosts only, on no hop of a redirect elsewhere, and to
// no tempLink.
//
// # Errors
//
// Compare with [errors.Is] and [ErrNotFound], [ErrExists] and the other
// sentinels, or with those of io/fs where one fits. The [*Error] in the chain
// names the operation, the node and what the service said. No error holds a
// token, a cookie or a signed URL, whatever the service sent back.
//
// When the context of a call ends, its error is the context's error and its cause ([context.Cause]), with the last
// answer beside them if there was one, and is never [IsRetryable].
//
// # Retries
//
// A call that was refused (rate limits, a connection that was never made) is
// repeated with growing random waits, as the [RetryPolicy] says. A call whose answer was lost is
// repeated only if a second one does no harm; for the others the drive is
// looked at first, and what cannot be decided is [ErrOutcomeUnknown]. 429s
// slow every user of the client's [Limiter], as far as that helps. After ten
// minutes of nothing else calls fail at once with a [*ThrottledError].
//
// # Listings
//
// Listings are iterators: pages are fetched as the caller ranges, break stops
// the traffic, and an error is yielded once, as the last thing. A listing that ends without an error is whole; one
// that cannot prove its end, or lacks a node that could not be read, ends with [ErrIncomplete].
//
// # Names
//
// The service cannot hold every name, and compares names without case. The
// caller gives and sees names of its own world, such as "a/b" or what is not
// UTF-8; [WithNameEncoding] says how they are stored, and [Node.RawName] is the
// stored form. In paths a slash inside a name stays in its stored form.
//
// # Tests
//
// Package mocks has a drive in memory that is as strict as the service, for
// tests of programs that use this package.
package acd
