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

// openRegular opens a local file that nothing has replaced by something else.
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

// stillTheSame is an ErrChanged if an open file is not as it was.
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

// md5 is the MD5 of a local file, from the cache or by reading it. Workers hash
// side by side.
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

// settled is how old a file must be for its modified time to vouch for its
// content: clocks of file systems are coarse, and a write within a tick cannot be seen.
const settled = 2 * time.Second

// remember keeps the MD5 of a file that was read.
func (r *run) remember(local string, info os.FileInfo, sum string) {
	if time.Since(info.ModTime()) > settled {
		r.rememberOwn(local, info, sum)
	}
}

// rememberOwn keeps the MD5 of a file that this run has just written, and whose
// time is therefore new.
func (r *run) rememberOwn(local string, info os.FileInfo, sum string) {
	if r.opts.Hashes != nil && sum != "" {
		r.opts.Hashes.Put(r.fileState(local, info), sum)
	}
}

func (r *run) fileState(local string, info os.FileInfo) FileState {
	return FileState{Path: filepath.Join(r.base, local), Size: info.Size(), ModTime: info.ModTime(), Inode: inode(info)}
}

// watched ends a long read with the context, and tells how far it is.
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
