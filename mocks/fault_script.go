package mocks

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
)

// ReadFaults reads a script of faults. Each line is one JSON object. Its keys are the names of the
// fields of [Fault] with a small first letter, and times are written as "1.5s". Empty lines and
// lines that begin with # are skipped. For an unknown key, ReadFaults returns an error that names
// the line.
func ReadFaults(r io.Reader) ([]Fault, error) {
	var list []Fault
	lines := bufio.NewScanner(r)
	for i := 1; lines.Scan(); i++ {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		var f Fault
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.DisallowUnknownFields()
		err := dec.Decode(&f)
		if err == nil {
			err = f.check()
		}
		if err != nil {
			return nil, fmt.Errorf("mocks: faults, line %d: %w", i, err)
		}
		list = append(list, f)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("mocks: faults: %w", err)
	}
	return list, nil
}

// check returns an error if the fault has a value that is not possible.
func (f *Fault) check() error {
	switch f.At {
	case BeforeBody, InBody, AfterBody, InAnswer:
	default:
		return fmt.Errorf("no such point: %q", f.At)
	}
	if err := f.Op.check(); err != nil {
		return err
	}
	if f.Rate < 0 || f.Rate > 1 {
		return fmt.Errorf("rate %v is not a probability", f.Rate)
	}
	if f.Status != 0 && (f.Status < 200 || f.Status > 599) {
		return fmt.Errorf("no such status: %d", f.Status)
	}
	return nil
}
