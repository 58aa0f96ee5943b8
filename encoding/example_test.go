package encoding_test

import (
	"flag"
	"fmt"

	"github.com/acd-sdk/acd/encoding"
)

func ExampleEncoding() {
	e := encoding.Default
	for _, name := range []string{"report.txt", "AC/DC", "..", "caf\xe9"} {
		stored := e.Encode(name)
		fmt.Printf("%q is stored as %q\n", e.Decode(stored), stored)
	}
	// Output:
	// "report.txt" is stored as "report.txt"
	// "AC/DC" is stored as "AC／DC"
	// ".." is stored as "．．"
	// "caf\xe9" is stored as "caf‛E9"
}

func ExampleParse() {
	e, err := encoding.Parse("Slash, Colon, 0x1000000")
	fmt.Println(e, err)
	// Output: Slash,Colon,InvalidUtf8 <nil>
}

func ExampleEncoding_Set() {
	e := encoding.Default
	flags := flag.NewFlagSet("copy", flag.ContinueOnError)
	flags.Var(&e, "encoding", "how names are stored")
	err := flags.Parse([]string{"-encoding", "Slash,Dot"})
	fmt.Println(e, err)
	// Output: Slash,Dot <nil>
}

func ExampleEncoding_DecodeElement() {
	e := encoding.Default
	for _, stored := range []string{"AC／DC", "AC‛／DC", "a␀b"} {
		fmt.Printf("%q is the name %q, in a path %q\n", stored, e.Decode(stored), e.DecodeElement(stored))
	}
	// Output:
	// "AC／DC" is the name "AC/DC", in a path "AC／DC"
	// "AC‛／DC" is the name "AC／DC", in a path "AC‛／DC"
	// "a␀b" is the name "a\x00b", in a path "a\x00b"
}

func ExampleEncoding_EncodePath() {
	fmt.Printf("%q\n", encoding.Default.EncodePath("music/AC／DC/caf\xe9.mp3"))
	// Output: "music/AC／DC/caf‛E9.mp3"
}
