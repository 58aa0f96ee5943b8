package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// binds begins the part of the results that people write: why a target is missed. The report keeps
// this part unchanged.
const binds = "\n## What binds\n"

// writeResults writes the table, and a picture of the ratios that have a target.
func writeResults(s settings, rows []row) error {
	path := filepath.Join(s.out, "results.md")
	before, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var md strings.Builder
	fmt.Fprintf(&md, "# Beside the peers and the limits\n\n%s, %s/%s, %d processors, %s. Written by `go -C benchmarks run ./report`: %s.\n\n",
		time.Now().UTC().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), runtime.Version(), summary(rows))
	md.WriteString("A ratio is that of the fastest rounds, which other work on the machine spoils least; the spread is of single rounds.\n")
	fmt.Fprintf(&md, "Each waits for a quiet machine: %s.\n\n", s.machine)
	md.WriteString("| work | acd | peer or limit | there | ratio | spread | target |\n|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&md, "| %s | %s | %s | %s | %.2f | %s | %s |\n", r.work, r.value, r.against, cmp.Or(r.peer, "–"), r.ratio, cmp.Or(r.spread(), "–"), r.verdict())
	}
	if _, written, found := strings.Cut(string(before), binds); found {
		md.WriteString(binds + written)
	}
	if err := os.WriteFile(path, []byte(md.String()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.out, "results.svg"), []byte(picture(rows)), 0o644)
}

// picture draws a bar for each ratio, relative to its target. A longer bar is better, even if the
// target is an upper limit.
func picture(rows []row) string {
	const (
		left, unit, height, top = 310, 180, 30, 44     // unit is the length of a bar that just reaches its target
		most                    = 2                    // bars are cut at this multiple of the target
		right                   = left + most*unit + 8 // where the figures begin
	)
	var b strings.Builder
	n := 0
	for _, r := range rows {
		if !r.aims() {
			continue
		}
		share := r.ratio / r.target
		if r.atMost {
			share = r.target / max(r.ratio, 1e-9)
		}
		color := "#2f7d4f"
		if !r.met() {
			color = "#b3402a"
		}
		y := top + n*height
		width := min(share, most) * unit
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text><text x="%[1]d" y="%[4]d" text-anchor="end" font-size="10" fill="#666">%[5]s</text>`,
			left-8, y+10, escape(r.work), y+22, escape(r.against))
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.0f" height="16" fill="%s"/>`, left, y+3, width, color)
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="%s">%.2f<tspan x="%d">%s</tspan></text>`+"\n",
			right, y+15, color, r.ratio, right+52, escape(r.verdict()))
		n++
	}
	end := top + n*height
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="850" height="%d" viewBox="0 0 850 %[1]d" font-family="sans-serif" font-size="12">
<rect width="850" height="%[1]d" fill="white"/>
<text x="%[2]d" y="18" text-anchor="middle">target</text><text x="%[3]d" y="18" text-anchor="end" fill="#666">twice as good</text><text x="%[4]d" y="18" fill="#666">ratio, and its target</text>
%[5]s<line x1="%[2]d" y1="24" x2="%[2]d" y2="%[6]d" stroke="#222" stroke-dasharray="4 3"/>
</svg>
`, end+8, left+unit, left+most*unit, right, b.String(), end)
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
