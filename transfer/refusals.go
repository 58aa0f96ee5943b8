package transfer

import (
	"fmt"
	"mime"
	"path"
	"slices"
	"strings"
	"sync"
)

// refusals remembers which content the drive had no room for. An account may be full for one kind
// of content only: with some subscriptions photos are free, and videos are not.
type refusals struct {
	mu    sync.Mutex
	kinds map[string]*refusal
}

type refusal struct {
	inRow   int   // without a success between them
	least   int64 // bytes of the smallest of them
	givenUp bool
	err     error // the last
}

// mostRefusals is how many files of a kind are refused in a row before the kind is given up.
const mostRefusals = 3

// GivenUp is a kind of content that a run did not try to upload any more, because the account had
// no room for it.
type GivenUp struct {
	Kind    string // "video": the first half of a MIME type; an extension such as ".xyz" if it has none, "" without one
	MinSize int64  // bytes of the smallest file that was refused; smaller ones were still tried
	Err     error  // of the last refusal, an [acd.ErrQuotaExceeded]
}

// media are the kinds that subscriptions tell apart, by the extensions of cameras and telephones. Many
// systems do not know them, and some know others by the same name.
var media = map[string]string{
	".3gp": "video", ".avi": "video", ".flv": "video", ".m2ts": "video", ".m4v": "video", ".mkv": "video", ".mov": "video",
	".mp4": "video", ".mpeg": "video", ".mpg": "video", ".mts": "video", ".webm": "video", ".wmv": "video",
	".arw": "image", ".bmp": "image", ".cr2": "image", ".cr3": "image", ".dng": "image", ".gif": "image", ".heic": "image",
	".heif": "image", ".jpeg": "image", ".jpg": "image", ".nef": "image", ".orf": "image", ".png": "image", ".raf": "image",
	".rw2": "image", ".tif": "image", ".tiff": "image", ".webp": "image",
	".aac": "audio", ".flac": "audio", ".m4a": "audio", ".mp3": "audio", ".ogg": "audio", ".wav": "audio", ".wma": "audio",
}

// kindOf is the kind of content that a name stands for.
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

// stored forgets what a success disproves. A smaller file says nothing of a kind that was given up.
func (r *refusals) stored(name string, size int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	kind := kindOf(name)
	if k := r.kinds[kind]; k != nil && (!k.givenUp || size >= k.least) {
		delete(r.kinds, kind)
	}
}

// check is an [acd.ErrQuotaExceeded] if a file of that name and size would be refused as well.
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

// givenUp are the kinds that were given up, in the order of their names.
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
