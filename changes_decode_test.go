package acd_test

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd"
)

// If a set has the wrong form, it is requested once more. If the same fault comes again, the error names
// it.
func TestChangesNameWhatTheyCannotRead(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{`{"nodes":{"id":"a"}}`, "an object where the list of nodes is due"},
		{`{"checkpoint":17}`, `field "checkpoint": a number where text is due`},
		{`{"statusCode":"ok"}`, `field "statusCode": text where a whole number is due`},
		{`["checkpoint"]`, "a list where a set is due"},
	} {
		f := &feeds{texts: []string{tc.text, tc.text}}
		_, err := follow(t, feedClient(t, f), "0", acd.ChangesOptions{})
		if err == nil || !strings.Contains(err.Error(), tc.want) || errors.Is(err, acd.ErrIncomplete) || len(f.sent) != 2 {
			t.Errorf("%s: error %v after %d requests", tc.text, err, len(f.sent))
		}
	}
}

// manyNodes returns the text of one set of n nodes, and then tail. It makes the text as it is read, so
// that it is never in memory as a whole.
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

// A set of 20 MiB in one line is read, and it needs little memory. A reader of lines of at most 64 KiB
// would fail. Only its last part has its checkpoint.
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

// BenchmarkChanges decodes nodes with every usual field. Each node has about 550 bytes.
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

// docs/pains.md, row 24: no text from the service makes the feed panic, and a feed without an end is
// never taken for complete.
func FuzzChanges(f *testing.F) {
	f.Add(frame("1", `"reset":true,`, "a") + theEnd)
	f.Add(`{"nodes":[null,{"id":"a","parents":null,"contentProperties":null}],"statusCode":500}`)
	f.Add(`{"checkpoint":null,"nodes":[{"id":"a","assets":[{}],"properties":{"x":null}}],"end":true}`)
	f.Add(`{"nodes":[{}],"end":true}`)
	f.Fuzz(func(t *testing.T, text string) {
		ended := false
		var failed error
		for set, err := range feedClient(t, &feeds{texts: []string{text}}).Changes.Since(t.Context(), "", acd.ChangesOptions{}) {
			if failed = err; err == nil {
				ended = set.End
			}
		}
		// A feed that reached its end may still lack nodes that could not be read.
		var bad *acd.NodeError
		if ended != (failed == nil || errors.As(failed, &bad)) || failed == nil && !strings.Contains(text, "true") {
			t.Errorf("ended %v, error %v", ended, failed)
		}
	})
}

// The result does not depend on the pieces in which the text of the feed arrives.
func TestChangesInPieces(t *testing.T) {
	node := func(id string) string {
		return `{"id":"` + id + `","name":"\u00e4\ud83d\ude00 \"x\" {[","x":[{"]":"}"}],"description":"` + strings.Repeat("ä", 50) + `","version" : 12 ,"labels":[ "a" , "b" ]}`
	}
	text := " \n{ \"checkpoint\" : \"c\\u0031\" ,\"nodes\":[" + node("a") + " , " + node("b") + `,{"id":3},` + node("c") + "] , \"unknown\":[1,{}], \"statusCode\" : 200 } \n" + theEnd
	type result struct {
		sets       []string
		nodes      []*acd.Node
		unreadable int
	}
	read := func(r io.Reader) (got result) {
		for set, err := range feedClient(t, &feeds{answers: []io.Reader{r}}).Changes.Since(t.Context(), "0", acd.ChangesOptions{}) {
			if err != nil {
				if !errors.Is(err, acd.ErrIncomplete) || got.unreadable != 1 {
					t.Fatal(err)
				}
				break
			}
			got.sets = append(got.sets, show(set))
			got.nodes = append(got.nodes, set.Nodes...)
			got.unreadable += len(set.Unreadable)
		}
		return got
	}
	want := read(strings.NewReader(text))
	if diff := cmp.Diff([]string{"a b c @c1", "end @c1"}, want.sets); diff != "" {
		t.Fatalf("sets (-want +got):\n%s", diff)
	}
	for size := 1; size < 40; size++ {
		left := text
		got := read(readerFunc(func(p []byte) (int, error) {
			if left == "" {
				return 0, io.EOF
			}
			n := copy(p, left[:min(size, len(left))])
			left = left[n:]
			return n, nil
		}))
		if !reflect.DeepEqual(want, got) {
			t.Errorf("in pieces of %d: %s", size, cmp.Diff(want.nodes, got.nodes))
		}
	}
}

// A long value that arrives in many pieces is not decoded again after each piece.
func TestChangesLongValueInSmallPieces(t *testing.T) {
	const size = 4 << 20
	text := `{"nodes":[{"id":"a","description":"` + strings.Repeat(`x\"`, size/3) + `"}],"checkpoint":"1"}` + theEnd
	pieces := 0
	r := strings.NewReader(text)
	start := time.Now()
	sets, err := follow(t, feedClient(t, &feeds{answers: []io.Reader{readerFunc(func(p []byte) (int, error) {
		pieces++
		return r.Read(p[:min(len(p), 512)])
	})}}), "0", acd.ChangesOptions{})
	if diff := cmp.Diff([]string{"a @0", "@1", "end @1"}, sets); diff != "" || err != nil {
		t.Errorf("error %v, sets (-want +got):\n%s", err, diff)
	}
	// If it were decoded again after each piece, about 16 GiB of text would be decoded.
	if took := time.Since(start); took > 5*time.Second || pieces < size/1024 {
		t.Errorf("%v for %d pieces", took, pieces)
	}
}

// A set is yielded when it is complete, without waiting for the next one.
func TestChangesDoNotWaitForTheNextSet(t *testing.T) {
	r, w := io.Pipe()
	sent := make(chan bool)
	go func() {
		for i := range 3 {
			fmt.Fprint(w, frame(fmt.Sprint(i), "", fmt.Sprint("n", i)))
			<-sent
		}
		fmt.Fprint(w, theEnd)
		w.Close()
	}()
	got := 0
	for set, err := range feedClient(t, &feeds{answers: []io.Reader{r}}).Changes.Since(t.Context(), "0", acd.ChangesOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		if !set.End {
			got++
			sent <- true
		}
	}
	if got != 3 {
		t.Errorf("%d sets", got)
	}
}

// A node that cannot be read does not stop the feed, and the next call does not get it again.
func TestChangesGoOnAfterAnUnreadableNode(t *testing.T) {
	f := &feeds{texts: []string{
		`{"checkpoint":"1","nodes":[{"id":"a"},{"id":"bad","version":"x"},{"id":"worse","parents":7}]}` + "\n" + frame("2", "", "b") + theEnd,
		frame("3", "", "c") + theEnd,
	}}
	client := feedClient(t, f)
	sets, err := follow(t, client, "0", acd.ChangesOptions{})
	var bad *acd.NodeError
	if !errors.Is(err, acd.ErrIncomplete) || !errors.As(err, &bad) || bad.ID != "bad" || bad.Field != "version" || !strings.Contains(err.Error(), "all but 2 nodes") {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff([]string{"a @1", "b @2", "end @2"}, sets); diff != "" {
		t.Errorf("sets (-want +got):\n%s", diff)
	}
	if sets, err = follow(t, client, "2", acd.ChangesOptions{}); err != nil || len(sets) != 2 {
		t.Errorf("the next call: %v, %v", sets, err)
	}
}
