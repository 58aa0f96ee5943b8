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
