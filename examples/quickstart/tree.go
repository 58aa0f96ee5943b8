package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// generatedFiles is how many files the generated tree has.
const generatedFiles = 200

// oddNames are names that have broken clients: names with a meaning in a header, a URL, a query
// language or a server that ignores case, and names that are not UTF-8. If the local file system
// refuses a name, it is left out.
var oddNames = []string{
	"你好.mkv", "emoji 🎞️.mov", "e\u0301 combining.txt", "\u00e9 composed.txt", "İstanbul ß ﬁ.txt",
	`quo"te.txt`, "apo'strophe.txt", "back\\slash.txt", "semi;colon.txt", "new\nline.txt", "cr\r\nX-Injected: yes.txt", "tab\tbed.txt",
	" leading space", "trailing space ", ".hidden", "...", "trailing dot.", "-dash", "--help", "~tilde", "~",
	"100%.txt", "%2F.txt", "%00", "a+b & c=d?e#f.txt", "(group) [range] {set}.txt", "name:colon*star?.txt", "AND", "TO", "true",
	"a\uff0fb fullwidth slash.txt", "\uff0e", "\uff0e\uff0e", "\u201bquote rune", "\u2400 symbol for null", "\u201bFF",
	"not utf-8 \xff\xfe.bin", "half a rune \xe4\xbd", "control \x01\x02\x1f\x7f", "\ufffd replacement",
	"con", "nul.txt", "Thumbs.db", "desktop.ini", "no extension", "two.dots.tar.gz", strings.Repeat("long", 62) + ".txt", strings.Repeat("长", 80) + ".txt",
}

// oddSizes are sizes at and near the limits of buffers, and 0.
var oddSizes = []int{0, 1, 2, 511, 512, 513, 4095, 4096, 4097, 32767, 32768, 32769, 65535, 65536, 65537, 1<<20 - 1, 1 << 20, 1<<20 + 1, 5_243_915}

// generate fills dir with generatedFiles files.
func generate(dir string) error {
	rng := rand.New(rand.NewPCG(1, 2))
	made := 0
	write := func(name string, size int) error {
		content := make([]byte, size)
		for i := range content {
			content[i] = byte(rng.Uint32())
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		made++
		return os.WriteFile(path, content, 0o644)
	}
	for i, name := range oddNames {
		if err := write("names/"+name, 100+i); err != nil {
			made-- // the file system refuses this name
		}
	}
	for _, size := range oddSizes {
		if err := write(fmt.Sprintf("sizes/%d bytes.bin", size), size); err != nil {
			return err
		}
	}
	deep := "deep"
	for i := range 20 {
		deep += fmt.Sprintf("/level %d", i)
		if err := write(deep+"/same name.txt", 64); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "empty folder"), 0o755); err != nil {
		return err
	}
	// These files have equal contents. A drive that refuses duplicates would refuse them.
	twin := strings.Repeat("twin ", 1000)
	for i := range 10 {
		path := filepath.Join(dir, fmt.Sprintf("twins/%d.txt", i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(twin), 0o644); err != nil {
			return err
		}
		made++
	}
	for i := made; i < generatedFiles; i++ {
		if err := write(fmt.Sprintf("many/file %03d.dat", i), rng.IntN(20_000)); err != nil {
			return err
		}
	}
	return nil
}
