// Package photos is a client for Amazon Photos. It reads and changes the photos and videos of an
// account and its albums, and downloads the originals.
//
// # Signing in
//
// The only way to sign in that is open to every program is to use the cookies of a browser that is
// signed in. [ParseSession] reads the cookies in any of the forms in which they can be copied. A
// [SessionStore] keeps them for all processes that share the session. [NewClient] makes a client
// that sends the cookies in the store. A session cannot be refreshed. When it ends
// ([ErrSignInAgain]), a person must sign in at the site again and copy the cookies again.
//
// The cookies are as secret as a password, and give access to the whole account, not only to its
// photos. No error, log or printed value of this package shows a cookie. They are sent only to the
// Amazon Photos hosts of the account's own site.
//
// # What is there
//
// [Library] searches, counts, uploads and changes photos. [Albums] reads and changes albums. Both
// use [Client.Drive], which shows the same nodes as files and folders. Client.Drive also lists new
// uploads that searches do not find yet, and reads the content: [acd.ContentService.Open] and
// similar methods read an original and verify it by its MD5. The video of a live photo is not in
// any listing: see [Library.LiveVideo]. [OpenShare] reads a public link without signing in.
//
// # What this rests on
//
// Amazon documents none of this. The package was not tested against a live account. It was tested
// against the drive of package mocks and a second, independently written server. Both servers were
// written from public evidence (docs/wire-photos.md). Where there is little evidence, the package
// accepts responses in several forms. Amazon's terms may forbid programs like this. The other way
// to get the originals is the official desktop app.
package photos
