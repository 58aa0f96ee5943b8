package mocks_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/mocks"
)

// Every operation of the client can be made to fail by its name. The test reads the names from the
// sources of the client, so that a new operation cannot be forgotten.
func TestEveryOperationOfTheClientCanBeHit(t *testing.T) {
	sources, err := filepath.Glob("../*.go")
	if err != nil || len(sources) < 20 {
		t.Fatalf("%d sources, %v", len(sources), err)
	}
	declared := regexp.MustCompile(`transport\.Op\{Name: "([^"]+)", Method`)
	known := mocks.Ops()
	found := 0
	for _, path := range sources {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range declared.FindAllStringSubmatch(string(text), -1) {
			found++
			if !slices.Contains(known, mocks.Op(m[1])) {
				t.Errorf("no fault can hit %s", m[1])
			}
		}
	}
	if found < 25 {
		t.Errorf("%d operations were found in the sources", found)
	}
}

func TestFaultOfAnUnknownOperationIsRefused(t *testing.T) {
	for op, ok := range map[mocks.Op]bool{
		"": true, "Nodes.Get": true, "Content.*": true, "*": true, mocks.OpContentThumbnail: true,
		"Nodes.Gte": false, "nodes.get": false, "Photos.*": false, "[": false,
	} {
		t.Run(string(op), func(t *testing.T) {
			defer func() {
				told := recover()
				if (told == nil) != ok {
					t.Fatalf("refused: %v", told)
				}
				if text, _ := told.(string); !ok && op != "[" && !strings.Contains(text, "Nodes.Get") {
					t.Errorf("%q does not say what there is", text)
				}
			}()
			mocks.NewDrive().Inject(mocks.Fault{Op: op, Status: 500})
		})
	}
}

func TestFaultsHitTheOperationsThatShareAPath(t *testing.T) {
	drive := mocks.NewDrive()
	id, err := drive.WriteFile("a.jpg", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	client := drive.Client(t.Context(), acd.WithRetryPolicy(acd.RetryPolicy{MaxAttempts: 1}))
	for op, call := range map[mocks.Op]func() error{
		mocks.OpContentThumbnail: func() error { _, err := client.Content.Thumbnail(t.Context(), id, 10); return err },
		mocks.OpNodesTrashAll:    func() error { return client.Nodes.TrashAll(t.Context(), []string{id}) },
		mocks.OpNodesRestoreAll:  func() error { return client.Nodes.RestoreAll(t.Context(), []string{id}) },
	} {
		fault := drive.Inject(mocks.Fault{Op: op, Status: 403, Times: 1})
		if err := call(); err == nil || fault.Fired() != 1 {
			t.Errorf("%s: %v, fired %d times", op, err, fault.Fired())
		}
	}
}

// If a token expires or is forgotten while a program works, the client gets another token from the
// drive's source, exactly once.
func TestFaultsOfTokens(t *testing.T) {
	for name, fault := range map[string]mocks.Fault{
		"expired": {Op: mocks.OpNodesGet, Nth: 2, ExpireTokens: true},
		"revoked": {Op: mocks.OpNodesGet, Nth: 2, RevokeTokens: true},
	} {
		t.Run(name, func(t *testing.T) {
			drive := mocks.NewDrive()
			client := drive.Client(t.Context())
			injected := drive.Inject(fault)
			for range 4 {
				if _, err := client.Nodes.Get(t.Context(), drive.RootID()); err != nil {
					t.Fatal(err)
				}
			}
			if injected.Fired() != 1 || drive.Counters().ByStatus[401] != 1 {
				t.Errorf("fired %d times, %d refusals", injected.Fired(), drive.Counters().ByStatus[401])
			}
		})
	}
}
