package mocks

import (
	"io"

	"github.com/acd-sdk/acd/mocks/internal/blob"
)

// Synthetic is the first size bytes of the generator with that seed: what a drive made with
// [WithSyntheticContents] of the same seed accepts as a file of that size.
func Synthetic(seed uint64, size int64) *io.SectionReader {
	return io.NewSectionReader(blob.Generator(seed), 0, size)
}
