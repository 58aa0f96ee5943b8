package photos_test

import (
	"testing"
	"time"

	"github.com/acd-sdk/acd"
	"github.com/acd-sdk/acd/photos"
)

func TestCaptureTime(t *testing.T) {
	uploaded := time.Date(2024, 3, 4, 5, 6, 7, 0, time.UTC)
	content := time.Date(2015, 6, 7, 8, 9, 10, 0, time.FixedZone("", 2*3600))
	tests := []struct {
		name  string
		node  acd.Node
		want  string
		known bool
	}{
		{"the camera's", acd.Node{ContentProperties: acd.ContentProperties{Image: &acd.Image{DateTimeOriginal: "2019:07:04 12:34:56"}, ContentDate: content}}, "2019-07-04 12:34:56", true},
		{"as ISO, of another zone", acd.Node{ContentProperties: acd.ContentProperties{Image: &acd.Image{DateTimeOriginal: "2019-07-04T23:34:56.000-08:00"}}}, "2019-07-04 23:34:56", true},
		{"digitized", acd.Node{ContentProperties: acd.ContentProperties{Image: &acd.Image{DateTimeOriginal: "0000:00:00 00:00:00", DateTimeDigitized: "2001:01:01 00:00:00"}}}, "2001-01-01 00:00:00", true},
		{"the video's", acd.Node{ContentProperties: acd.ContentProperties{Video: &acd.Video{CreationDate: "2018-02-03T04:05:06.000Z"}, ContentDate: content}}, "2018-02-03 04:05:06", true},
		{"a video whose clock was not set", acd.Node{ContentProperties: acd.ContentProperties{Video: &acd.Video{CreationDate: "1904-01-01T00:00:00.000Z"}, ContentDate: content}}, "2015-06-07 08:09:10", true},
		{"the service's", acd.Node{CreatedDate: uploaded, ContentProperties: acd.ContentProperties{ContentDate: content}}, "2015-06-07 08:09:10", true},
		{"a camera's nonsense", acd.Node{CreatedDate: uploaded, ContentProperties: acd.ContentProperties{Image: &acd.Image{DateTimeOriginal: "yesterday at noon or so"}}}, "2024-03-04 05:06:07", false},
		{"1970", acd.Node{CreatedDate: uploaded, ContentProperties: acd.ContentProperties{Image: &acd.Image{DateTimeOriginal: "1970:01:01 00:00:00"}}}, "2024-03-04 05:06:07", false},
		{"none", acd.Node{CreatedDate: uploaded}, "2024-03-04 05:06:07", false},
		{"nothing at all", acd.Node{}, "0001-01-01 00:00:00", false},
	}
	for _, tt := range tests {
		got, known := photos.CaptureTime(&tt.node)
		if got.Format(time.DateTime) != tt.want || known != tt.known || got.Location() != time.UTC {
			t.Errorf("%s: %v, %v", tt.name, got, known)
		}
	}
}
