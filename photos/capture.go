package photos

import (
	"strings"
	"time"

	"github.com/acd-sdk/acd"
)

// CaptureTime returns when a photo or a video was taken, by the clock of the camera. The fields of
// t (year to second) are what a clock at that place showed. The zone of t is UTC, because the real
// zone is not recorded. CaptureTime uses the first of these that exists: the time that the camera
// wrote into the picture, the creation date of the video, the content date that the service keeps.
// If none exists, t is the time of the upload, and known is false.
//
// Dates that cameras write when their clock is not set, such as 1970-01-01 00:00:00, are ignored.
func CaptureTime(n *acd.Node) (t time.Time, known bool) {
	p := n.ContentProperties
	if p.Image != nil {
		for _, text := range []string{p.Image.DateTimeOriginal, p.Image.DateTimeDigitized} {
			if t, ok := wallClock(text); ok {
				return t, true
			}
		}
	}
	if p.Video != nil {
		if t, ok := wallClock(p.Video.CreationDate); ok {
			return t, true
		}
	}
	if t := asWallClock(p.ContentDate); isSet(t) {
		return t, true
	}
	return asWallClock(n.CreatedDate), false
}

// wallClock reads the date and the time from a text such as 2019:07:04 12:00:00 or
// 2019-07-04T12:00:00.000+02:00. It ignores the zone, because the zone does not change what the
// clock showed.
func wallClock(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if len(text) < len("2006:01:02 15:04:05") {
		return time.Time{}, false
	}
	text = strings.Replace(text[:19], "T", " ", 1)
	for _, layout := range []string{"2006:01:02 15:04:05", "2006-01-02 15:04:05", "2006/01/02 15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, isSet(t)
		}
	}
	return time.Time{}, false
}

// asWallClock returns a time in UTC that has the same fields as t.
func asWallClock(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// isSet reports whether a clock that was set can have shown this date. The date must be after the
// first photograph, and must not be the start date of a clock that was never set.
func isSet(t time.Time) bool {
	const firstPhotograph = 1826
	if t.Year() < firstPhotograph || t.Year() > 2100 {
		return false
	}
	for _, zero := range []time.Time{
		time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC), // start date of QuickTime
		time.Unix(0, 0).UTC(),
		time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), // start date of FAT
	} {
		if t.Equal(zero) {
			return false
		}
	}
	return true
}
