package benchmarks

import (
	"crypto/md5"
	"fmt"
	"hash"
	"sync"
	"testing"

	md5simd "github.com/minio/md5-simd"
)

// BenchmarkHashingFiles hashes several files at once, as the upload of a directory does before it
// skips identical files. It compares the standard library's MD5 with an MD5 that hashes up to 16
// streams in the vector lanes of one processor.
func BenchmarkHashingFiles(b *testing.B) {
	block := make([]byte, 64<<10)
	const blocks = 64 // 4 MiB a file
	server := md5simd.NewServer()
	defer server.Close()
	for _, files := range []int{1, 2, 8, 16} {
		for kind, newHash := range map[string]func() (hash.Hash, func()){
			"std":  func() (hash.Hash, func()) { return md5.New(), func() {} },
			"simd": func() (hash.Hash, func()) { h := server.NewHash(); return h, h.Close },
		} {
			b.Run(fmt.Sprintf("%d files/%s", files, kind), func(b *testing.B) {
				b.SetBytes(int64(files * blocks * len(block)))
				for b.Loop() {
					var wg sync.WaitGroup
					for range files {
						wg.Go(func() {
							h, done := newHash()
							defer done()
							for range blocks {
								h.Write(block)
							}
							h.Sum(nil)
						})
					}
					wg.Wait()
				}
			})
		}
	}
}
