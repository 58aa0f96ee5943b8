package acd_test

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/acd-sdk/acd"
)

// A set that is none is named, and not asked for again.
func TestChangesNameWhatTheyCannotRead(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{`{"nodes":{"id":"a"}}`, "an object where the list of nodes is due"},
		{`{"checkpoint":17}`, `field "checkpoint": a number where text is due`},
		{`{"statusCode":"ok"}`, `field "statusCode": text where a whole number is due`},
		{`["checkpoint"]`, "a list where a set is due"},
	} {
		f := &feeds{texts: []string{tc.text}}
		_, err := follow(t, feedClient(t, f), "0", acd.ChangesOptions{})
		if err == nil || !strings.Contains(err.Error(), tc.want) || errors.Is(err, acd.ErrIncomplete) || len(f.sent) != 1 {
			t.Errorf("%s: error %v after %d requests", tc.text, err, len(f.sent))
		}
	}
}

// manyNodes is one set of so many nodes, which is never held.
func manyNodes(n int, tail string) io.Reader {
	i := 0
	var left strings.Reader
	return readerFunc(func(p []byte) (int, error) {
		for left.Len() == 0 {
			switch {
			case i == 0:
				left.Reset(`{"nodes":[`)
			case i <= n:
				comma := ","
				if i == 1 {
					comma = ""
				}
				left.Reset(fmt.Sprintf(`%s{"id":"%022d","name":"file-%d","kind":"FILE","version":1,"status":"AVAILABLE","description":"%0200d"}`, comma, i, i, i))
			case i == n+1:
				left.Reset(tail)
			default:
				return 0, io.EOF
			}
			i++
		}
		return left.Read(p)
	})
}

// Bug 10 (a line of 64 KiB at most): a set of 20 MiB passes through little memory, and has its checkpoint at its end only.
func TestChangesOfAnySize(t *testing.T) {
	const nodes = 70_000
	tail := `],"checkpoint":"c1","reset":true,"statusCode":200}` + theEnd
	client := feedClient(t, &feeds{answers: []io.Reader{manyNodes(nodes, tail)}})
	var before, now runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var most uint64
	count, parts := 0, 0
	for set, err := range client.Changes.Since(t.Context(), "", acd.ChangesOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if parts++; parts%10 == 0 {
			runtime.GC()
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc)
		}
		count += len(set.Nodes)
		if set.Reset != (parts == 1) || set.End != (set.Checkpoint == "c1" && len(set.Nodes) == 0) || (set.Checkpoint != "") != (count == nodes) {
			t.Fatalf("part %d: reset %v, checkpoint %q, end %v after %d nodes", parts, set.Reset, set.Checkpoint, set.End, count)
		}
	}
	if count != nodes {
		t.Errorf("%d nodes came, want %d", count, nodes)
	}
	if used := int64(most) - int64(before.HeapAlloc); used > 8<<20 {
		t.Errorf("%d MiB of heap for a set of 20 MiB", used>>20)
	}
}

func TestChangesBoundOneNode(t *testing.T) {
	endless := io.MultiReader(strings.NewReader(`{"nodes":[{"id":"a","name":"`), readerFunc(func(p []byte) (int, error) {
		for i := range p {
			p[i] = 'x'
		}
		return len(p), nil
	}))
	f := &feeds{answers: []io.Reader{endless}}
	if _, err := follow(t, feedClient(t, f), "0", acd.ChangesOptions{}); err == nil || !strings.Contains(err.Error(), "above") || len(f.sent) != 1 {
		t.Errorf("error %v after %d requests", err, len(f.sent))
	}
}

// BenchmarkChanges decodes nodes with every usual field, some 550 bytes each.
func BenchmarkChanges(b *testing.B) {
	const nodes = 10_000
	one := `{"eTagResponse":"dliQ4PlIVdA","id":"s3UjpTtKTuKEY1E3VawOzQ","name":"harbour.jpg","kind":"FILE","version":3,"labels":[],` +
		`"createdDate":"2016-05-01T10:00:00.000Z","modifiedDate":"2016-05-02T11:30:00.250Z","createdBy":"my-profile-alice",` +
		`"parents":["XZbPfyZbTamPDCbvQkPtUg"],"status":"AVAILABLE","restricted":false,"isShared":false,` +
		`"contentProperties":{"version":1,"size":56654,"md5":"99d03c5c689002aae5e79c4458ed3bfa","contentType":"image/jpeg","extension":"jpg","contentDate":"2016-04-30T18:22:01.000Z"}}`
	text := `{"checkpoint":"1","reset":true,"nodes":[` + one + strings.Repeat(","+one, nodes-1) + `],"statusCode":200}` + "\n" + theEnd
	client := feedClient(b, &feeds{texts: []string{text}})
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		n := 0
		for set, err := range client.Changes.Since(b.Context(), "", acd.ChangesOptions{}) {
			if err != nil {
				b.Fatal(err)
			}
			n += len(set.Nodes)
		}
		if n != nodes {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/nodes, "ns/node")
}

// Row 24: no text of the service's makes the feed panic, and none without an end passes as whole.
func FuzzChanges(f *testing.F) {
	f.Add(frame("1", `"reset":true,`, "a") + theEnd)
	f.Add(`{"nodes":[null,{"id":"a","parents":null,"contentProperties":null}],"statusCode":500}`)
	f.Add(`{"checkpoint":null,"nodes":[{"id":"a","assets":[{}],"properties":{"x":null}}],"end":true}`)
	f.Fuzz(func(t *testing.T, text string) {
		ended := false
		var failed error
		for set, err := range feedClient(t, &feeds{texts: []string{text}}).Changes.Since(t.Context(), "", acd.ChangesOptions{}) {
			if failed = err; err == nil {
				ended = set.End
			}
		}
		if ended != (failed == nil) || failed == nil && !strings.Contains(text, "true") {
			t.Errorf("ended %v, error %v", ended, failed)
		}
	})
}
