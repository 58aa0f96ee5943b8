package encoding_test

import (
	"strings"
	"testing"

	"github.com/acd-sdk/acd/encoding"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]encoding.Encoding{
		"Slash,InvalidUtf8,Dot": encoding.Default, " Slash , Dot ": encoding.Slash | encoding.Dot, "None": encoding.None,
		"0x3000002": encoding.Default, "2,Dot": encoding.Slash | encoding.Dot, "None,Ctl": encoding.Ctl,
	} {
		if got, err := encoding.Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "slash", "Slash,", "Slash,,Dot", "Slash Dot", "-1"} {
		if got, err := encoding.Parse(text); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", text, got)
		}
	}
	for i := range 28 {
		e := encoding.Encoding(1<<i | 1<<(27-i))
		var set encoding.Encoding
		if err := set.Set(e.String()); err != nil || set != e {
			t.Errorf("Set(%q) gives %v, %v", e.String(), set, err)
		}
		text, err := e.MarshalText()
		if err != nil || set.UnmarshalText(text) != nil || set != e {
			t.Errorf("%q does not survive: %v", text, err)
		}
	}
	if err := new(encoding.Encoding).Set("Slash,Wrong"); err == nil || !strings.Contains(err.Error(), `"Wrong"`) {
		t.Errorf("error %v does not name the wrong flag", err)
	}
}
