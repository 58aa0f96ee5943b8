// Package drivetest checks that something behaves as the Amazon Drive service does, over plain HTTP.
//
// It is an independent reading of the wire reference: it uses neither the SDK nor the mocks package, only
// net/http and encoding/json, so that the real service, the drive of package mocks and a fake written in any
// other language are all held to the same rules.
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
// Every rule is a subtest, "topic/the rule in words", so that -run picks one:
//
//	go test ./mocks/drivetest -run 'TestConformance/.*/list/limit'
//
// # What a rule needs
//
// A rule that nothing more than a token can show runs against every target. The others say why they are
// skipped:
//
//   - rules about answers that nobody has seen from the real service, and that the wire reference settles for
//     fakes only, need [Target.Fake];
//   - rules about time need [Target.Advance];
//   - rules about tokens with other scopes, expired tokens and sign-in need [Target.Issue], [Target.Expired]
//     and [Target.OAuth];
//   - rules about Amazon Photos, which takes cookies and speaks a dialect of its own, need [Target.Fresh] with
//     [Variant.Site];
//   - rules about settings (a small quota, a low redirect threshold, index lag) need [Target.Fresh].
//
// # The real service
//
// The test TestRealDrive of this package runs the suite against a drive named by two environment variables,
// and is skipped without them:
//
//	ACD_DRIVETEST_DISCOVERY_URL=https://drive.amazonaws.com/drive/v1/account/endpoint \
//	ACD_DRIVETEST_TOKEN='Atza|...' \
//	go test ./mocks/drivetest -run TestRealDrive -timeout 60m -v
//
// Everything happens in a folder made for the run, named drivetest- and random characters, and moved to the
// trash at the end. Nothing else on the drive is changed: the few nodes that must be made outside of that folder
// are trashed one by one. With -short the rules that need hundreds of nodes are left out. The token is never printed.
package drivetest
