// Package photos is Amazon Photos: the photos and videos of an account, its albums, and the originals of all of them.
//
// # Signing in
//
// There is no way to sign in that is open to every program but the cookies of a browser that is signed in.
// [ParseSession] reads them in whichever form they were copied, a [SessionStore] keeps them for all processes that share
// the session, and [NewClient] makes a client whose requests are signed by what the store holds. Nothing is refreshed: when
// the session ends ([ErrSignInAgain]), somebody signs in at the site again, and copies the cookies again.
//
// Cookies are as good as a password, and for the whole account, not only for its photos. No error, log or printed value of this
// package shows one. They are sent to the hosts of Amazon Photos of the account's own site, and to no other.
//
// # What is there
//
// [Library] searches, counts, uploads and changes photos; [Albums] reads and changes albums. Both are on top of
// [Client.Drive], which sees the same nodes as files and folders, lists what searches do not find yet, and has the content: an original is
// read by [acd.ContentService.Open] and the like, verified by its MD5. The video of a live photo is not in any listing:
// see [Library.LiveVideo]. [OpenShare] reads a public link without signing in.
//
// # What this rests on
//
// Amazon documents none of this. The package was tested against the drive of package mocks and a second server by another hand,
// both written from public evidence (docs/wire-photos.md), and not against a live account. Where the evidence is
// thin, answers are read in several forms. Amazon's terms may forbid programs like this; the official desktop app is the
// other way to get originals out.
package photos
