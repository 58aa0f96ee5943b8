// Package drivetest checks, over plain HTTP, that a service behaves as the Amazon Drive service
// does.
//
// It is an independent reading of the wire reference. It uses neither the SDK nor the mocks
// package, only net/http and encoding/json. The real service, the drive of package mocks and a fake
// in any other language are therefore all checked by the same rules.
//
//	func TestDrive(t *testing.T) {
//		server := httptest.NewServer(myFake)
//		defer server.Close()
//		drivetest.Run(t, drivetest.Target{
//			DiscoveryURL: server.URL + "/drive/v1/account/endpoint",
//			Token:        "tok",
//		})
//	}
//
// Every rule is a subtest, "topic/the rule in words", so -run can select one:
//
//	go test ./mocks/drivetest -run 'TestConformance/.*/list/limit'
//
// # What a rule needs
//
// A rule that needs only a token runs against every target. The other rules are skipped if the
// target lacks what they need, and then say why:
//
//   - rules about responses that nobody has seen from the real service, and that the wire reference
//     defines only for fakes, need [Target.Fake];
//   - rules about time need [Target.Advance];
//   - rules about tokens with other scopes, expired tokens and sign-in need [Target.Issue],
//     [Target.Expired] and [Target.OAuth];
//   - rules about Amazon Photos, which uses cookies and has its own dialect, need [Target.Fresh]
//     with [Variant.Site];
//   - rules about settings (a small quota, a low redirect threshold, index lag) need
//     [Target.Fresh].
//
// # The real service
//
// The test TestRealDrive of this package runs the suite against the drive that two environment
// variables name. Without the variables it is skipped:
//
//	ACD_DRIVETEST_DISCOVERY_URL=https://drive.amazonaws.com/drive/v1/account/endpoint \
//	ACD_DRIVETEST_TOKEN='Atza|...' \
//	go test ./mocks/drivetest -run TestRealDrive -timeout 60m -v
//
// The run makes a folder for itself, named drivetest- and random characters, works in this folder,
// and moves it to the trash at the end. Nothing else on the drive is changed. A few nodes must be
// made outside of that folder; they are trashed one by one. With -short, the rules that need
// hundreds of nodes are left out. The token is never printed.
package drivetest
