// Package mocks is an Amazon Drive to test against: the whole service in memory, as strict as the
// real one and as quirky as you ask it to be. Nobody can sign up for the service any more, so that
// this stand-in is what makes a program for it testable.
//
//	func TestBackup(t *testing.T) {
//		drive := mocks.NewDrive()
//		drive.WriteFile("old/report.txt", []byte("what is there before"))
//		err := Backup(t.Context(), drive.Client(t.Context())) // the program under test
//		if err != nil {
//			t.Fatal(err)
//		}
//		text, err := drive.ReadFile("backups/report.txt") // what is there afterwards
//		...
//	}
//
// Let things go wrong next: [Drive.Inject] with a [Fault], such as an upload whose answer is lost,
// and see that the program's drive is still right. Then run it inside testing/synctest, where
// retries and back-off take no time.
//
// It speaks the wire protocol, no more and no less, and so serves any program in any language:
//
//   - [Drive.Client] gives a ready *acd.Client without a socket;
//   - a Drive is an [net/http.Handler]: httptest.NewServer(drive), or examples/mockdrive;
//   - a Drive is an [net/http.RoundTripper], also as the last resort of other mocks:
//     httpmock.RegisterNoResponder(drive.RoundTrip).
//
// The metadata API is under /drive/v1/, content under /cdproxy/, signed URLs under /s3/, and
// account/endpoint names the host that it was asked on, unless [WithHosts] gives each a host of its
// own.
//
// # What it does
//
// All calls of the API: the filter language, paging with tokens that expire, folders with several
// parents, trash, labels, properties, the change feed, quota and usage; uploads in every form
// (multipart, raw, resumable, the v2 service), ranges, redirects to signed URLs, tempLinks that
// refuse an Authorization header. What the service refuses, it refuses with the service's own
// status, code and text. Purging is forbidden, as it is to everybody but Amazon; see
// [WithFirstParty].
//
// Seed it with [Drive.WriteFile], [Drive.Mkdir] or [Drive.SeedFS], and afterwards compare
// [Drive.Snapshot] with go-cmp, count [Drive.Counters], read [Drive.Journal]. [AssertNoLeaks] fails
// a test in which a token went where it must not.
//
// # Amazon Photos
//
// [WithPhotos] with the name of a site, such as "amazon.de", makes a drive that speaks the dialect of Amazon Photos,
// and no other: docs/wire-photos.md says what is known of it. What is different:
//
//   - A program signs in with the cookies of a browser, a [Session] of [Drive.NewSession], on the metadata host
//     and on the content host alike. [Drive.ExpireSessions] ends them, [WithSessionRotation] renews some on the way, and
//     [AssertNoLeaks] watches over their values. A token is good only with [WithToken].
//   - The hosts are those of the site, and [Drive.RoundTrip] answers on no others: www.amazon.de/drive/v1/ (with
//     account/endpoint, unless [WithoutEndpoint]), content-eu.drive.amazonaws.com/cdproxy/, download-photos, upload-photos
//     and thumbnails-photos.amazon.de. Another site or another region is a 401. Behind a listener all is on its one host.
//   - What Photos has made is found with resourceVersion=V2 only.
//   - Pages have a token for a few sets of parameters; otherwise a listing goes on by its offset, up to 9999, and a search
//     without end. [WithRepeatedFirstPage] and [WithDriftingCount] make that harder, [WithSearchLag] lets the search be late.
//     A search shows no hidden files unless its filter speaks of settings.hidden.
//   - An album stands in xAccntParents of its members, not in their parents; [Drive.WriteAlbum] makes one,
//     also of another owner. A live photo ([Drive.WriteLivePhoto]) has its video as a child that no listing shows.
//   - contentRedirection leads to the original on the content host or, with [WithSignedRedirection], on the storage host,
//     where no cookie may go. A viewBox is a rendition. [WithoutRanges] ignores ranges.
//   - Public links come from [Drive.ShareAlbum] and [Drive.ShareGroup], and show no originals.
//   - [SignInPage], [SignInRedirect], [BotDefence] and [NotRegistered] are faults to [Drive.Inject].
//
// [Drive.WritePhoto] makes single files with what a [Photo] may have or lack, [Drive.SeedPhotos] a whole library of any
// size, whose contents take no memory. Links, and uploads in parts that are not complete, do not outlive the process.
//
// Some of it nobody has seen the service do; the mock then takes a side, so that programs meet it: hidden files and
// searches, the form of the answers of bulk/nodeByDigest, shares, groups and uploads in parts, the host behind
// contentRedirection. Each of these says so where it is explained.
//
// # What goes wrong
//
// [Drive.Inject] lets one call fail, each second, or one of a hundred at random: see [Fault]. The
// slower truths of the service are options: [WithIndexLag] (searches lag behind), [WithPending],
// [WithRateLimit], [Drive.ExpireTokens].
//
// # Time
//
// A Drive starts no goroutine and reads the time only from its clock, so that it works inside a
// testing/synctest bubble, where waiting costs nothing.
//
// # No fakes of single methods
//
// There is deliberately no type here with a field for each method of a service. A test with such a
// fake asserts that the program makes the calls its author had in mind; it passes although the
// calls would be refused, and fails when the program becomes better at the same job. Against a
// drive that behaves, a test asserts what it is about: what is on the drive in the end, whatever
// calls led there and whatever went wrong on the way.
//
// Where one method must be faked all the same, declare at the place of its use what that place
// needs; the client's services satisfy it as they are:
//
//	type opener interface {
//		Open(ctx context.Context, n *acd.Node, opts ...acd.OpenOption) (*acd.Reader, error)
//	}
package mocks
