// Package mocks is an Amazon Drive for tests. It is the whole service in memory: as strict as the
// real one, and with as many of its oddities as the test asks for. Nobody can sign up for the real
// service any more, so a program for it can be tested only against a stand-in such as this one.
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
// Then test what happens when something goes wrong: call [Drive.Inject] with a [Fault], such as an
// upload whose response is lost, and check that the drive still holds the right files. Run such a
// test inside testing/synctest, where retries and back-off take no real time.
//
// A Drive speaks the wire protocol of the service and nothing else, so programs in any language can
// use it:
//
//   - [Drive.Client] returns a ready *acd.Client that needs no socket;
//   - a Drive is an [net/http.Handler]: httptest.NewServer(drive), or examples/mockdrive;
//   - a Drive is an [net/http.RoundTripper]. Other mocks can pass on to it the requests that they
//     do not answer: httpmock.RegisterNoResponder(drive.RoundTrip).
//
// The metadata API is under /drive/v1/, content under /cdproxy/, signed URLs under /s3/. The
// response to account/endpoint names the host to which that request was sent, unless [WithHosts]
// sets a separate host for each part.
//
// # What it does
//
// The drive supports all calls of the API: the filter language, paging with tokens that expire,
// folders with several parents, trash, labels, properties, the change feed, quota and usage;
// uploads in every form (multipart, raw, resumable, the v2 service), ranges, redirects to signed
// URLs, tempLinks that refuse an Authorization header. If the real service refuses a request, the
// Drive refuses it with the same status, code and text. Purging is forbidden, because the service
// lets only Amazon's own programs purge; see [WithFirstParty]. A [Session] of Amazon Photos may
// purge.
//
// Before the test, fill the drive with [Drive.WriteFile], [Drive.Mkdir] or [Drive.SeedFS].
// Afterwards, compare [Drive.Snapshot] with go-cmp, check [Drive.Counters], read [Drive.Journal].
// [AssertNoLeaks] fails a test that sent a token to a place where no token may go.
//
// # Amazon Photos
//
// [WithPhotos] with the name of a site, such as "amazon.de", makes a drive that speaks only the
// dialect of Amazon Photos. docs/wire-photos.md says what is known of that dialect. The differences
// are:
//
//   - A program signs in with the cookies of a browser, a [Session] of [Drive.NewSession], both on
//     the metadata host and on the content host. [Drive.ExpireSessions] ends the sessions,
//     [WithSessionRotation] renews some cookies between requests, and [AssertNoLeaks] checks where
//     their values go. A token is accepted only with [WithToken].
//   - The hosts are those of the site, and [Drive.RoundTrip] answers on no other host:
//     www.amazon.de/drive/v1/ (with account/endpoint, unless [WithoutEndpoint] is given),
//     content-eu.drive.amazonaws.com/cdproxy/, download-photos, upload-photos and
//     thumbnails-photos.amazon.de. A request to another site or another region is answered 401.
//     Behind a listener, all parts are on the one host of the listener.
//   - Nodes that Photos has made are found only with resourceVersion=V2.
//   - Pages have a token only for some sets of parameters. With other parameters, the client pages
//     by offset: a listing up to offset 9999, a search without limit. [WithRepeatedFirstPage] and
//     [WithDriftingCount] make paging harder. [WithSearchLag] makes the search see changes late. A
//     search shows no hidden files unless its filter contains settings.hidden.
//   - A member of an album names the album in xAccntParents, not in its parents. [Drive.WriteAlbum]
//     makes an album, also one of another owner. A live photo ([Drive.WriteLivePhoto]) has its
//     video as a child. Only the listing of the children of the still picture shows that video.
//   - contentRedirection leads to the original on the content host or, with
//     [WithSignedRedirection], on the storage host, where no cookie may go. A request with a
//     viewBox is answered with a rendition. [WithoutRanges] makes the drive ignore ranges.
//   - Public links come from [Drive.ShareAlbum] and [Drive.ShareGroup], and give no access to
//     originals.
//   - [SignInPage], [SignInRedirect], [BotDefence] and [NotRegistered] are faults for
//     [Drive.Inject].
//
// [Drive.WritePhoto] makes single files, and the fields of [Photo] say what such a file has.
// [Drive.SeedPhotos] makes a whole library of any size, and its contents take no memory. A
// directory of [OpenDrive] does not keep public links, nor uploads in parts that are not complete.
//
// Nobody has seen how the service does some of these things. For them the mock chooses one
// behaviour, so that programs can be tested with it: whether searches show hidden files, the form
// of the responses of bulk/nodeByDigest, of shares, of groups and of uploads in parts, and the host
// to which contentRedirection leads. The documentation of each of these says that it is such a
// choice.
//
// # What goes wrong
//
// [Drive.Inject] makes one call fail, or every second one, or one of a hundred at random: see
// [Fault]. Options turn on the lasting weaknesses of the service: [WithIndexLag] (searches see
// changes late), [WithPending], [WithRateLimit]. [Drive.ExpireTokens] ends all tokens.
//
// # Time
//
// A Drive starts no goroutine and reads the time only from its clock. It therefore works inside a
// testing/synctest bubble, where waiting takes no real time.
//
// # No fakes of single methods
//
// This package deliberately has no type with a field for each method of a service. A test with such
// a fake asserts that the program makes the calls that the author of the test had in mind. It
// passes although the service would refuse those calls, and it fails when the program reaches the
// same result with better calls. With a drive that behaves like the service, a test asserts what
// matters: what is on the drive at the end, whatever calls were made and whatever went wrong on the
// way.
//
// If a test must fake one method all the same, declare an interface with only that method where it
// is used. The client's services satisfy such an interface:
//
//	type opener interface {
//		Open(ctx context.Context, n *acd.Node, opts ...acd.OpenOption) (*acd.Reader, error)
//	}
package mocks
