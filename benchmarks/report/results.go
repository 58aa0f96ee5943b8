package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// writeResults writes the table, and a picture of the ratios that have a target.
func writeResults(dir string, rows []row) error {
	var md strings.Builder
	fmt.Fprintf(&md, "# Beside the peers and the limits\n\n%s, %s/%s, %d processors, %s. Written by `go -C benchmarks run ./report`.\n\n",
		time.Now().UTC().Format(time.DateOnly), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), runtime.Version())
	md.WriteString("A ratio is that of the fastest rounds, which other work on the machine spoils least; the spread is of single rounds.\n\n")
	md.WriteString("| work | acd | peer or limit | there | ratio | spread | target |\n|---|---|---|---|---|---|---|\n")
	for _, r := range rows {
		fmt.Fprintf(&md, "| %s | %s | %s | %s | %.2f | %s | %s |\n", r.work, r.value, r.against, r.peer, r.ratio, r.spread(), r.verdict())
	}
	if err := os.WriteFile(filepath.Join(dir, "results.md"), []byte(md.String()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "results.svg"), []byte(picture(rows)), 0o644)
}

// picture draws each ratio against its target: the line in the middle is the target, what is right of it is better.
func picture(rows []row) string {
	const (
		left, width, height = 330, 360, 22
		ok, missed          = "#2f7d4f", "#b3402a"
	)
	var b strings.Builder
	n := 0
	for _, r := range rows {
		if !r.aims() {
			continue
		}
		share := r.ratio / r.target // 1 is the target
		if r.atMost {
			share = r.target / max(r.ratio, 1e-9)
		}
		color := ok
		if !r.met() {
			color = missed
		}
		y := 40 + n*height
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text><rect x="%d" y="%d" width="%.0f" height="12" fill="%s"/><text x="%.0f" y="%d">%.2f (%s)</text>`+"\n",
			left-8, y+11, escape(r.work), left, y, min(share, 2)*width/2, color, left+min(share, 2)*width/2+6, y+11, r.ratio, escape(r.verdict()))
		n++
	}
	total := 40 + n*height + 16
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="960" height="%d" viewBox="0 0 960 %[1]d" font-family="sans-serif" font-size="12">
<rect width="960" height="%[1]d" fill="white"/><text x="%[2]d" y="20" font-size="13">ratio against its target: the line is the target, longer is better</text>
%[3]s<line x1="%[4]d" y1="30" x2="%[4]d" y2="%[5]d" stroke="#444" stroke-dasharray="3 3"/>
</svg>
`, total, left, b.String(), left+width/2, total-10)
}

func escape(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
