package mocks

import (
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/acd-sdk/acd/mocks/internal/blob"
	"github.com/acd-sdk/acd/mocks/internal/ids"
	"github.com/acd-sdk/acd/mocks/internal/store"
)

// Library says what [Drive.SeedPhotos] has made. A test can compare it with what a program has
// found.
type Library struct {
	Files     int // all files below, except the live videos, which are assets
	Photos    int
	Videos    int
	Live      int // still pictures with a live video
	Hidden    int
	Favorites int
	Raw       int // RAW files; each has a JPEG of the same name beside it
	Undated   int // files for which only the date of the upload is known
	Zoneless  int // files whose date has no time zone
	Twins     int // files with the same content as another file, under another name
	Albums    []string
	Bytes     int64 // of all files together
}

// SeedPhotos makes a library of n photos and videos below Pictures. It spans ten years, with a
// folder for each month, and has the oddities of real libraries. The same seed makes the same
// library, with the same ids. The contents are computed when they are read, so a hundred thousand
// files take about as much memory as their nodes.
func (d *Drive) SeedPhotos(n int, seed uint64) (Library, error) {
	if !d.opt.dialect.Photos {
		return Library{}, errNotPhotos
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s := &seeder{d: d, rng: rand.New(rand.NewPCG(seed, 0)), buf: make([]byte, 8<<10), flags: map[[2]bool]map[string]bool{}}
	for s.lib.Files < n {
		if err := s.moment(n - s.lib.Files); err != nil {
			return s.lib, fmt.Errorf("mocks: seed photos: %w", err)
		}
	}
	s.albums()
	return s.lib, nil
}

// seeder makes a library. It does so moment by moment: a moment is one time at which somebody took
// pictures.
type seeder struct {
	d       *Drive
	rng     *rand.Rand
	lib     Library
	moments int
	made    []*store.Node
	month   string
	folder  *store.Node
	buf     []byte
	flags   map[[2]bool]map[string]bool // the settings; nodes with the same flags share one map
}

// moment makes the files of one moment: one file or, if most allows it, two files of the same name.
func (s *seeder) moment(most int) error {
	i := s.moments
	s.moments++
	at := time.Date(2014, 1, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(i*997%(10*365*24)) * time.Hour).Add(time.Duration(s.rng.IntN(3600)) * time.Second)
	if err := s.enter(at.Format("2006/01")); err != nil {
		return err
	}
	p := s.photo(i, at)
	stem := fmt.Sprintf("IMG_%04d", 1+len(s.folder.Dir.Children))
	switch {
	case i%20 == 3:
		s.lib.Videos++
		p.Taken = ""
		s.file(stem+".mp4", p, s.content())
	case i%20 == 7 && most >= 2:
		s.lib.Raw++
		s.lib.Photos += 2
		s.file(stem+".dng", p, s.content())
		s.file(stem+".jpg", p, s.content())
	case i%20 == 11:
		s.lib.Live++
		s.lib.Photos++
		still := s.file(stem+".heic", p, s.content())
		s.d.addLiveVideo(still, s.id(), s.content())
	case i%20 == 13 && len(s.made) > 0:
		s.lib.Twins++
		s.lib.Photos++
		s.file(stem+"-copy.jpg", p, s.made[s.rng.IntN(len(s.made))].Blob)
	default:
		s.lib.Photos++
		s.made = append(s.made, s.file(stem+".jpg", p, s.content()))
	}
	return nil
}

// enter makes the folder of a month the present folder. In each folder the numbers in the names
// start again.
func (s *seeder) enter(month string) error {
	if s.month == month {
		return nil
	}
	n, err := s.d.mkdir(split("Pictures/" + month))
	if err != nil {
		return err
	}
	s.month, s.folder = month, n
	return nil
}

// photo returns what Photos knows of the pictures of a moment.
func (s *seeder) photo(i int, at time.Time) *Photo {
	date := at.Format(timeForm)
	p := &Photo{
		ContentDate: date, Taken: date, Uploaded: at.Add(time.Duration(1+s.rng.IntN(72)) * time.Hour),
		Width: 4032, Height: 3024, Favorite: i%16 == 5, Hidden: i%32 == 9,
	}
	switch {
	case i%25 == 2:
		p.ContentDate, p.Taken = "", ""
	case i%25 == 14:
		p.ContentDate = at.Format("2006-01-02T15:04:05")
	}
	if i%3 == 0 {
		p.People = []string{fmt.Sprintf("cluster-%d", 1+s.rng.IntN(5))}
	}
	if i%2 == 0 {
		p.Things = []string{[]string{"dog", "beach", "mountain", "food"}[s.rng.IntN(4)]}
	}
	if i%4 == 1 {
		p.Location = []string{"DEU#BE#Berlin", "CAN#BC#Vancouver", "FRA#IDF#Paris"}[s.rng.IntN(3)]
	}
	return p
}

// content returns a new content that no other file has. It takes no memory until it is read.
func (s *seeder) content() *store.Blob {
	g := blob.Generator(s.rng.Uint64())
	size := 1024 + s.rng.Int64N(4096)
	b := s.buf[:size]
	_, _ = g.ReadAt(b, 0)
	return s.d.store.Adopt(g, blob.Key{MD5: md5.Sum(b), Size: size})
}

// id returns the next id. It follows from the seed.
func (s *seeder) id() ids.Node {
	for {
		var id ids.Node
		binary.BigEndian.PutUint64(id[:], s.rng.Uint64())
		binary.BigEndian.PutUint64(id[8:], s.rng.Uint64())
		id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
		if s.d.store.ByID[id] == nil {
			return id
		}
	}
}

// file makes a file in the present folder and counts it in the library.
func (s *seeder) file(name string, p *Photo, b *store.Blob) *store.Node {
	st := s.d.store
	if free(name, []*store.Node{s.folder}, nil) != nil {
		name = freeName(name, []*store.Node{s.folder})
	}
	n := st.NewNode(store.File, name, s.id(), p.Uploaded)
	p.apply(n)
	n.Edit().Settings = s.settings(p, n.Edit().Settings)
	st.Link(n, s.folder)
	st.SetBlob(n, b, contentType(name, ""))
	n.ContentVersion, n.Version = 1, 1
	st.Publish(n)
	count := func(is bool, of *int) {
		if is {
			*of++
		}
	}
	count(true, &s.lib.Files)
	count(p.Hidden, &s.lib.Hidden)
	count(p.Favorite, &s.lib.Favorites)
	count(p.ContentDate == "", &s.lib.Undated)
	count(len(p.ContentDate) == len("2006-01-02T15:04:05"), &s.lib.Zoneless)
	s.lib.Bytes += b.Size
	return n
}

// settings returns the settings of a picture. All pictures with the same flags share one map.
func (s *seeder) settings(p *Photo, own map[string]bool) map[string]bool {
	key := [2]bool{p.Favorite, p.Hidden}
	if s.flags[key] == nil {
		s.flags[key] = own
	}
	return s.flags[key]
}

// albums makes some albums. The members of one album come from several folders, so two members may
// have the same name.
func (s *seeder) albums() {
	for i, name := range []string{"Holidays", "Best of", "Family", "Prints"} {
		if len(s.made) == 0 {
			return
		}
		album := s.d.store.NewNode(store.Album, name, s.id(), s.d.now())
		album.EditPhoto().Made = true
		for at := i; at < len(s.made); at += 17 + i {
			s.d.store.Link(s.made[at], album)
			s.d.store.Publish(s.made[at])
		}
		s.d.store.Touch(album, s.d.now())
		s.lib.Albums = append(s.lib.Albums, album.ID.String())
	}
}
