// Package photos signs in to Amazon Photos by the cookies of a browser's session.
//
// [ParseSession] reads the cookies in whichever form they were copied, a [SessionStore] keeps them for all
// processes that share the session, and requests are signed by what the store holds. There is no refresh: when the
// session ends ([ErrSignInAgain]), somebody signs in at the site again, and copies the cookies again.
//
// Cookies are as good as a password. No error, log or printed value of this package shows one.
package photos
