package main

import (
	"strings"
	"testing"
	"time"

	"github.com/acd-sdk/acd/mocks"
)

func TestSearchCountAndAlbums(t *testing.T) {
	p := newPerson(t)
	a := p.write("a.jpg", "aaaa", mocks.Photo{Taken: "2019:07:04 12:00:00", ContentDate: "2019-07-04T12:00:00.000Z", Favorite: true, Things: []string{"beach"}})
	b := p.write("b.mp4", strings.Repeat("b", 2048), mocks.Photo{ContentDate: "2018-03-01T08:30:00.000Z"})
	c := p.write("c.jpg", "c", mocks.Photo{Uploaded: time.Date(2017, 1, 2, 0, 0, 0, 0, time.UTC)})
	h := p.write("h.jpg", "hh", mocks.Photo{Taken: "2019:07:04 13:00:00", ContentDate: "2019-07-04T13:00:00.000Z", Hidden: true})
	for _, name := range []string{"Sea", "Empty"} {
		var members []string
		if name == "Sea" {
			members = []string{a, b}
		}
		if _, err := p.drive.WriteAlbum(mocks.Album{Name: name}, members...); err != nil {
			t.Fatal(err)
		}
	}
	lineA := a + "  2019-07-04 12:00:00         4 B  a.jpg\n"
	lineB := b + "  2018-03-01 08:30:00       2 KiB  b.mp4\n"
	lineC := c + "  -                           1 B  c.jpg\n"
	lineH := h + "  2019-07-04 13:00:00         2 B  h.jpg\n"
	for _, tc := range []struct{ args, want string }{
		{"search", lineA + lineB + lineC},
		{"search -favorite", lineA},
		{"search -videos", lineB},
		{"search -hidden -from 2019-07", lineA + lineH},
		{"search -from 2018 -to 2019", lineB},
		{"search -thing beach", lineA},
		{"search -raw extension:(mp4)", lineB},
		{"count -videos -from 2018 -to 2018-12-31", "1 photos and videos\n"},
	} {
		t.Run(tc.args, func(t *testing.T) {
			o := p.run(append([]string{"-mock"}, strings.Fields(tc.args)...)...)
			o.t = t
			if strings.HasPrefix(tc.args, "count") {
				o.out, _, _ = strings.Cut(o.out, "\n")
				o.out += "\n"
			}
			o.prints(tc.want)
		})
	}
	albums := p.run("albums", "-mock").ok().out
	if strings.Count(albums, "\n") != 2 || !strings.Contains(albums, "2  Sea\n") || !strings.Contains(albums, "0  Empty\n") {
		t.Errorf("%s", albums)
	}
	count := p.run("count", "-mock").ok().out
	for _, want := range []string{"3 photos and videos\n", "PHOTOS", "VIDEOS", "beach", "2019"} {
		if !strings.Contains(count, want) {
			t.Errorf("no %q in\n%s", want, count)
		}
	}
}
