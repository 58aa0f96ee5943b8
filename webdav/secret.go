package webdav

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/internal/atomicfile"
)

// shortestSecret is the length of 128 bits in base 32, as [rand.Text] returns them.
const shortestSecret = 26

// readSecret reads the secret from a file. If there is no file, it makes a secret and the file.
func readSecret(path string) (string, error) {
	if path == "" {
		return "", fmt.Errorf("webdav: %w: no file is named for the secret part of the address", acd.ErrInvalid)
	}
	text, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		secret := rand.Text()
		err = atomicfile.Write(path, func(w io.Writer) error {
			_, err := io.WriteString(w, secret+"\n")
			return err
		})
		text = secret
	}
	if err != nil {
		return "", fmt.Errorf("webdav: the file of the secret: %w", err)
	}
	secret := strings.TrimSpace(text)
	if len(secret) < shortestSecret || strings.Trim(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return "", fmt.Errorf("webdav: %w: the file %s holds no secret of at least %d letters and digits; remove it to get a new one", acd.ErrInvalid, path, shortestSecret)
	}
	return secret, nil
}

// readPrivate reads a small file. It fails if other users may read or write the file.
func readPrivate(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%w: %s is no regular file", acd.ErrInvalid, path)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return "", fmt.Errorf("%w: others may read %s; make its mode 0600", acd.ErrInvalid, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, 4<<10))
	return string(text), err
}
