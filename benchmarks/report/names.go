package main

import (
	"fmt"
	"testing"

	"github.com/rclone/rclone/lib/encoder"

	"github.com/acd-sdk/acd/encoding"
)

// names compares the encoding of file names with rclone's. Both use the flags that rclone used for
// Amazon Drive.
func names(s settings) ([]row, error) {
	const many = 200_000
	theirs := encoder.MultiEncoder(encoding.Default)
	var works []work
	const clean, dirty = "IMG_20160501_182201 holiday by the sea.jpg", "a/b\x00c holiday\u201bd by the sea.txt"
	for kind, name := range map[string]string{"clean": clean, "dirty": dirty} {
		works = append(works,
			work{"encode and decode a " + kind + " name", func() error {
				for range many {
					if encoding.Default.Decode(encoding.Default.Encode(name)) != name {
						return fmt.Errorf("%q is lost", name)
					}
				}
				return nil
			}},
			work{"rclone: a " + kind + " name", func() error {
				for range many {
					_ = theirs.Decode(theirs.Encode(name))
				}
				return nil
			}})
	}
	took, err := s.interleave(s.rounds(), works...)
	if err != nil {
		return nil, err
	}
	allocs := testing.AllocsPerRun(1000, func() { _ = encoding.Default.Decode(encoding.Default.Encode(dirty)) })
	return []row{
		took.compare("encode and decode a clean name", "rclone: a clean name", perThing(many), 12),
		took.compare("encode and decode a dirty name", "rclone: a dirty name", perThing(many), 4),
		limit("allocations of a dirty name, there and back", "one each way", fmt.Sprint(allocs), allocs, 2),
	}, nil
}
