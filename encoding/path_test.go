package encoding_test

import (
	"testing"

	"github.com/acd-sdk/acd/encoding"
)

func TestPaths(t *testing.T) {
	for _, tc := range []struct{ path, stored string }{
		{"", ""}, {"/", "/"}, {"a/../b\x00/c／d", "a/．．/b␀/c／d"}, {"/./x/", "/．/x/"}, {"a//\xff", "a//‛FF"},
		{"‛／/‛‛／", "‛／/‛‛／"}, // the names "／" and "‛/"
	} {
		if got := encoding.Default.EncodePath(tc.path); got != tc.stored {
			t.Errorf("EncodePath(%+q) = %+q, want %+q", tc.path, got, tc.stored)
		}
		if got := encoding.Default.DecodePath(tc.stored); got != tc.path {
			t.Errorf("DecodePath(%+q) = %+q, want %+q", tc.stored, got, tc.path)
		}
	}
}

func TestElements(t *testing.T) {
	for _, tc := range []struct {
		e               encoding.Encoding
		stored, element string
	}{
		{encoding.Default, "a／b", "a／b"}, {encoding.Default, "a‛／b", "a‛／b"}, {encoding.Default, "‛‛a", "‛a"}, {encoding.Default, "‛‛／", "‛‛／"},
		{encoding.Default, "．．", ".."}, {encoding.Default, "a␀", "a\x00"},
		// Without Slash the stored name itself holds the slash.
		{encoding.None, "a/b", "a／b"}, {encoding.None, "a／b", "a‛／b"},
	} {
		if got := tc.e.DecodeElement(tc.stored); got != tc.element {
			t.Errorf("%v: DecodeElement(%+q) = %+q, want %+q", tc.e, tc.stored, got, tc.element)
		}
		if got := tc.e.EncodeElement(tc.element); got != tc.stored {
			t.Errorf("%v: EncodeElement(%+q) = %+q, want %+q", tc.e, tc.element, got, tc.stored)
		}
	}
}
