package mocks_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/acd-sdk/acd/mocks"
)

func get(b *testing.B, hc *http.Client, target string) {
	req, err := http.NewRequestWithContext(b.Context(), "GET", target, nil)
	if err != nil {
		b.Error(err)
		return
	}
	req.Header.Set("Authorization", "Bearer mock-token")
	resp, err := hc.Do(req)
	if err != nil {
		b.Error(err)
		return
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 {
		b.Errorf("%s: %d %v", target, resp.StatusCode, err)
	}
}

// BenchmarkLoopback measures small metadata requests over a real connection. Client and server are
// in one process.
func BenchmarkLoopback(b *testing.B) {
	d := mocks.NewDrive()
	id, err := d.WriteFile("dir/file.txt", []byte("hello"))
	if err != nil {
		b.Fatal(err)
	}
	s := httptest.NewServer(d)
	defer s.Close()
	hc := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			get(b, hc, s.URL+"/drive/v1/nodes/"+id)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

// BenchmarkRoundTrip measures the same without a socket.
func BenchmarkRoundTrip(b *testing.B) {
	d := mocks.NewDrive()
	hc := &http.Client{Transport: d}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			get(b, hc, "https://drive.test/drive/v1/nodes/"+d.RootID())
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

func folder(b *testing.B, n int) (d *mocks.Drive, id string) {
	d = mocks.NewDrive()
	id, err := d.Mkdir("dir")
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		if _, err := d.WriteFile(fmt.Sprintf("dir/%d", i), nil); err != nil {
			b.Fatal(err)
		}
	}
	return d, id
}

// BenchmarkChildren measures the first page of a folder. The time must not depend on the size of
// the folder.
func BenchmarkChildren(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			d, id := folder(b, n)
			hc := &http.Client{Transport: d}
			for b.Loop() {
				get(b, hc, "https://drive.test/drive/v1/nodes/"+id+"/children")
			}
		})
	}
}

// BenchmarkLaterPage measures the last full page of a listing, with and without a filter.
func BenchmarkLaterPage(b *testing.B) {
	for _, filter := range []string{"", "kind:FILE"} {
		for _, n := range []int{1_000, 100_000} {
			b.Run(fmt.Sprintf("%s/%d", filter, n), func(b *testing.B) {
				d, id := folder(b, n)
				r := &rig{t: b, drive: d, hc: &http.Client{Transport: d}, base: "https://drive.test", token: "mock-token"}
				q := url.Values{}
				if filter != "" {
					q.Set("filters", filter)
				}
				token := ""
				for {
					page := r.want(200, "GET", "nodes/"+id+"/children?"+q.Encode(), "")
					next, _ := page["nextToken"].(string)
					if next == "" {
						break
					}
					token = next
					q.Set("startToken", next)
				}
				q.Set("startToken", token)
				for b.Loop() {
					get(b, r.hc, "https://drive.test/drive/v1/nodes/"+id+"/children?"+q.Encode())
				}
			})
		}
	}
}

// BenchmarkUpload measures uploads of small files without a socket.
func BenchmarkUpload(b *testing.B) {
	d := mocks.NewDrive(mocks.WithToken("tok"))
	r := &rig{t: b, drive: d, hc: &http.Client{Transport: d}, base: "https://drive.test", token: "tok"}
	content := []byte(strings.Repeat("x", 10_000))
	var n atomic.Int64
	b.SetBytes(int64(len(content)))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			i := n.Add(1)
			if res, err := r.try(r.uploadRequest("?suppress=deduplication", fmt.Sprintf(`{"name":"%d","kind":"FILE"}`, i), append(content[:len(content):len(content)], fmt.Sprint(i)...))); err != nil || res.status != 201 {
				b.Errorf("%d %v", res.status, err)
			}
		}
	})
}

// BenchmarkMillion fills a drive with a million files in 10,000 folders and reports the memory for
// each file. Every file has its own content of at most 7 bytes, which is included.
func BenchmarkMillion(b *testing.B) {
	const folders, files = 10_000, 100
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		d := mocks.NewDrive()
		for i := range folders {
			dir := fmt.Sprintf("%02d/%02d/", i/100, i%100)
			for j := range files {
				if _, err := d.WriteFile(fmt.Sprintf("%sfile number %d.txt", dir, j), fmt.Append(nil, i, j)); err != nil {
					b.Fatal(err)
				}
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		heap := float64(after.HeapAlloc - before.HeapAlloc)
		b.ReportMetric(heap/folders/files, "B/node")
		b.ReportMetric(heap/(1<<30), "GiB")
		runtime.KeepAlive(d)
	}
}

// BenchmarkSynthetic measures an upload and a download of 256 MiB whose bytes the drive does not
// keep.
func BenchmarkSynthetic(b *testing.B) {
	const size = 256 << 20
	r := newRig(b, mocks.WithSyntheticContents(1))
	b.SetBytes(2 * size)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		req := r.request("POST", fmt.Sprintf("/cdproxy/nodes?suppress=deduplication&kind=FILE&name=%d", i), mocks.Synthetic(1, size))
		req.ContentLength = size
		res, err := r.try(req)
		if err != nil || res.status != 201 {
			b.Fatal(res, err)
		}
		get(b, &http.Client{Transport: withToken{r}}, r.base+"/cdproxy/nodes/"+res.json(b)["id"].(string)+"/content")
	}
}

type withToken struct{ *rig }

func (w withToken) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer "+w.token)
	return w.drive.RoundTrip(req)
}

// BenchmarkPhotos makes a library of a hundred thousand photos. It reports the memory for each file
// and measures a search that finds all of them.
func BenchmarkPhotos(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		w := newBrowser(b)
		lib := w.seed(100_000)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(lib.Files), "B/file")
		b.StartTimer()
		seen, _ := w.walk("search?filters=" + url.QueryEscape("settings.hidden:(true OR false)") + "&sort=" + url.QueryEscape("['createdDate DESC']"))
		if len(seen) != lib.Files {
			b.Fatalf("%d of %d files", len(seen), lib.Files)
		}
	}
}
