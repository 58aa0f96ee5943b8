package transfer_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/acd-sdk/acd/mocks"
	"github.com/acd-sdk/acd/transfer"
)

func openCache(t testing.TB, path string) *transfer.FileHashCache {
	t.Helper()
	c, err := transfer.OpenHashCache(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func closeCache(t testing.TB, c *transfer.FileHashCache) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

func state(i int) transfer.FileState {
	return transfer.FileState{Path: fmt.Sprintf("/dir/%d", i), Size: int64(i), ModTime: time.Unix(int64(i), 5), Inode: uint64(i)}
}

func sum(i int) string { return fmt.Sprintf("%032x", i) }

func TestHashCacheKnowsOnlyTheSameState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache")
	c := openCache(t, path)
	c.Put(state(1), sum(1))
	c.Put(state(2), "not an MD5")
	c.Put(state(3), sum(3)[1:])
	closeCache(t, c)
	c = openCache(t, path)
	defer closeCache(t, c)
	same := state(1)
	same.ModTime = same.ModTime.UTC()
	if got, ok := c.Get(same); !ok || got != sum(1) {
		t.Errorf("got %q, %v", got, ok)
	}
	for name, change := range map[string]func(*transfer.FileState){
		"path": func(f *transfer.FileState) { f.Path += "x" }, "size": func(f *transfer.FileState) { f.Size++ },
		"time": func(f *transfer.FileState) { f.ModTime = f.ModTime.Add(1) }, "inode": func(f *transfer.FileState) { f.Inode++ },
	} {
		f := state(1)
		change(&f)
		if got, ok := c.Get(f); ok {
			t.Errorf("another %s: got %q", name, got)
		}
	}
	for _, i := range []int{2, 3} {
		if _, ok := c.Get(state(i)); ok {
			t.Errorf("%d was remembered", i)
		}
	}
}

// If the file is cut off or damaged, the other entries are still known, and no entry is wrong.
func TestHashCacheDamaged(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole")
	c := openCache(t, whole)
	for i := range 5 {
		c.Put(state(i), sum(i))
	}
	closeCache(t, c)
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "damaged")
	check := func(name string, damaged []byte, least int) {
		t.Helper()
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := transfer.OpenHashCache(path)
		if err != nil {
			if !strings.Contains(err.Error(), "the file is not one") {
				t.Errorf("%s: %v", name, err)
			}
			if now, _ := os.ReadFile(path); !bytes.Equal(now, damaged) {
				t.Errorf("%s: a file that is no cache was changed", name)
			}
			return
		}
		known := 0
		for i := range 5 {
			got, ok := c.Get(state(i))
			if ok && got != sum(i) {
				t.Errorf("%s: %d has the sum %s", name, i, got)
			}
			if ok {
				known++
			}
		}
		if known < least {
			t.Errorf("%s: %d are known, want at least %d", name, known, least)
		}
		c.Put(state(9), sum(9))
		closeCache(t, c)
		again := openCache(t, path)
		if _, ok := again.Get(state(9)); !ok {
			t.Errorf("%s: what was put afterwards is gone", name)
		}
		closeCache(t, again)
	}
	const head, record = 17, 60
	for n := range len(data) {
		check(fmt.Sprintf("cut at %d", n), data[:n], max(0, n-head)/record)
		flipped := bytes.Clone(data)
		flipped[n] ^= 4
		check(fmt.Sprintf("flipped at %d", n), flipped, 4)
	}
}

func TestHashCacheIsLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache")
	c := openCache(t, path)
	defer closeCache(t, c)
	if second, err := transfer.OpenHashCache(path); err == nil {
		second.Close()
		t.Error("opened twice")
	}
}

// The file is rewritten, so it does not grow for ever with more runs.
func TestHashCacheIsCompacted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cache")
	c := openCache(t, path)
	for i := range 3000 {
		f := state(i % 10)
		f.Size = int64(i)
		c.Put(f, sum(i))
	}
	closeCache(t, c)
	before, _ := os.Stat(path)
	c = openCache(t, path)
	c.Put(state(77), sum(77))
	closeCache(t, c)
	after, err := os.Stat(path)
	if err != nil || after.Size() > before.Size()/100 {
		t.Errorf("%d bytes, then %v", before.Size(), after)
	}
	c = openCache(t, path)
	defer closeCache(t, c)
	last := state(9)
	last.Size = 2999
	for f, want := range map[transfer.FileState]string{last: sum(2999), state(77): sum(77)} {
		if got, _ := c.Get(f); got != want {
			t.Errorf("%v: got %q, want %q", f, got, want)
		}
	}
	if rest, _ := filepath.Glob(path + ".*.tmp"); len(rest) > 0 {
		t.Errorf("left behind: %v", rest)
	}
}

// counting counts the hits, misses and puts of a cache.
type counting struct {
	transfer.HashCache
	mu                sync.Mutex
	hits, misses, put int
}

func (c *counting) Get(f transfer.FileState) (string, bool) {
	sum, ok := c.HashCache.Get(f)
	c.mu.Lock()
	defer c.mu.Unlock()
	if ok {
		c.hits++
	} else {
		c.misses++
	}
	return sum, ok
}

func (c *counting) Put(f transfer.FileState, sum string) {
	c.HashCache.Put(f, sum)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put++
}

// A second run reads no file again, neither the uploaded nor the downloaded ones.
func TestRestartsHashNothing(t *testing.T) {
	drive := mocks.NewDrive()
	client := drive.Client(t.Context())
	from, to := t.TempDir(), t.TempDir()
	tree := files{"a": "1", "sub/b": "2", "sub/c": "3"}
	write(t, from, tree)
	for path := range tree {
		touch(t, filepath.Join(from, path), time.Now().Add(-time.Hour))
	}
	path := filepath.Join(t.TempDir(), "cache")
	opts := func(c *counting) transfer.Options { return transfer.Options{Hashes: c} }
	for round, want := range []struct{ hits, misses, put int }{{0, 0, 6}, {6, 0, 0}} {
		file := openCache(t, path)
		c := &counting{HashCache: file}
		if _, err := transfer.Upload(t.Context(), client, from, "b", opts(c)); err != nil {
			t.Fatal(err)
		}
		if _, err := transfer.Download(t.Context(), client, "b", to, opts(c)); err != nil {
			t.Fatal(err)
		}
		closeCache(t, file)
		if c.hits != want.hits || c.misses != want.misses || c.put != want.put {
			t.Errorf("round %d: %d hits, %d misses, %d put; want %+v", round, c.hits, c.misses, c.put, want)
		}
	}
	// A file that has just changed is not remembered, because the next write could leave the same
	// modification time.
	write(t, from, files{"a": "4"})
	file := openCache(t, path)
	defer closeCache(t, file)
	c := &counting{HashCache: file}
	if _, err := transfer.Upload(t.Context(), client, from, "b", opts(c)); err != nil {
		t.Fatal(err)
	}
	if c.hits != 2 || c.put != 0 {
		t.Errorf("%d hits, %d put", c.hits, c.put)
	}
}
