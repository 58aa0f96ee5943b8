package transfer

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/acd-sdk/acd"
)

// openRegular opens a local file. It fails if something else than a regular file is at the path
// now.
func (r *run) openRegular(local string) (*os.File, error) {
	f, err := r.local.Open(local)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: %s", local, whyNot(info.Mode()))
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, err
	}
	return f, nil
}

// stillTheSame returns [ErrChanged] if the size or the modification time of an open file has
// changed.
func stillTheSame(f *os.File, was os.FileInfo) error {
	is, err := f.Stat()
	if err != nil {
		return err
	}
	if is.Size() != was.Size() || !is.ModTime().Equal(was.ModTime()) {
		return fmt.Errorf("%w: it had %d bytes of %v, and now has %d of %v", ErrChanged,
			was.Size(), was.ModTime().Format(time.RFC3339Nano), is.Size(), is.ModTime().Format(time.RFC3339Nano))
	}
	return nil
}

// md5 returns the MD5 of a local file, from the cache or by reading the file. Several workers may
// hash at the same time.
func (r *run) md5(path, local string, info os.FileInfo) (string, error) {
	if r.opts.Hashes != nil {
		if sum, ok := r.opts.Hashes.Get(r.fileState(local, info)); ok {
			return sum, nil
		}
	}
	f, err := r.openRegular(local)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := md5.New()
	src := &watched{ctx: r.ctx, r: f, report: r.progress(path), now: acd.Progress{Phase: acd.PhaseHashing, Total: info.Size(), Attempt: 1}}
	if _, err := io.Copy(h, src); err != nil {
		return "", err
	}
	if err := stillTheSame(f, info); err != nil {
		return "", err
	}
	sum := hex.EncodeToString(h.Sum(nil))
	r.remember(local, info, sum)
	return sum, nil
}

// settled is how old a modification time must be before it proves that the content did not change.
// The clocks of file systems are coarse: a second write within one tick leaves the time unchanged.
const settled = 2 * time.Second

// remember stores the MD5 of a file that was read, if the file is older than settled.
func (r *run) remember(local string, info os.FileInfo, sum string) {
	if time.Since(info.ModTime()) > settled {
		r.rememberOwn(local, info, sum)
	}
}

// rememberOwn stores the MD5 of a file that this run has just written. The modification time is new
// therefore, and is not checked.
func (r *run) rememberOwn(local string, info os.FileInfo, sum string) {
	if r.opts.Hashes != nil && sum != "" {
		r.opts.Hashes.Put(r.fileState(local, info), sum)
	}
}

func (r *run) fileState(local string, info os.FileInfo) FileState {
	return FileState{Path: filepath.Join(r.base, local), Size: info.Size(), ModTime: info.ModTime(), Inode: inode(info)}
}

// watched is a reader that fails when the context ends, and that reports how much it has read.
type watched struct {
	ctx    context.Context
	r      io.Reader
	report func(acd.Progress)
	now    acd.Progress
	last   time.Time
}

func (w *watched) Read(p []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	n, err := w.r.Read(p)
	w.now.Done += int64(n)
	if w.report != nil && time.Since(w.last) > 100*time.Millisecond {
		w.last = time.Now()
		w.report(w.now)
	}
	return n, err
}
