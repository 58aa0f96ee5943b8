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

// Library says what [Drive.SeedPhotos] has made, so that a test can compare what a program has found.
type Library struct {
	Files     int // all of the below but the live videos, which are no files
	Photos    int
	Videos    int
	Live      int // stills with a live video
	Hidden    int
	Favorites int
	Raw       int // RAW files; beside each is a JPEG of the same name
	Undated   int // only the date of the upload is known
	Zoneless  int // the date has no zone
	Twins     int // files whose content another file has, too, under another name
	Albums    []string
	Bytes     int64 // of the files
}

// SeedPhotos puts a library of n photos and videos there, below Pictures: ten years of them in a folder for each
// month, with what real libraries have of oddities. The same seed makes the same library, ids included. The
// contents are computed when they are read, so that a hundred thousand files take about as much memory as their nodes.
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

// seeder makes a library, one moment at which somebody took pictures after the other.
type seeder struct {
	d       *Drive
	rng     *rand.Rand
	lib     Library
	moments int
	made    []*store.Node
	month   string
	folder  *store.Node
	buf     []byte
	flags   map[[2]bool]map[string]bool // the settings that nodes share
}

// moment makes the files of one moment, at most so many: one, or two of the same name.
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

// enter goes to the folder of a month. In each the names begin anew.
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

// photo is what is known of the pictures of a moment.
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

// content is one that no other file has, and that costs nothing until it is read.
func (s *seeder) content() *store.Blob {
	g := blob.Generator(s.rng.Uint64())
	size := 1024 + s.rng.Int64N(4096)
	b := s.buf[:size]
	_, _ = g.ReadAt(b, 0)
	return s.d.store.Adopt(g, blob.Key{MD5: md5.Sum(b), Size: size})
}

// id is the next one of the seed.
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

// file makes a file in the present folder, and counts it.
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

// settings are those of a picture, which are the same for very many.
func (s *seeder) settings(p *Photo, own map[string]bool) map[string]bool {
	key := [2]bool{p.Favorite, p.Hidden}
	if s.flags[key] == nil {
		s.flags[key] = own
	}
	return s.flags[key]
}

// albums makes some albums, whose members come from several folders and may have equal names.
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
