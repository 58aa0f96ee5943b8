package program

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/acd-sdk/acd/rcloneconf"
)

// Size is a flag for a number of bytes in rclone's form: "10B", "1M", "1.5Gi", "off" (-1). A number
// without a unit is in KiB.
type Size int64

// String implements flag.Value.
func (s *Size) String() string {
	if s == nil || *s == 0 {
		return ""
	}
	return FormatSize(int64(*s))
}

// Set implements flag.Value.
func (s *Size) Set(text string) error {
	n, err := rcloneconf.ParseSize(text)
	*s = Size(n)
	return err
}

// Duration is a flag for a duration in rclone's form: "3m", "1.5d", "2w". A number without a unit
// is in seconds.
type Duration time.Duration

// String implements flag.Value.
func (d *Duration) String() string {
	if d == nil || *d == 0 {
		return ""
	}
	return FormatDuration(time.Duration(*d))
}

// Set implements flag.Value.
func (d *Duration) Set(text string) error {
	t, err := rcloneconf.ParseDuration(text)
	*d = Duration(t)
	return err
}

// List is a flag that may be repeated.
type List []string

// String implements flag.Value.
func (l *List) String() string { return strings.Join(*l, " ") }

// Set implements flag.Value.
func (l *List) Set(text string) error {
	*l = append(*l, text)
	return nil
}

// FormatSize formats a size, for example "17 B", "1.5 KiB" or "50 GiB".
func FormatSize(bytes int64) string {
	if bytes < 1024 {
		return fmt.Sprintf("%d B", bytes)
	}
	n, unit := float64(bytes)/1024, 0
	for ; n >= 1024 && unit < 5; unit++ {
		n /= 1024
	}
	decimals := 1
	switch {
	case n < 10:
		decimals = 2
	case n >= 100:
		decimals = 0
	}
	text := strconv.FormatFloat(n, 'f', decimals, 64)
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text + " " + string("KMGTPE"[unit]) + "iB"
}

// FormatDuration formats a duration with its two largest units, for example "3m", "1h5m" or "2d3h".
func FormatDuration(d time.Duration) string {
	if d < time.Second {
		return d.Round(time.Millisecond).String()
	}
	seconds := int64(d.Round(time.Second) / time.Second)
	var parts []string
	for _, unit := range []struct {
		name string
		size int64
	}{{"y", 365 * 86400}, {"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}} {
		n := seconds / unit.size
		seconds %= unit.size
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d%s", n, unit.name))
		} else if len(parts) > 0 {
			break
		}
	}
	return strings.Join(parts[:min(len(parts), 2)], "")
}
