package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// scanAny reads any value, with the types that encoding/json chooses with UseNumber.
func scanAny(s *Scanner) any {
	switch s.Next() {
	case Object:
		m := map[string]any{}
		s.Open()
		for s.More('}') {
			key := string(s.Key())
			m[key] = scanAny(s)
		}
		return m
	case Array:
		a := []any{}
		s.Open()
		for s.More(']') {
			a = append(a, scanAny(s))
		}
		return a
	case Text:
		return string(s.Text())
	case Number:
		return json.Number(s.Digits())
	case True, False:
		return string(s.Word()) == "true"
	case Null:
		s.Word()
	}
	return nil
}

// The scanner accepts what encoding/json accepts, and reads the same values.
func FuzzScannerAgreesWithEncodingJSON(f *testing.F) {
	for _, text := range []string{
		`{"a":[1,-0.5e+3,"x\u0041\ud83d\ude00\ud800","ä",true,false,null,{}],"b":{"c":[]}}`, `[1,]`, `{"a":1,}`, `{"a" 1}`, `{,}`, `[01]`, `[1.]`, `[-]`,
		`["\x"]`, `["\u12"]`, "[\"\x01\"]", "[\"\xff\xc3\"]", `[nul]`, `[truth]`, ` [ ] x`, `[`, ``, ` `, `"a`, `{"a":1,"a":2}`, `["\ud800\u0041"]`, `["\ud800\udc00"]`,
		`["\ud800\u"]`, `{"\u0061":1}`, `[[[[]]]]`, `[1e400]`, "[\u2028]", `]`, `{"a":}`, `[1 2]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !bytes.ContainsAny(text, "{[") || bytes.Count(text, []byte("["))+bytes.Count(text, []byte("{")) >= maxDepth {
			return // a number at the end of a text counts as cut, and nesting is limited
		}
		if first := bytes.TrimLeft(text, " \t\r\n"); len(first) > 0 && (first[0] == '-' || first[0] >= '0' && first[0] <= '9') {
			return
		}
		var s Scanner
		s.Reset(text)
		got := scanAny(&s)
		err := s.End()
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.UseNumber()
		var want any
		valid := json.Valid(text)
		if valid {
			if err := dec.Decode(&want); err != nil {
				t.Fatal(err)
			}
		}
		switch {
		case valid != (err == nil):
			if len(text) < maxNumber {
				t.Errorf("%q: error %v, encoding/json says %v", text, err, valid)
			}
		case valid && !reflect.DeepEqual(got, want):
			t.Errorf("%q: %#v, encoding/json has %#v", text, got, want)
		}
		var again Scanner
		again.Reset(text)
		again.Skip()
		if skipErr := again.End(); (skipErr == nil) != (err == nil) {
			t.Errorf("%q: Skip says %v, reading says %v", text, skipErr, err)
		}
	})
}

// For every beginning of a text, the error is ErrCut and never a SyntaxError.
func TestScannerTellsCutFromWrong(t *testing.T) {
	text := `{"a":[1,-0.5e+3,"x\u0041\ud83d\ude00\ud800","ä",true,false,null,{}],"b":{"c":[]}}`
	for n := range len(text) {
		var s Scanner
		s.Reset([]byte(text[:n]))
		s.Skip()
		if err := s.End(); !errors.Is(err, ErrCut) {
			t.Errorf("%s: %v", text[:n], err)
		}
	}
	for _, text := range []string{`{"a":1,}`, `[1,]`, `{a:1}`, `[+1]`, `[.5]`, `[1.x]`, `["\q"]`, `["\u00zz"]`, "[\"\n\"]", `[nulk]`, `<html>`, `[1 2]`, `{"a"=1}`, `[]]`} {
		var s Scanner
		s.Reset([]byte(text))
		s.Skip()
		var syntax *SyntaxError
		if err := s.End(); !errors.As(err, &syntax) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestScannerIsBounded(t *testing.T) {
	for name, text := range map[string]string{
		"arrays":  strings.Repeat("[", 1<<20),
		"objects": strings.Repeat(`{"a":`, 1<<20),
		"digits":  "[" + strings.Repeat("1", 1<<20) + "]",
	} {
		var s Scanner
		s.Reset([]byte(text))
		s.Skip()
		var syntax *SyntaxError
		if !errors.As(s.Err(), &syntax) {
			t.Errorf("%s: %v", name, s.Err())
		}
	}
}

// If a text was cut, the scanner can resume when more of the text has arrived. It then reads the
// cut value again.
func TestScannerResumes(t *testing.T) {
	text := `[{"a":"x"},{"a":"y"}]`
	for n := 12; n < len(text); n++ {
		var s Scanner
		s.Reset([]byte(text[:n]))
		s.Open()
		s.More(']')
		s.Skip()
		m := s.Mark()
		for s.More(']') {
			s.Skip()
		}
		if !errors.Is(s.Err(), ErrCut) {
			t.Fatalf("%d: %v", n, s.Err())
		}
		gone := m.Pos
		m.Pos = 0
		s.Resume([]byte(text[gone:]), m)
		var got []any
		for s.More(']') {
			got = append(got, scanAny(&s))
		}
		if err := s.End(); err != nil || !reflect.DeepEqual(got, []any{map[string]any{"a": "y"}}) {
			t.Errorf("%d: %v, %v", n, got, err)
		}
	}
}
