package names_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/acd-sdk/acd/internal/names"
)

const (
	composed   = "caf\u00e9"
	decomposed = "cafe\u0301"
)

func TestSameNames(t *testing.T) {
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{"readme", "README", true},
		{composed, decomposed, true},
		{"CAF\u00c9", decomposed, true},
		{"\u1e9b\u0323", "\u017f\u0323\u0307", true}, // the same marks in another order
		{"\u212b", "\u00e5", true},                   // the angstrom sign is the letter a with a ring
		{"stra\u00dfe", "STRASSE", false},
		{"\ufb01", "fi", false}, // a compatibility form is a different name
		{"e", "\u00e9", false},
		{"bytes \xff", "bytes \xfe", false},
	} {
		if got := names.Same(tc.a, tc.b); got != tc.want {
			t.Errorf("Same(%+q, %+q) is %v", tc.a, tc.b, got)
		}
	}
}

func TestFormsOfAName(t *testing.T) {
	for name, want := range map[string][]string{
		"plain":               {"plain"},
		composed:              {composed, decomposed},
		decomposed:            {decomposed, composed},
		composed + decomposed: {composed + decomposed, composed + composed, decomposed + decomposed},
	} {
		if diff := cmp.Diff(want, names.Forms(name)); diff != "" {
			t.Errorf("%+q: -want +got:\n%s", name, diff)
		}
	}
}

func TestFoldOfAPlainNameCostsNothing(t *testing.T) {
	name := "img_0001 (1).jpg"
	if n := testing.AllocsPerRun(100, func() { names.Fold(name) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
