package rcloneconf

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseSize reads a size as rclone writes it: a number, possibly with a fraction, and one of the
// units B, k, M, G, T, P and E. Each unit except B may also be written as Ki or KiB. All are powers
// of 1024. A number without a unit counts KiB. "off" is -1.
func ParseSize(s string) (int64, error) {
	if strings.EqualFold(s, "off") {
		return -1, nil
	}
	number, unit := s, ""
	if i := strings.LastIndexAny(s, "0123456789."); i >= 0 {
		number, unit = s[:i+1], s[i+1:]
	}
	shift, ok := sizeShift(unit)
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !ok || n < 0 || math.IsNaN(n) {
		return 0, fmt.Errorf("%q is not a size such as 9Gi, 500M or off", s)
	}
	n *= float64(int64(1) << shift)
	if n >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is too big a size", s)
	}
	return int64(n), nil
}

func sizeShift(unit string) (shift int, ok bool) {
	unit = strings.ToLower(unit)
	switch unit {
	case "":
		return 10, true
	case "b":
		return 0, true
	}
	rest, found := strings.CutSuffix(unit, "ib")
	if !found {
		rest = strings.TrimSuffix(unit, "i")
	}
	i := strings.Index("kmgtpe", rest)
	return 10 * (i + 1), len(rest) == 1 && i >= 0
}

// ParseDuration reads a duration as rclone writes it: Go's form ("3m0s"), or a number, possibly
// with a fraction, and one of d, w, M (30 days) and y (365 days). A number without a unit counts
// seconds. "off" is the longest duration.
func ParseDuration(s string) (time.Duration, error) {
	if s == "off" {
		return math.MaxInt64, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		number, unit := s, time.Second
		for suffix, u := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour, "M": 30 * 24 * time.Hour, "y": 365 * 24 * time.Hour} {
			if n, ok := strings.CutSuffix(s, suffix); ok {
				number, unit = n, u
			}
		}
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || math.IsNaN(n) || n*float64(unit) >= math.MaxInt64 {
			return 0, fmt.Errorf("%q is not a duration such as 3m0s, 1.5d or off", s)
		}
		d = time.Duration(n * float64(unit))
	}
	if d < 0 {
		return 0, fmt.Errorf("%q is negative", s)
	}
	return d, nil
}
