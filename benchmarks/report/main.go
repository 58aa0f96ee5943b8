// Report measures acd against other programs and against the limits of the machine, in one process
// and one run, and prints the ratios.
//
//	go -C benchmarks run ./report            # some minutes; writes results.md and results.svg
//	go -C benchmarks run ./report -quick     # under a minute, writes nothing
//
// With -rclone it also copies with an rclone program that still has the Amazon Drive backend. This
// command installs one:
//
//	go install github.com/rclone/rclone@v1.64.2
//
// The rounds of all works are interleaved, so that other work on the machine slows all of them
// alike. Each measurement waits until no other work runs; all waits together last at most ten
// minutes. A ratio compares the fastest rounds. Beside it stand the lowest and the highest ratio of
// single rounds. A ratio that misses its target is printed as missed, but it is no error: the
// report fails only if something does not work.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"
)

func main() {
	quick := flag.Bool("quick", false, "measure little, and write nothing: a check that everything runs")
	rclone := flag.String("rclone", "", "also copy with this rclone `program`, which must have the Amazon Drive backend")
	out := flag.String("out", ".", "`directory` for results.md and results.svg")
	flag.Parse()
	s := settings{quick: *quick, rclone: *rclone, out: *out, machine: &machine{patience: 10 * time.Minute}}
	if s.quick {
		s.machine.patience = 0
	}
	if err := run(s, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

type settings struct {
	quick  bool
	rclone string
	out    string
	*machine
}

func (s settings) rounds() int {
	if s.quick {
		return 2
	}
	return 7
}

func (s settings) size() int {
	if s.quick {
		return 16 << 20
	}
	return 256 << 20
}

func run(s settings, w io.Writer) error {
	start := time.Now()
	var rows []row
	for _, m := range []struct {
		measure func(settings) ([]row, error)
		sized   bool // the targets hold only for the sizes of the whole report
	}{
		{listings, false}, {contents, true}, {parts, true}, {processors, true}, {names, false},
		{latency, true}, {walk, true}, {besideRclone, true}, {large, true},
	} {
		s.settle()
		got, err := m.measure(s)
		if err != nil {
			return err
		}
		for _, r := range got {
			r.small = s.quick && m.sized
			fmt.Fprintln(w, r)
			rows = append(rows, r)
		}
	}
	if s.rclone == "" {
		fmt.Fprintln(w, "rclone's own copy was not measured: see -rclone")
	}
	fmt.Fprintf(w, "\n%s, in %.0f s, %s, %d processors\n", summary(rows), time.Since(start).Seconds(), runtime.Version(), runtime.GOMAXPROCS(0))
	if s.quick {
		return nil
	}
	fmt.Fprintln(w, s.machine)
	return writeResults(s, rows)
}
