package mocks

import (
	"io"

	"github.com/acd-sdk/acd/mocks/internal/blob"
)

// Synthetic returns the first size bytes of the generator with that seed. A drive made with
// [WithSyntheticContents] of the same seed accepts these bytes as a file of that size.
func Synthetic(seed uint64, size int64) *io.SectionReader {
	return io.NewSectionReader(blob.Generator(seed), 0, size)
}
