package transfer

import (
	"fmt"
	"mime"
	"path"
	"slices"
	"strings"
	"sync"
)

// refusals remembers which content the drive refused because the account is full. An account may be
// full for one kind of content only: with some subscriptions photos are free, and videos are not.
type refusals struct {
	mu    sync.Mutex
	kinds map[string]*refusal
}

type refusal struct {
	inRow   int   // number of refusals without a success between them
	least   int64 // bytes of the smallest refused file
	givenUp bool
	err     error // of the last refusal
}

// mostRefusals is how many files of a kind are refused in a row before no more files of this kind
// are tried.
const mostRefusals = 3

// GivenUp is a kind of content that a run stopped uploading because the account had no room for it.
type GivenUp struct {
	Kind    string // first part of the MIME type, such as "video"; without a MIME type, the extension such as ".xyz", or ""
	MinSize int64  // bytes of the smallest file that was refused; smaller ones were still tried
	Err     error  // of the last refusal, an [acd.ErrQuotaExceeded]
}

// media holds the kinds that subscriptions treat differently, by the file extensions of cameras and
// telephones. Many systems do not know these extensions, and some systems use one of them for
// something else.
var media = map[string]string{
	".3gp": "video", ".avi": "video", ".flv": "video", ".m2ts": "video", ".m4v": "video", ".mkv": "video", ".mov": "video",
	".mp4": "video", ".mpeg": "video", ".mpg": "video", ".mts": "video", ".webm": "video", ".wmv": "video",
	".arw": "image", ".bmp": "image", ".cr2": "image", ".cr3": "image", ".dng": "image", ".gif": "image", ".heic": "image",
	".heif": "image", ".jpeg": "image", ".jpg": "image", ".nef": "image", ".orf": "image", ".png": "image", ".raf": "image",
	".rw2": "image", ".tif": "image", ".tiff": "image", ".webp": "image",
	".aac": "audio", ".flac": "audio", ".m4a": "audio", ".mp3": "audio", ".ogg": "audio", ".wav": "audio", ".wma": "audio",
}

// kindOf returns the kind of content that a file name stands for.
func kindOf(name string) string {
	ext := strings.ToLower(path.Ext(name))
	if major, ok := media[ext]; ok {
		return major
	}
	if major, _, ok := strings.Cut(mime.TypeByExtension(ext), "/"); ok {
		return major
	}
	return ext
}

func (r *refusals) refused(name string, size int64, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kind := kindOf(name)
	k := r.kinds[kind]
	if k == nil {
		k = &refusal{least: size}
		if r.kinds == nil {
			r.kinds = map[string]*refusal{}
		}
		r.kinds[kind] = k
	}
	k.inRow++
	k.least, k.err = min(k.least, size), err
	k.givenUp = k.givenUp || k.inRow >= mostRefusals
}

// stored notes that a file was stored, and forgets the refusals of its kind. If the kind was given
// up, they are forgotten only if the file is as large as the smallest refused file.
func (r *refusals) stored(name string, size int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kind := kindOf(name)
	if k := r.kinds[kind]; k != nil && (!k.givenUp || size >= k.least) {
		delete(r.kinds, kind)
	}
}

// check returns [acd.ErrQuotaExceeded] if a file of that name and size would be refused as well.
func (r *refusals) check(name string, size int64) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	kind := kindOf(name)
	k := r.kinds[kind]
	if k == nil || !k.givenUp || size < k.least {
		return nil
	}
	return fmt.Errorf("not sent, since the drive refused %d files of the kind %q in a row, the smallest of %d bytes: %w", k.inRow, kind, k.least, k.err)
}

// givenUp returns the kinds that were given up, sorted by name.
func (r *refusals) givenUp() []GivenUp {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []GivenUp
	for kind, k := range r.kinds {
		if k.givenUp {
			list = append(list, GivenUp{Kind: kind, MinSize: k.least, Err: k.err})
		}
	}
	slices.SortFunc(list, func(a, b GivenUp) int { return strings.Compare(a.Kind, b.Kind) })
	return list
}
