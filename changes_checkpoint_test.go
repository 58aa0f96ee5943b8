package acd_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/acd-sdk/acd"
)

func TestFileCheckpointStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	store := acd.NewFileCheckpointStore(path)
	if got, err := store.Load(t.Context()); got != "" || err != nil {
		t.Errorf("no file: %q, %v", got, err)
	}
	for _, want := range []string{"CO2KmadeUpoA", "", "two\nlines", strings.Repeat("bloom", 1000)} {
		if err := store.Save(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		if got, err := acd.NewFileCheckpointStore(path).Load(t.Context()); got != want || err != nil {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 40 { // files that something else cut off
		if err := os.WriteFile(path, text[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := store.Load(t.Context()); !errors.Is(err, acd.ErrInvalid) {
			t.Errorf("%d bytes: %q, %v", n, got, err)
		}
	}
	if err := acd.NewFileCheckpointStore(filepath.Join(path, "x", "y")).Save(t.Context(), "c"); err == nil {
		t.Error("saved where nothing can be")
	}
}

// docs/pains.md, row 10: no reader ever sees an incomplete file, and no temporary file stays behind.
func TestFileCheckpointStoreIsAtomic(t *testing.T) {
	dir := t.TempDir()
	store := acd.NewFileCheckpointStore(filepath.Join(dir, "checkpoint"))
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		readers.Go(func() {
			for {
				if got, err := store.Load(t.Context()); err != nil || strings.Trim(got, got[:min(1, len(got))]) != "" {
					t.Errorf("read %.20q, %v", got, err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for w := range 2 {
		writers.Go(func() {
			for i := range 20 {
				if err := store.Save(t.Context(), strings.Repeat(fmt.Sprint(w), 10_000*i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "checkpoint")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}
